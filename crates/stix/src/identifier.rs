//! Identifiers of persons, weapons, accounts and cargo: normal forms and check digits.
//!
//! The raw text stays in the object; a normal form is a key for finding the same thing written
//! otherwise. [`normalise`] is the one way in: it never refuses, it *flags* what is odd, since real
//! ships carry wrong numbers and a wrong number is still what somebody wrote. Equal keys say that
//! two records *may* mean the same thing.
//!
//! Each kind, its standard, its key and its flags: `docs/stix/identifiers.md`; examples of each:
//! `tests/vectors/identifiers.json`.
//!
//! ```
//! use enlace_stix::identifier::{Context, Doubt, Kind, normalise};
//! let account = normalise(Kind::Iban, "IBAN de89 3704 0044 0532 0130 00", Context::default());
//! assert_eq!((account.key.as_str(), account.flags.len()), ("DE89370400440532013000", 0));
//! let container = normalise(Kind::Container, "CSQU 305438-4", Context::default());
//! assert_eq!(container.flags[0].doubt, Doubt::WrongCheckDigit);
//! let phone = normalise(Kind::Phone, "04 555 0101", Context::in_country("EC"));
//! assert_eq!(phone.key, "+59345550101");
//! ```

mod account;
mod calling;
mod checksum;
mod container;
mod country;
mod crypto;
mod device;
mod digest;
mod document;
mod doubt;
mod firearm;
mod glyphs;
mod iban_registry;
mod kind;
mod mids;
mod network;
mod phone;
mod vehicle;
mod vessel;

pub(crate) use country::is_iso_3166;
pub use document::mrz_check_digit;
pub use doubt::{Doubt, Flag, Normal};
pub use firearm::{FirearmKeys, firearm_keys};
pub use kind::Kind;
pub use phone::phone_country;
pub use vehicle::vin_check_digit;

/// What is known about an identifier beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Country that issued it or where it was dialled: ISO 3166-1 alpha-2 or alpha-3, or a code of
    /// travel documents.
    pub country: Option<&'a str>,
    /// Kind of document (`passport`) or register, or algorithm of a hash (`SHA-256`).
    pub scheme: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// A country and nothing else.
    pub const fn in_country(country: &'a str) -> Self {
        Self { country: Some(country), scheme: None }
    }

    /// A kind of document, a register or an algorithm, and nothing else.
    pub const fn of(scheme: &'a str) -> Self {
        Self { country: None, scheme: Some(scheme) }
    }
}

/// The normal form of `raw`, whatever it is: never fails, and the normal form of a key is the key.
///
/// Spaces, hyphens, letter case, full-width forms, digits of other scripts and signs that cannot be
/// seen make no difference; Cyrillic and Greek capitals that look like Latin ones make none in
/// identifiers that are read by eye. The rest is told kind by kind in `docs/stix/identifiers.md`.
pub fn normalise(kind: Kind, raw: &str, context: Context<'_>) -> Normal {
    if is_absent(kind, raw) {
        return Normal::absent();
    }
    let normal = of_kind(kind, raw, context);
    // `IBAN: none`: the words come to light behind the label.
    if is_number(kind) && says_nothing(&normal.key) { Normal::absent() } else { normal }
}

fn of_kind(kind: Kind, raw: &str, context: Context<'_>) -> Normal {
    match kind {
        Kind::Iban => account::iban(raw),
        Kind::Bic => account::bic(raw),
        Kind::AccountNumber => account::account_number(raw),
        Kind::PaymentCard => account::payment_card(raw),
        Kind::Phone => phone::phone(raw, context),
        Kind::Imei => device::imei(raw),
        Kind::Imsi => device::imsi(raw),
        Kind::Iccid => device::iccid(raw),
        Kind::ImoShip => vessel::imo_ship(raw),
        Kind::ImoCompany => vessel::imo_company(raw),
        Kind::Mmsi => vessel::mmsi(raw),
        Kind::CallSign => vessel::call_sign(raw),
        Kind::Container => container::container(raw),
        Kind::Vin => vehicle::vin(raw),
        Kind::Plate => vehicle::plate(raw, context),
        Kind::AircraftRegistration => vehicle::aircraft(raw),
        Kind::IdentityDocument | Kind::Registration => document::document(raw, context),
        Kind::FirearmSerial => firearm::serial(raw),
        Kind::Email => network::email(raw),
        Kind::Domain => network::domain(raw),
        Kind::Ip => network::ip(raw),
        Kind::Mac => network::mac(raw),
        Kind::Url => network::url(raw),
        Kind::Hash => digest::hash(raw, context),
        Kind::CryptoAddress => crypto::address(raw),
        Kind::CryptoTransaction => crypto::transaction(raw),
    }
}

/// Nothing written, or words for nothing where a number belongs.
fn is_absent(kind: Kind, raw: &str) -> bool {
    match kind {
        Kind::PaymentCard if raw.contains('*') => false,
        Kind::Plate | Kind::CallSign | Kind::AircraftRegistration => glyphs::marks(raw).is_empty(),
        _ if !is_number(kind) => glyphs::plain(raw).is_empty(),
        _ => {
            let marks = glyphs::marks(raw);
            marks.is_empty() || says_nothing(&marks)
        }
    }
}

/// Kinds of letters and digits that are no words. People choose words for plates.
fn is_number(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Plate
            | Kind::CallSign
            | Kind::AircraftRegistration
            | Kind::Email
            | Kind::Domain
            | Kind::Ip
            | Kind::Mac
            | Kind::Url
            | Kind::Hash
            | Kind::CryptoAddress
            | Kind::CryptoTransaction
    )
}

/// Words that clerks write where there is no number.
fn says_nothing(marks: &str) -> bool {
    matches!(
        marks,
        "UNK"
            | "UNKN"
            | "UNKNOWN"
            | "NONE"
            | "NULL"
            | "NIL"
            | "NA"
            | "NN"
            | "NOTAPPLICABLE"
            | "NOTAVAILABLE"
            | "NODATA"
            | "TBD"
            | "SN"
            | "SINNUMERO"
            | "SINNÚMERO"
            | "SINSERIE"
            | "SINDATO"
            | "SINDATOS"
            | "DESCONOCIDO"
            | "DESCONOCIDA"
            | "NINGUNO"
            | "NINGUNA"
            | "NOTIENE"
            | "NODISPONIBLE"
            | "NOVISIBLE"
            | "ILEGIBLE"
            | "ILLEGIBLE"
            | "UNREADABLE"
            | "BORRADO"
            | "LIMADO"
            | "OBLITERATED"
            | "DEFACED"
            | "ERASED"
            | "REMOVED"
            | "ONBEKEND"
            | "GEEN"
            | "UNBEKANNT"
            | "INCONNU"
    )
}

/// Serial number of a firearm, key K1: upper case, no separators, the letter O read as zero.
/// Never enough alone: make, model or calibre must agree. The laxer keys: [`firearm_keys`].
pub fn firearm_serial(serial: &str) -> String {
    normalise(Kind::FirearmSerial, serial, Context::default()).key
}

/// IBAN: upper case without separators.
pub fn iban(text: &str) -> String {
    normalise(Kind::Iban, text, Context::default()).key
}

/// Container number (ISO 6346): upper case without separators.
pub fn container(text: &str) -> String {
    normalise(Kind::Container, text, Context::default()).key
}

/// Telephone number: digits, with `+` where the number says that it is international (`+`, `00`).
pub fn phone(text: &str) -> String {
    normalise(Kind::Phone, text, Context::default()).key
}

/// E-mail address or domain name: lower case, without white space and the root dot.
pub fn name(text: &str) -> String {
    network::lower(text)
}

/// Address or network of the internet protocol in its shortest form.
pub fn ip(text: &str) -> String {
    normalise(Kind::Ip, text, Context::default()).key
}

/// Identity document: `passport/CO/AB123`; an unknown country is left empty.
pub fn document(kind: &str, country: &str, number: &str) -> String {
    let context = Context { country: Some(country), scheme: Some(kind) };
    normalise(Kind::IdentityDocument, number, context).key
}

/// Whether an IBAN has the right check digits (ISO 13616: the number modulo 97 is 1).
pub fn is_iban(text: &str) -> bool {
    let doubts = |d: &Flag| matches!(d.doubt, Doubt::WrongCheckDigit | Doubt::ImpossibleCharacter);
    let normal = account::iban(text);
    let head = normal.key.bytes().take(4);
    let shape = head.zip("aann".chars()).all(|(c, class)| iban_registry::fits(class, c.into()));
    shape && (15..=34).contains(&normal.key.len()) && !normal.flags.iter().any(doubts)
}

/// The check digit of a container (ISO 6346) from its first ten characters: owner code, category,
/// serial number. `None` where they have another form.
pub fn container_check_digit(first_ten: &str) -> Option<u8> {
    container::check_digit(first_ten)
}

/// Whether a container number has the form and the check digit of ISO 6346.
pub fn is_container(text: &str) -> bool {
    container::is_right(&glyphs::marks(text))
}

/// Whether an IMO ship number has the right last digit: the first six weighted 7 to 2.
pub fn is_imo(text: &str) -> bool {
    vessel::is_ship(&vessel::without_imo(text))
}

/// Whether an IMO company number has the right last digit (weights 8, 6, 4, 2, 9, 7, modulo 11).
pub fn is_imo_company(text: &str) -> bool {
    vessel::is_company(&vessel::without_imo(text))
}

/// The country that an MMSI names (ISO 3166-1 alpha-2), whatever kind of station it is.
pub fn mmsi_country(mmsi: &str) -> Option<&'static str> {
    vessel::mmsi_country(&glyphs::marks(mmsi))
}

/// Whether digits (blanks and hyphens between them) end in their Luhn digit (ISO/IEC 7812-1): payment
/// cards, IMEI, many national numbers.
pub fn is_luhn(text: &str) -> bool {
    checksum::luhn(&glyphs::marks(text))
}
