//! Identifiers whose form a standard fixes: a wrong check digit, length or character is said, never
//! a reason to reject. Real ships carry bad numbers.
//!
//! Which doubt of which kind is said: `docs/stix/identifiers.md`.

use crate::identifier::{Context, Doubt, Kind, normalise};
use crate::validate::report::{Path, Report};
use crate::validate::rules;

impl Report {
    /// An identifier (`x-identifier`), wherever it stands.
    pub(in crate::validate) fn identifier(&mut self, kind: Kind, text: &str, path: &Path<'_>) {
        let Some(form) = form(kind) else { return };
        let normal = normalise(kind, text, Context::default());
        let Some(flag) = normal.flags.iter().find(|flag| is_wrong(kind, flag.doubt)) else {
            return;
        };
        // What a card has on it is shown to nobody in full; its key is masked.
        let found = if kind == Kind::PaymentCard { normal.key.as_str() } else { text };
        let expected = format!("{form}: {}", flag.reason);
        self.expect(rules::CHECK_DIGIT, path, found, expected);
    }
}

/// The form that a standard fixes; `None` = nothing of such an identifier can be called wrong.
const fn form(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Iban => "an IBAN whose remainder modulo 97 is 1 (ISO 13616)",
        Kind::Bic => "a BIC of 8 or 11 letters and digits (ISO 9362)",
        Kind::PaymentCard => "the number of a payment card with the right last digit (ISO 7812)",
        Kind::Imei => "an IMEI with the right last digit (3GPP TS 23.003)",
        Kind::Imsi => "an IMSI of 14 or 15 digits (ITU-T E.212)",
        Kind::Iccid => "an ICCID with the right last digit (ITU-T E.118)",
        Kind::ImoShip => "an IMO number with the right last digit",
        Kind::ImoCompany => "an IMO number of a company with the right last digit",
        Kind::Mmsi => "an MMSI of nine digits (ITU-R M.585)",
        Kind::Container => "a container number with the right last digit (ISO 6346)",
        Kind::Vin => "a VIN of 17 characters with the right check digit (ISO 3779)",
        Kind::CryptoAddress => "an address with the right checksum",
        Kind::AccountNumber
        | Kind::Phone
        | Kind::CallSign
        | Kind::Plate
        | Kind::AircraftRegistration
        | Kind::IdentityDocument
        | Kind::Registration
        | Kind::FirearmSerial
        | Kind::Email
        | Kind::Domain
        | Kind::Ip
        | Kind::Mac
        | Kind::Url
        | Kind::Hash
        | Kind::CryptoTransaction => return None,
    })
}

/// Tables of countries age and test networks exist: such doubts are for a reader, no finding.
fn is_wrong(kind: Kind, doubt: Doubt) -> bool {
    match doubt {
        Doubt::WrongCheckDigit
        | Doubt::WrongLength
        | Doubt::WrongForm
        | Doubt::ImpossibleCharacter
        | Doubt::NoValue => true,
        // Typed to fill the field; the other kinds use the word for numbers of tests.
        Doubt::Placeholder => matches!(kind, Kind::ImoShip | Kind::Mmsi | Kind::Vin),
        _ => false,
    }
}
