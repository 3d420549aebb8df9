//! Telephone numbers: ITU-T E.164 (2010), `+`, calling code, national number without trunk prefix.

use super::calling::{self, Plan};
use super::{Context, Doubt, Normal, document, glyphs};

/// `+59345550101` where the number says that it is international (`+`, `00`) or the context gives a
/// country; else its digits as they are.
pub(super) fn phone(raw: &str, context: Context<'_>) -> Normal {
    let visible = glyphs::plain(raw);
    let (text, extension) = without_extension(&visible);
    let digits = glyphs::digits(text);
    let plus = text.find('+').is_some_and(|at| text.find(|c: char| c.is_ascii_digit()) > Some(at));
    let home = context.country.and_then(|_| calling::plan_in(&document::country_of(context).0));
    if digits.bytes().all(|c| c == b'0') {
        let mut normal = Normal::new(String::new());
        normal.doubt(Doubt::WrongForm, "no digits, or none but noughts");
        return normal;
    }
    let mut normal = match international(&digits, plus, home) {
        Some(abroad) => of_plan(abroad),
        None => match home {
            Some(plan) => national(&digits, plan),
            None => {
                let mut normal = Normal::new(digits);
                normal.doubt(
                    Doubt::UnknownCountry,
                    "a national number, and the country is not known",
                );
                normal
            }
        },
    };
    if extension {
        normal.doubt(Doubt::Dropped, "the extension behind the number is left out");
    }
    let label = text.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+');
    if label.chars().any(char::is_alphabetic) {
        normal.doubt(Doubt::ImpossibleCharacter, "letters between the digits are left out");
    }
    normal
}

/// Digits from the calling code on, if the number is written for calls from abroad.
fn international<'a>(digits: &'a str, plus: bool, home: Option<&Plan>) -> Option<&'a str> {
    if plus {
        return Some(digits);
    }
    let exit = home.map_or("00", calling::exit_code);
    digits.strip_prefix(exit).or_else(|| digits.strip_prefix("00"))
}

/// A number from its calling code on.
fn of_plan(digits: &str) -> Normal {
    let Some((plan, rest)) = calling::plan_of(digits) else {
        let mut normal = Normal::new(format!("+{digits}"));
        normal.doubt(Doubt::UnknownCountry, "begins with no calling code (ITU-T E.164)");
        return normal;
    };
    let (number, repair) = repaired(rest, plan);
    let mut normal = Normal::new(format!("+{}{number}", plan.code));
    if let Some(reason) = repair {
        normal.doubt(Doubt::Repaired, reason);
    }
    check(&mut normal, plan, number);
    normal
}

/// What does not belong behind the calling code: the trunk zero (`+44 (0)20`), the mobile `1` that
/// Mexico gave up in 2019.
fn repaired<'a>(number: &'a str, plan: &Plan) -> (&'a str, Option<&'static str>) {
    let without_trunk = number.trim_start_matches('0');
    if plan.trunk == "0" && without_trunk.len() < number.len() && !without_trunk.is_empty() {
        return (
            without_trunk,
            Some("the zero behind the calling code is not dialled from abroad"),
        );
    }
    match number.strip_prefix('1') {
        Some(rest) if plan.code == 52 && rest.len() == 10 => {
            (rest, Some("the 1 of Mexican mobile numbers is no longer dialled"))
        }
        _ => (number, None),
    }
}

/// A number as dialled inside a country.
fn national(digits: &str, plan: &Plan) -> Normal {
    let code = plan.code.to_string();
    let fits = |number: &str| (plan.shortest.into()..=plan.longest.into()).contains(&number.len());
    // Calling code without `+`: the trunk prefix of a national number is not there, and the digits
    // are too many for one.
    let has_trunk = !plan.trunk.is_empty() && digits.starts_with(plan.trunk);
    let many = digits.len() > 10 || !fits(digits);
    let whole = digits.strip_prefix(&code).filter(|rest| fits(rest) && many && !has_trunk);
    if let Some(rest) = whole {
        let mut normal = of_plan(&format!("{code}{rest}"));
        normal.doubt(Doubt::Repaired, "read as an international number without its plus sign");
        return normal;
    }
    let number = digits.strip_prefix(plan.trunk).filter(|rest| fits(rest)).unwrap_or(digits);
    of_plan(&format!("{code}{number}"))
}

fn check(normal: &mut Normal, plan: &Plan, number: &str) {
    if !(plan.shortest.into()..=plan.longest.into()).contains(&number.len()) {
        let (shortest, longest) = (plan.shortest, plan.longest);
        let reason = format!(
            "{} digits behind +{}, {shortest} to {longest} are possible",
            number.len(),
            plan.code
        );
        normal.doubt(Doubt::WrongLength, reason);
    }
    if is_for_fiction(&normal.key) {
        normal.doubt(Doubt::Placeholder, "a number set aside for examples and films");
    }
}

/// Numbers that are given to nobody: 555-0100 to 555-0199 of North America, the ranges of the British
/// regulator for drama.
fn is_for_fiction(key: &str) -> bool {
    let american = key.strip_prefix("+1").filter(|n| n.len() == 10);
    american.and_then(|n| n.get(3..8)) == Some("55501")
        || key.len() == 13
            && ["+447700900", "+442079460"].iter().any(|range| key.starts_with(range))
}

/// The number and whether something like `ext. 12`, `x12`, `;ext=12` or `#12` stood behind it.
fn without_extension(text: &str) -> (&str, bool) {
    const MARKS: &[&str] = &["ext", "x", "#", ";", "anexo", "interno", "ramal", "доб"];
    // Five digits before the mark: it is no word in front of the number.
    let before = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).nth(4);
    let Some((start, _)) = before else { return (text, false) };
    let starts = |at: usize| {
        let rest = text.get(at..).unwrap_or("");
        MARKS.iter().any(|mark| {
            rest.split_at_checked(mark.len()).is_some_and(|(head, _)| head.to_lowercase() == *mark)
        })
    };
    let cut = text.char_indices().map(|(at, _)| at).find(|at| *at > start && starts(*at));
    match cut.and_then(|at| text.get(..at)) {
        Some(number) => (number, true),
        None => (text, false),
    }
}

/// The main country of an international number (`+593…`), ISO 3166-1 alpha-2. `None` for a national
/// number, an unknown calling code and services without a country. Some codes serve several
/// countries: `+1` gives `US`, `+7` gives `RU`.
pub fn phone_country(number: &str) -> Option<&'static str> {
    let (plan, _) = calling::plan_of(number.strip_prefix('+')?)?;
    Some(plan.country).filter(|country| !country.is_empty())
}
