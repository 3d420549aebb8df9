//! Single values of the table: serial numbers, words, dates, degrees.

use enlace_stix::Timestamp;

use super::columns::fold;

/// What is left of a serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SerialStatus {
    Readable,
    Partial,
    Obliterated,
    None,
}

impl SerialStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Partial => "partial",
            Self::Obliterated => "obliterated",
            Self::None => "none",
        }
    }
}

/// A word that stands for the state of a serial number, also where one writes it in its place.
pub(crate) fn serial_status(cell: &str) -> Option<SerialStatus> {
    match fold(cell).as_str() {
        "readable" | "legible" => Some(SerialStatus::Readable),
        "partial" | "parcial" => Some(SerialStatus::Partial),
        "obliterated" | "erased" | "defaced" | "illegible" | "borrado" | "borrada" | "limado"
        | "limada" | "ilegible" | "obliterado" | "obliterada" => Some(SerialStatus::Obliterated),
        "none" | "no_serial" | "s_n" | "sin_serie" | "sin_numero" | "ninguno" | "ninguna" => {
            Some(SerialStatus::None)
        }
        _ => None,
    }
}

/// A serial number with a mask character is partial.
pub(crate) fn status_of(serial: &str) -> SerialStatus {
    let masked = serial.contains(['?', '*', '_']);
    if masked { SerialStatus::Partial } else { SerialStatus::Readable }
}

/// `1.23457E+11`: digits that a spreadsheet took from a serial number for good.
pub(crate) fn is_spreadsheet_number(cell: &str) -> bool {
    let Some((mantissa, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let parts = mantissa.split_once(['.', ',']);
    exponent.strip_prefix(['+', '-']).is_some_and(digits)
        && parts.is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
}

/// The kind of weapon.
pub(crate) fn firearm_type(cell: &str) -> Option<&'static str> {
    Some(match fold(cell).as_str() {
        "pistol" | "pistola" | "semi_automatic_pistol" | "pistola_semiautomatica" => "pistol",
        "revolver" => "revolver",
        "rifle" | "fusil" | "assault_rifle" | "fusil_de_asalto" => "rifle",
        "carbine" | "carabina" => "carbine",
        "shotgun" | "escopeta" => "shotgun",
        "submachine_gun" | "smg" | "subfusil" | "subametralladora" => "submachine-gun",
        "machine_gun" | "machinegun" | "ametralladora" => "machine-gun",
        "grenade_launcher" | "lanzagranadas" => "grenade-launcher",
        "receiver" | "frame" | "armazon" | "cajon_de_mecanismos" => "receiver",
        "other" | "otro" | "otra" => "other",
        _ => return None,
    })
}

/// How the weapon came to be in the table.
pub(crate) fn status(cell: &str) -> Option<&'static str> {
    Some(match fold(cell).as_str() {
        "recovered" | "seized" | "recuperada" | "recuperado" | "incautada" | "decomisada" => {
            "recovered"
        }
        "lost" | "perdida" | "perdido" | "extraviada" => "lost",
        "stolen" | "robada" | "robado" | "hurtada" => "stolen",
        _ => return None,
    })
}

/// Why a cell is no usable date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateFault {
    Malformed,
    Ambiguous,
    NoSuchDay,
    Future,
}

impl DateFault {
    pub fn rule(self) -> &'static str {
        match self {
            Self::Malformed => "firearms.date.malformed",
            Self::Ambiguous => "firearms.date.ambiguous",
            Self::NoSuchDay => "firearms.date.no-such-day",
            Self::Future => "firearms.date.future",
        }
    }

    pub fn expected(self) -> &'static str {
        match self {
            Self::Malformed => "a date as YYYY-MM-DD or DD/MM/YYYY",
            Self::Ambiguous => "YYYY-MM-DD: day and month of this date can be exchanged",
            Self::NoSuchDay => "a day that exists",
            Self::Future => "a day that was over when the file came in",
        }
    }
}

const DAY_US: i64 = 86_400_000_000;

/// A day as `YYYY-MM-DD`. Written with the year last, day and month are read in the one order that
/// gives a date; where both do, in the order of the header's language (`day_first`), else refused.
pub(crate) fn date(cell: &str, day_first: bool, now_us: i64) -> Result<String, DateFault> {
    let parts: Vec<&str> = cell.split(['-', '/', '.']).collect();
    let number = |t: &str, longest: usize| -> Option<u32> {
        let plain = !t.is_empty() && t.len() <= longest && t.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| t.parse().ok()).flatten()
    };
    let [a, b, c] = parts.as_slice() else { return Err(DateFault::Malformed) };
    let (year, month, day) = if a.len() == 4 {
        let read = (number(a, 4), number(b, 2), number(c, 2));
        let (Some(y), Some(m), Some(d)) = read else { return Err(DateFault::Malformed) };
        (y, m, d)
    } else {
        let read = (number(a, 2), number(b, 2), number(c, 4).filter(|_| c.len() == 4));
        let (Some(a), Some(b), Some(y)) = read else { return Err(DateFault::Malformed) };
        match (a <= 12, b <= 12) {
            (true, true) if a != b && !day_first => return Err(DateFault::Ambiguous),
            (true, false) => (y, a, b),
            _ => (y, b, a),
        }
    };
    let date = format!("{year:04}-{month:02}-{day:02}");
    let midnight: Timestamp =
        format!("{date}T00:00:00Z").parse().map_err(|_| DateFault::NoSuchDay)?;
    // A day of grace: it may be tomorrow already where the weapon was found.
    if midnight.micros() > now_us.saturating_add(DAY_US) {
        return Err(DateFault::Future);
    }
    Ok(date)
}

/// Decimal degrees within ±`limit`, decimal point or comma.
pub(crate) fn degrees(cell: &str, limit: f64) -> Option<f64> {
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b',');
    if !cell.bytes().all(plain) {
        return None;
    }
    let degrees: f64 = cell.replace(',', ".").parse().ok()?;
    (degrees.is_finite() && degrees.abs() <= limit).then_some(degrees)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_775_000_000_000_000; // 2026-03-31

    #[test]
    fn days_are_read_in_the_one_order_that_gives_a_date() {
        let read = |cell, day_first| date(cell, day_first, NOW);
        assert_eq!(read("2026-03-04", false).as_deref(), Ok("2026-03-04"));
        assert_eq!(read("25/03/2025", false).as_deref(), Ok("2025-03-25"));
        assert_eq!(read("03/25/2025", true).as_deref(), Ok("2025-03-25"));
        assert_eq!(read("04/03/2025", true).as_deref(), Ok("2025-03-04"));
        assert_eq!(read("3.3.2025", false).as_deref(), Ok("2025-03-03"));
        assert_eq!(read("04/03/2025", false), Err(DateFault::Ambiguous));
        assert_eq!(read("31/02/2025", true), Err(DateFault::NoSuchDay));
        assert_eq!(read("2026-02-30", true), Err(DateFault::NoSuchDay));
        assert_eq!(read("2026-04-09", true), Err(DateFault::Future));
        for bad in ["", "2026", "2026-1-", "25/03/25", "x/y/2025", "2026-03-04T00:00:00Z"] {
            assert_eq!(read(bad, true), Err(DateFault::Malformed), "{bad}");
        }
    }

    #[test]
    fn words_in_place_of_a_serial_give_its_status() {
        assert_eq!(serial_status("LIMADO"), Some(SerialStatus::Obliterated));
        assert_eq!(serial_status("s/n"), Some(SerialStatus::None));
        assert_eq!(serial_status("SN12345"), None);
        assert_eq!(status_of("AB?23"), SerialStatus::Partial);
    }

    #[test]
    fn a_serial_that_became_a_number_is_seen() {
        assert!(is_spreadsheet_number("1.23457E+11"));
        assert!(is_spreadsheet_number("1,2e+05"));
        assert!(!is_spreadsheet_number("12E45"));
        assert!(!is_spreadsheet_number("AE+1"));
    }

    #[test]
    fn degrees_stay_on_the_globe() {
        assert_eq!(degrees("-2,1894", 90.0), Some(-2.1894));
        assert_eq!(degrees("91", 90.0), None);
        assert_eq!(degrees("NaN", 90.0), None);
        assert_eq!(degrees("1,2,3", 90.0), None);
    }
}
