//! Maritime identification digits (ITU table of MIDs, as of September 2026).

/// Three digits and the country (ISO 3166-1 alpha-2), sorted. Territories with an own code in ISO
/// 3166-1 have it; Ascension stands under Saint Helena (`SH`), the French islands of the south and
/// Adélie Land under `TF`, the Dutch Caribbean (306) under Curaçao.
#[rustfmt::skip]
const MIDS: &[&str] = &[
    "201AL", "202AD", "203AT", "204PT", "205BE", "206BY", "207BG", "208VA", "209CY", "210CY",
    "211DE", "212CY", "213GE", "214MD", "215MT", "216AM", "218DE", "219DK", "220DK", "224ES",
    "225ES", "226FR", "227FR", "228FR", "229MT", "230FI", "231FO", "232GB", "233GB", "234GB",
    "235GB", "236GI", "237GR", "238HR", "239GR", "240GR", "241GR", "242MA", "243HU", "244NL",
    "245NL", "246NL", "247IT", "248MT", "249MT", "250IE", "251IS", "252LI", "253LU", "254MC",
    "255PT", "256MT", "257NO", "258NO", "259NO", "261PL", "262ME", "263PT", "264RO", "265SE",
    "266SE", "267SK", "268SM", "269CH", "270CZ", "271TR", "272UA", "273RU", "274MK", "275LV",
    "276EE", "277LT", "278SI", "279RS", "301AI", "303US", "304AG", "305AG", "306CW", "307AW",
    "308BS", "309BS", "310BM", "311BS", "312BZ", "314BB", "316CA", "319KY", "321CR", "323CU",
    "325DM", "327DO", "329GP", "330GD", "331GL", "332GT", "334HN", "336HT", "338US", "339JM",
    "341KN", "343LC", "345MX", "347MQ", "348MS", "350NI", "351PA", "352PA", "353PA", "354PA",
    "355PA", "356PA", "357PA", "358PR", "359SV", "361PM", "362TT", "364TC", "366US", "367US",
    "368US", "369US", "370PA", "371PA", "372PA", "373PA", "374PA", "375VC", "376VC", "377VC",
    "378VG", "379VI", "401AF", "403SA", "405BD", "408BH", "410BT", "412CN", "413CN", "414CN",
    "416TW", "417LK", "419IN", "422IR", "423AZ", "425IQ", "428IL", "431JP", "432JP", "434TM",
    "436KZ", "437UZ", "438JO", "440KR", "441KR", "443PS", "445KP", "447KW", "450LB", "451KG",
    "453MO", "455MV", "457MN", "459NP", "461OM", "463PK", "466QA", "468SY", "470AE", "471AE",
    "472TJ", "473YE", "475YE", "477HK", "478BA", "501TF", "503AU", "506MM", "508BN", "510FM",
    "511PW", "512NZ", "514KH", "515KH", "516CX", "518CK", "520FJ", "523CC", "525ID", "529KI",
    "531LA", "533MY", "536MP", "538MH", "540NC", "542NU", "544NR", "546PF", "548PH", "550TL",
    "553PG", "555PN", "557SB", "559AS", "561WS", "563SG", "564SG", "565SG", "566SG", "567TH",
    "570TO", "572TV", "574VN", "576VU", "577VU", "578WF", "601ZA", "603AO", "605DZ", "607TF",
    "608SH", "609BI", "610BJ", "611BW", "612CF", "613CM", "615CG", "616KM", "617CV", "618TF",
    "619CI", "620KM", "621DJ", "622EG", "624ET", "625ER", "626GA", "627GH", "629GM", "630GW",
    "631GQ", "632GN", "633BF", "634KE", "635TF", "636LR", "637LR", "638SS", "642LY", "644LS",
    "645MU", "647MG", "649ML", "650MZ", "654MR", "655MW", "656NE", "657NG", "659NA", "660RE",
    "661RW", "662SD", "663SN", "664SC", "665SH", "666SO", "667SL", "668ST", "669SZ", "670TD",
    "671TG", "672TN", "674TZ", "675UG", "676CD", "677TZ", "678ZM", "679ZW", "701AR", "710BR",
    "720BO", "725CL", "730CO", "735EC", "740FK", "745GF", "750GY", "755PY", "760PE", "765SR",
    "770UY", "775VE",
];

/// The country of three digits.
pub(super) fn country(mid: &str) -> Option<&'static str> {
    let place = MIDS.binary_search_by(|m| m.get(..3).unwrap_or("").cmp(mid)).ok()?;
    MIDS.get(place)?.get(3..)
}

#[cfg(test)]
mod tests {
    use super::super::country::is_alpha2;
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_countries() {
        assert_eq!(MIDS.len(), 292);
        assert!(MIDS.is_sorted_by(|a, b| a.get(..3) < b.get(..3)));
        assert!(MIDS.iter().all(|m| m.len() == 5 && is_alpha2(m.get(3..).unwrap())));
        assert_eq!(country("735"), Some("EC"));
        assert_eq!(country("374"), Some("PA"));
        assert_eq!(country("999"), None);
    }
}
