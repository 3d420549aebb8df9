//! Country names as such tables write them, to ISO 3166-1 alpha-2.

use super::columns::fold;

/// Names in English and Spanish (folded), for countries that make or meet firearms in our tables;
/// the first is the code.
const NAMES: &[&[&str]] = &[
    &["AR", "argentina"],
    &["AT", "austria"],
    &["BE", "belgium", "belgica"],
    &["BG", "bulgaria"],
    &["BO", "bolivia"],
    &["BR", "brazil", "brasil"],
    &["CH", "switzerland", "suiza"],
    &["CL", "chile"],
    &["CN", "china"],
    &["CO", "colombia"],
    &["CR", "costa_rica"],
    &["CZ", "czechia", "czech_republic", "chequia", "republica_checa"],
    &["DE", "germany", "alemania"],
    &["DO", "dominican_republic", "republica_dominicana"],
    &["EC", "ecuador"],
    &["EG", "egypt", "egipto"],
    &["ES", "spain", "espana"],
    &["FI", "finland", "finlandia"],
    &["FR", "france", "francia"],
    &["GB", "united_kingdom", "uk", "reino_unido"],
    &["GT", "guatemala"],
    &["HN", "honduras"],
    &["HR", "croatia", "croacia"],
    &["HU", "hungary", "hungria"],
    &["IL", "israel"],
    &["IN", "india"],
    &["IT", "italy", "italia"],
    &["JP", "japan", "japon"],
    &["KR", "south_korea", "corea_del_sur"],
    &["MX", "mexico"],
    &["NL", "netherlands", "paises_bajos"],
    &["PA", "panama"],
    &["PE", "peru"],
    &["PH", "philippines", "filipinas"],
    &["PL", "poland", "polonia"],
    &["PT", "portugal"],
    &["PY", "paraguay"],
    &["RO", "romania", "rumania"],
    &["RS", "serbia"],
    &["RU", "russia", "rusia"],
    &["SK", "slovakia", "eslovaquia"],
    &["SV", "el_salvador"],
    &["TR", "turkey", "turkiye", "turquia"],
    &["UA", "ukraine", "ucrania"],
    &["US", "usa", "united_states", "united_states_of_america", "estados_unidos", "ee_uu", "eeuu"],
    &["UY", "uruguay"],
    &["VE", "venezuela"],
    &["ZA", "south_africa", "sudafrica"],
];

/// The code of a country given as code or name; `None` where the name is not known.
///
/// Any two letters are taken for a code: STIX asks for ISO 3166-1 with a SHOULD only.
pub(crate) fn code(cell: &str) -> Option<String> {
    let bytes = cell.as_bytes();
    if bytes.len() == 2 && bytes.iter().all(u8::is_ascii_alphabetic) {
        let upper = cell.to_ascii_uppercase();
        return Some(if upper == "UK" { "GB".to_owned() } else { upper });
    }
    let folded = fold(cell);
    let found = NAMES.iter().find(|names| names.contains(&folded.as_str()));
    found.and_then(|names| names.first()).map(|code| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_of_both_languages_are_read() {
        for cell in ["us", "USA", "EE. UU.", "Estados Unidos", "United States"] {
            assert_eq!(code(cell).as_deref(), Some("US"), "{cell}");
        }
        assert_eq!(code("España").as_deref(), Some("ES"));
        assert_eq!(code("Atlantis"), None);
        assert_eq!(code(""), None);
    }
}
