//! Normal forms of identifiers: published examples, and what holds for any text.

use enlace_stix::Object;
use enlace_stix::identifier::{
    Context, Doubt, Kind, Normal, container_check_digit, firearm_keys, firearm_serial,
    is_container, is_iban, is_imo, is_imo_company, is_luhn, mmsi_country, mrz_check_digit,
    normalise, phone_country, vin_check_digit,
};
use proptest::prelude::*;
use serde_json::Value;

fn plain(kind: Kind, raw: &str) -> Normal {
    normalise(kind, raw, Context::default())
}

/// Every vector of the published file: key and names of the doubts.
#[test]
fn the_vectors_hold() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/identifiers.json")).unwrap();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let text = |name: &str| vector.get(name).and_then(Value::as_str);
        let context = Context { country: text("country"), scheme: text("scheme") };
        let kind = Kind::from_name(text("kind").unwrap()).unwrap();
        let normal = normalise(kind, text("raw").unwrap(), context);
        let mut flags: Vec<_> = normal.flags.iter().map(|flag| flag.doubt.name()).collect();
        flags.sort_unstable();
        let expected: Vec<_> =
            vector["flags"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        if Some(normal.key.as_str()) != text("key") || flags != expected {
            wrong.push(format!("{vector}\n  found {normal:?}"));
        }
        assert_eq!(normalise(kind, &normal.key, context).key, normal.key, "{vector}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all = vectors.iter().map(|v| v["kind"].as_str().unwrap());
    let told: std::collections::BTreeSet<_> = all.collect();
    assert_eq!(told.len(), Kind::ALL.len(), "each kind has a vector");
}

#[test]
fn names_of_kinds_are_found_again_and_differ() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(*kind));
    }
    assert_eq!(Kind::from_name("shoe-size"), None);
}

#[test]
fn a_reason_is_a_sentence_without_the_number() {
    let normal = plain(Kind::Iban, "DE88370400440532013000");
    assert_eq!(normal.flags[0].reason, "the number modulo 97 is not 1");
    let short = plain(Kind::Iban, "DE8937040044053201300");
    assert_eq!(short.flags[0].reason, "21 characters, an IBAN of DE has 22");
}

/// The example of the data model: four keys, from strict to lax.
#[test]
fn firearm_keys_go_from_strict_to_lax() {
    let keys = firearm_keys("00369-J25 O7s", "readable").unwrap();
    assert_eq!(keys.k1, "00369J2507S");
    assert_eq!(keys.k2, "00369J25075");
    assert_eq!(keys.k3, "0036925075");
    assert_eq!(keys.k4, "369J2507S");
    assert_eq!(keys.mask, None);
    // Letters that look like digits are digits from K2 on, also when they enclose others.
    assert_eq!(firearm_keys("ABC123XYZ", "readable").unwrap().k3, "A81232");
    assert_eq!(firearm_keys("AC123XY", "readable").unwrap().k3, "AC123XY");
    assert_eq!(firearm_keys("000", "readable").unwrap().k4, "0");
}

#[test]
fn a_serial_with_signs_that_nobody_could_read_is_partial_whatever_its_status() {
    for serial in ["ab?1*2", "AB?1_2", "ab…1·2"] {
        let keys = firearm_keys(serial, "readable").unwrap();
        assert_eq!((keys.k1.as_str(), keys.mask.as_deref()), ("AB12", Some("AB?1?2")), "{serial}");
    }
    assert_eq!(firearm_keys("ab1", "partial").unwrap().mask.as_deref(), Some("AB1"));
    for nothing in ["", "?", "UNKNOWN", "s/n", "S/N: none", "sin número"] {
        assert_eq!(firearm_keys(nothing, "readable"), None, "{nothing}");
    }
    assert_eq!(firearm_keys("AB12", "obliterated"), None);
    assert_eq!(firearm_keys("AB12", "none"), None);
}

#[test]
fn single_checks_agree_with_their_standards() {
    assert_eq!(vin_check_digit("1M8GDM9A_KP042788"), None);
    assert_eq!(vin_check_digit("1M8GDM9A0KP042788"), Some('X'));
    assert_eq!(vin_check_digit("11111111111111111"), Some('1'));
    assert_eq!(mrz_check_digit("L898902C3"), Some(6));
    assert_eq!(mrz_check_digit("D23145890734"), Some(9));
    assert_eq!(mrz_check_digit("l898902c<"), mrz_check_digit("L898902C<"));
    assert!(is_imo_company("IMO 2041999") && !is_imo_company("2041998"));
    assert!(is_luhn("4111 1111-1111 1111") && !is_luhn("4111") && !is_luhn(""));
    assert_eq!(mmsi_country("735059123"), Some("EC"));
    assert_eq!(mmsi_country("002442000"), Some("NL"));
    assert_eq!(mmsi_country("972000000"), None);
    assert_eq!(mmsi_country("735"), None);
    assert_eq!(phone_country("+59345550101"), Some("EC"));
    assert_eq!(phone_country("045550101"), None);
    assert_eq!(phone_country("+80012345678"), None);
}

/// A national number, the same with exit code, and the same from abroad meet.
#[test]
fn a_phone_number_is_one_however_it_is_dialled() {
    for (country, national, key) in [
        ("EC", "04 555 0101", "+59345550101"),
        ("NL", "020 555 0101", "+31205550101"),
        ("US", "305 444 0101", "+13054440101"),
        ("US", "1 305 444 0101", "+13054440101"),
        ("CO", "601 555 0101", "+576015550101"),
        ("ES", "915 55 01 01", "+34915550101"),
        ("HU", "06 1 555 0101", "+3615550101"),
        ("IT", "06 5550 1010", "+390655501010"),
        ("MX", "55 5555 0101", "+525555550101"),
    ] {
        let here = normalise(Kind::Phone, national, Context::in_country(country));
        assert_eq!(here.key, key, "{national}");
        assert_eq!(plain(Kind::Phone, key).key, key);
        let lost_plus =
            normalise(Kind::Phone, key.trim_start_matches('+'), Context::in_country(country));
        assert_eq!(lost_plus.key, key, "{national} without plus");
    }
}

/// A repeated beginning must not make the work grow with the square of the length.
#[test]
fn long_hostile_text_takes_no_longer_than_its_length() {
    let start = std::time::Instant::now();
    for piece in
        ["IBAN", "VIN", "IMO", "S/N ", "mailto:", "bitcoin:", "[", "[.]", "1", "bc1", "ext", "0"]
    {
        let raw = piece.repeat(100_000 / piece.len());
        for kind in Kind::ALL {
            plain(*kind, &raw);
        }
    }
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn objects_give_the_keys_of_every_type() {
    let keys = |kind: &str, more: Value| {
        let mut view = serde_json::json!({
            "type": kind, "id": format!("{kind}--f431f809-377b-45e0-aa1c-6a4751cae5ff")});
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        let object = Object::parse(&view.to_string()).unwrap();
        let keys = object.identifier_keys().into_iter();
        keys.map(|(kind, key)| format!("{kind}={key}")).collect::<Vec<_>>().join(" ")
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (kind, more, expected) in [
        (
            "vehicle",
            r#"{"vin":"1m8gdm9axkp042788","plate":"pba-1234","plate_country":"EC"}"#,
            "plate=EC/PBA1234 vin=1M8GDM9AXKP042788",
        ),
        (
            "vessel",
            r#"{"imo":"IMO 9074729","mmsi":"735059123","call_sign":"hc-45","company_imo":"2041999"}"#,
            "call-sign=HC45 imo-company=2041999 imo-ship=9074729 mmsi=735059123",
        ),
        ("aircraft", r#"{"registration":"HC-ABC"}"#, "aircraft-registration=HCABC"),
        (
            "bank-account",
            r#"{"iban":"nl91 abna 0417 1643 00","account_number":"00-12","bic":"ABNANL2AXXX"}"#,
            "account-number=0012 bic=ABNANL2A iban=NL91ABNA0417164300",
        ),
        ("payment-card", r#"{"value":"4111111111111111"}"#, "payment-card=411111******1111"),
        ("phone-number", r#"{"number":"+593 4 555 0101"}"#, "phone=+59345550101"),
        (
            "device",
            r#"{"imei":"490154203237518","imsi":"740010123456789"}"#,
            "imei=49015420323751 imsi=740010123456789",
        ),
        (
            "cryptocurrency-wallet",
            r#"{"value":"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"}"#,
            "crypto-address=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        ("firearm", r#"{"serial":"unknown","serial_status":"readable"}"#, ""),
        (
            "firearm",
            r#"{"serial":"AB?12","serial_status":"readable"}"#,
            "firearm-serial-partial=AB12",
        ),
        ("mac-addr", r#"{"value":"00-1B-44-11-3A-B7"}"#, "mac=00:1b:44:11:3a:b7"),
    ] {
        assert_eq!(keys(kind, json(more)), expected, "{kind}");
    }
}

/// Texts in which real dirt is likelier than in arbitrary ones.
fn dirty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,9}",
        "[A-Za-z]{1,5}",
        "[ .:/#()+*?_-]{1,2}",
        "\\PC{1,3}",
        Just("IBAN ".to_owned()),
        Just("IMO".to_owned()),
        Just("VIN".to_owned()),
        Just("S/N".to_owned()),
        Just("mailto:".to_owned()),
        Just("[.]".to_owned()),
        Just("bitcoin:".to_owned()),
        Just("bc1".to_owned()),
        Just("0x".to_owned()),
        Just("::ffff:".to_owned()),
        Just("00".to_owned()),
        Just("ext".to_owned()),
        Just("hxxp://".to_owned()),
        Just("CSQU305438".to_owned()),
        Just("D".to_owned()),
        Just("№ ".to_owned()),
    ];
    proptest::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

fn contexts() -> impl Strategy<Value = (Option<&'static str>, Option<&'static str>)> {
    let country =
        proptest::option::of(proptest::sample::select(vec!["EC", "USA", "MX", "IT", "??"]));
    let scheme = proptest::sample::select(vec!["passport", "MD5", "SSDEEP", "TLSH", "SHA-256"]);
    (country, proptest::option::of(scheme))
}

/// Another digit in one place.
fn with_wrong_digit(text: &str, place: usize, step: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let digits: Vec<_> = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit()).collect();
    let place = digits[place % digits.len()];
    bytes[place] = b'0' + (bytes[place] - b'0' + 1 + step % 9) % 10;
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// The normal form of a key is the key, for any kind and any text.
    #[test]
    fn the_normal_form_of_a_key_is_the_key(
        kind in proptest::sample::select(Kind::ALL.to_vec()),
        raw in prop_oneof![dirty(), "\\PC*", any::<String>()],
        (country, scheme) in contexts(),
    ) {
        let context = Context { country, scheme };
        let once = normalise(kind, &raw, context);
        let twice = normalise(kind, &once.key, context);
        prop_assert_eq!(&twice.key, &once.key, "{:?} {:?}", kind, raw);
    }

    #[test]
    fn any_text_passes_through_every_function(raw in prop_oneof![dirty(), any::<String>()]) {
        let _ = (is_iban(&raw), is_container(&raw), is_imo(&raw), is_luhn(&raw));
        let _ = (container_check_digit(&raw), vin_check_digit(&raw), mrz_check_digit(&raw));
        let _ = (mmsi_country(&raw), phone_country(&raw), firearm_keys(&raw, "partial"));
    }

    /// Where the standard writes capitals and digits, case and separators make no difference.
    #[test]
    fn case_and_separators_make_no_difference(
        kind in proptest::sample::select(vec![
            Kind::Iban, Kind::AccountNumber, Kind::ImoShip, Kind::ImoCompany, Kind::Mmsi,
            Kind::CallSign, Kind::Container, Kind::Vin, Kind::Plate, Kind::AircraftRegistration,
            Kind::IdentityDocument, Kind::Imei, Kind::Imsi, Kind::Iccid,
        ]),
        raw in "[A-Z0-9]{1,20}",
        at in 0_usize..20,
        separator in proptest::sample::select(vec![" ", "-", ".", "\u{200B}", "\u{A0}", "–"]),
    ) {
        let (head, tail) = raw.split_at(at.min(raw.len()));
        let written = format!(" {}{separator}{} ", head.to_lowercase(), tail);
        prop_assert_eq!(plain(kind, &written).key, plain(kind, &raw).key);
    }

    #[test]
    fn an_iban_with_one_wrong_digit_is_flagged(account in "[0-9]{18}", place in 0_usize..20, step: u8) {
        let check = (2..=98).map(|c| format!("DE{c:02}{account}")).find(|iban| is_iban(iban)).unwrap();
        prop_assert!(plain(Kind::Iban, &check).flags.is_empty());
        let wrong = with_wrong_digit(&check, place, step);
        prop_assert!(plain(Kind::Iban, &wrong).has(Doubt::WrongCheckDigit), "{}", wrong);
    }

    /// Remainders 0 and 10 share a check digit: an error that turns one into the other is not seen.
    #[test]
    fn a_container_with_one_wrong_digit_is_flagged_but_for_ten_read_as_nought(
        owner in "[A-Z]{3}", serial in "[0-9]{6}", place in 0_usize..7, step: u8,
    ) {
        let first = format!("{owner}U{serial}");
        let digit = container_check_digit(&first).unwrap();
        let number = format!("{first}{digit}");
        prop_assert!(is_container(&number));
        let wrong = with_wrong_digit(&number, place, step);
        prop_assert!(digit == 0 || plain(Kind::Container, &wrong).has(Doubt::WrongCheckDigit));
    }

    #[test]
    fn luhn_numbers_with_one_wrong_digit_are_flagged(body in "[1-9][0-9]{13}", place in 0_usize..15, step: u8) {
        let number = (0..10).map(|d| format!("{body}{d}")).find(|n| is_luhn(n)).unwrap();
        let wrong = with_wrong_digit(&number, place, step);
        prop_assert!(plain(Kind::Imei, &wrong).has(Doubt::WrongCheckDigit));
        prop_assert!(plain(Kind::PaymentCard, &wrong).has(Doubt::WrongCheckDigit));
        prop_assert!(!plain(Kind::Imei, &number).has(Doubt::WrongCheckDigit));
    }

    /// Weights 7 and 3 have no factor in common with 10, the others have: the limit of the scheme.
    #[test]
    fn a_ship_number_with_a_wrong_first_fifth_or_last_digit_is_flagged(
        body in "[1-9][0-9]{5}", place in proptest::sample::select(vec![0_usize, 4, 6]), step: u8,
    ) {
        let number = (0..10).map(|d| format!("{body}{d}")).find(|n| is_imo(n)).unwrap();
        prop_assert!(!is_imo(&with_wrong_digit(&number, place, step)));
    }

    #[test]
    fn a_company_number_with_one_wrong_digit_is_flagged_but_for_the_shared_remainders(
        body in "[1-9][0-9]{5}", place in 0_usize..7, step: u8,
    ) {
        let number = (0..10).map(|d| format!("{body}{d}")).find(|n| is_imo_company(n)).unwrap();
        // Remainders 0 and 10 both give the check digit 1.
        let shared = number.ends_with('1');
        prop_assert!(shared || !is_imo_company(&with_wrong_digit(&number, place, step)));
    }

    /// K1 keys in databases of earlier versions: letters and digits, upper case, O as zero.
    #[test]
    fn the_key_of_a_latin_serial_is_what_it_always_was(serial in "[A-Za-z]{0,3}[0-9][A-Za-z0-9 -]{0,12}") {
        let packed: String = serial.chars().filter(|c| c.is_alphanumeric()).collect();
        prop_assert_eq!(firearm_serial(&serial), packed.to_uppercase().replace('O', "0"));
    }
}
