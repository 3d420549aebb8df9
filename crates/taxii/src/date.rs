//! Dates of servers: read whatever their form, asked for in the form that a server takes.

use enlace_stix::Timestamp;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// A date in one of the forms that servers send: RFC 3339 with any zone sign for UTC, with a blank
/// for the `T`, without a zone, a day alone, or the form of HTTP.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(strict) = text.parse() {
        return Some(strict);
    }
    let upper = text.to_ascii_uppercase();
    let zones = ["Z", "+00:00", "-00:00", "+0000", " UTC", " GMT"];
    let bare = zones.iter().find_map(|zone| upper.strip_suffix(zone)).unwrap_or(&upper);
    let whole = if bare.len() == 10 { format!("{bare}T00:00:00Z") } else { format!("{bare}Z") };
    let read = whole.replacen(' ', "T", 1).parse().ok();
    read.or_else(|| of_http(text))
}

fn of_http(text: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    let micros = i64::try_from(since).ok()?.checked_mul(SECOND)?;
    Timestamp::from_micros(micros).to_string().replace(".000000Z", "Z").parse().ok()
}

/// The instant, in microseconds, that surely lies before all that bears this date: one unit of its
/// last digit earlier. What the server cut off or rounded is smaller than that.
pub(crate) fn below(date: &Timestamp) -> i64 {
    date.micros().saturating_sub(unit(date))
}

/// One unit of the last digit of a date, in microseconds and not less than one.
pub(crate) fn unit(date: &Timestamp) -> i64 {
    let digits = u32::try_from(date.fraction_digits()).unwrap_or(6).min(6);
    SECOND / 10_i64.pow(digits)
}

/// An instant with six, three or no digits of a second, cut and never rounded up: an earlier date
/// brings more, a later one less.
pub(crate) fn text(micros: i64, digits: usize) -> String {
    let full = Timestamp::from_micros(micros).to_string();
    let end = if digits == 0 { 19 } else { 20 + digits.min(6) };
    match full.get(..end) {
        Some(cut) => format!("{cut}Z"),
        None => full,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_dates_in_the_field_are_read_and_others_are_none() {
        for (form, is) in [
            ("2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.123456Z"),
            ("2026-01-02T03:04:05.123+00:00", "2026-01-02T03:04:05.123Z"),
            ("2026-01-02 03:04:05", "2026-01-02T03:04:05Z"),
            ("2026-01-02 03:04:05.5 UTC", "2026-01-02T03:04:05.5Z"),
            ("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
            (" 2026-01-02 ", "2026-01-02T00:00:00Z"),
            ("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"),
        ] {
            assert_eq!(read(form).map(|t| t.to_string()).as_deref(), Some(is), "{form}");
        }
        for none in ["", "soon", "2026-13-01", "2026-01-02T03:04:05+02:00", "1767322800"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_date_is_asked_for_below_what_its_last_digit_may_hide() {
        let before = |t: &str| text(below(&t.parse().unwrap()), 6);
        assert_eq!(before("2026-01-01T00:00:00.123456Z"), "2026-01-01T00:00:00.123455Z");
        assert_eq!(before("2026-01-01T00:00:00.123Z"), "2026-01-01T00:00:00.122000Z");
        assert_eq!(before("2026-01-01T00:00:00Z"), "2025-12-31T23:59:59.000000Z");
        assert_eq!(before("2026-01-01T00:00:00.123456789Z"), "2026-01-01T00:00:00.123455Z");
    }

    #[test]
    fn fewer_digits_are_earlier_never_later() {
        let micros = "2026-01-01T00:00:00.987654Z".parse::<Timestamp>().unwrap().micros();
        assert_eq!(text(micros, 6), "2026-01-01T00:00:00.987654Z");
        assert_eq!(text(micros, 3), "2026-01-01T00:00:00.987Z");
        assert_eq!(text(micros, 0), "2026-01-01T00:00:00Z");
    }
}
