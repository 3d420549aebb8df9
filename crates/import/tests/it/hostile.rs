//! Whatever the bytes are: no panic, and what comes out is valid and stable.

use enlace_import::{Format, Outcome, import};
use enlace_stix::validate::{self, Level};
use proptest::prelude::*;

use crate::source;

fn holds(format: Format, bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut file = source("x", bytes);
    file.format = Some(format);
    let (Ok(a), Ok(b)) = (import(&file), import(&file)) else { return Ok(()) };
    let raws =
        |o: &Outcome| o.objects.iter().map(|i| i.object.raw().to_owned()).collect::<Vec<_>>();
    prop_assert_eq!(raws(&a), raws(&b));
    for held in &a.objects {
        let findings = validate::object(&held.object);
        prop_assert!(findings.iter().all(|f| f.level != Level::Must), "{:?}", findings);
    }
    Ok(())
}

/// Text that looks like the formats, so that the readers get past their first check.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "[\\PC]{0,6}",
        Just("serial,make,date,place,country,lat,lon,status\n".to_owned()),
        Just("A1,Colt,2026-01-01,Quito,EC,1,2,stolen\n".to_owned()),
        Just("fecha;lugar;serie;marca\n".to_owned()),
        prop::sample::select(vec![
            ",",
            ";",
            "\t",
            "\n",
            "\r",
            "\"",
            "\u{feff}",
            "<html>",
            "<title",
            ">",
            "</title>",
            "&",
            "&#x41;",
            "<meta charset=",
            "{",
            "}",
            "[",
            "]",
            ":",
            "\"id\":",
            "\"type\":\"report\"",
            "\"identity--c1b7b2a4-6d1e-4f0a-9a53-0e6f5a2d7b11\"",
            "\"objects\":",
            "null",
            "1e999",
        ])
        .prop_map(str::to_owned),
    ];
    let noise = prop::collection::vec(any::<u8>(), 0..3);
    prop::collection::vec((piece, noise, 0..6_u8), 0..30).prop_map(|pieces| {
        let take = |(text, noise, n): (String, Vec<u8>, u8)| {
            let mut bytes = text.into_bytes();
            bytes.extend(noise.into_iter().filter(|_| n == 0));
            bytes
        };
        pieces.into_iter().flat_map(take).collect()
    })
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Format::detect(&bytes);
        for format in Format::ALL {
            holds(format, &bytes)?;
        }
    }

    #[test]
    fn likely_bytes_are_survived(bytes in likely()) {
        let _ = Format::detect(&bytes);
        for format in Format::ALL {
            holds(format, &bytes)?;
        }
    }

    #[test]
    fn every_row_is_accounted_for(
        rows in prop::collection::vec(prop::collection::vec("[A-Za-z0-9?/ ]{0,8}", 1..6), 0..20)
    ) {
        let mut csv = "serial,make,date,country\n".to_owned();
        rows.iter().for_each(|r| csv += &format!("{}\n", r.join(",")));
        let filled = rows.iter().filter(|r| r.iter().any(|c| !c.trim().is_empty())).count();
        let outcome = import(&source("a.csv", csv.as_bytes())).unwrap();
        let weapons = outcome.objects.iter().filter(|i| i.object.kind() == "firearm").count();
        prop_assert_eq!(weapons + outcome.rejected.len() + outcome.repeated.len(), filled);
    }
}
