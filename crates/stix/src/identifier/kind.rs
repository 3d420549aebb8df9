//! The kinds of identifiers and their stable names.

macro_rules! kinds {
    ($($(#[$words:meta])* $kind:ident = $name:literal),+ $(,)?) => {
        /// What an identifier identifies.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$words])* $kind),+ }

        impl Kind {
            /// Every kind, in the order of the table in the documentation.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The name, the same in the keys of [`Object::identifier_keys`](crate::Object::identifier_keys).
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }

            /// The kind of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$kind),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// International bank account number (ISO 13616).
    Iban = "iban",
    /// Business identifier code of a bank (ISO 9362).
    Bic = "bic",
    /// Account number without an international standard.
    AccountNumber = "account-number",
    /// Payment card (ISO/IEC 7812); the key is masked.
    PaymentCard = "payment-card",
    /// Telephone number (ITU-T E.164).
    Phone = "phone",
    /// Mobile device (3GPP TS 23.003).
    Imei = "imei",
    /// Subscriber of a mobile network (ITU-T E.212).
    Imsi = "imsi",
    /// SIM card (ITU-T E.118).
    Iccid = "iccid",
    /// Ship (IMO resolution A.1117(30)).
    ImoShip = "imo-ship",
    /// Company or registered owner of ships (IMO resolution MSC.160(78)).
    ImoCompany = "imo-company",
    /// Radio identity of a ship or station (ITU-R M.585).
    Mmsi = "mmsi",
    /// Radio call sign (ITU Radio Regulations).
    CallSign = "call-sign",
    /// Freight container (ISO 6346).
    Container = "container",
    /// Road vehicle (ISO 3779).
    Vin = "vin",
    /// Number plate and country.
    Plate = "plate",
    /// Nationality and registration mark of an aircraft (ICAO annex 7).
    AircraftRegistration = "aircraft-registration",
    /// Passport, identity card, licence: kind, country, number.
    IdentityDocument = "identity-document",
    /// Entry of an organisation in a register: kind, country, number.
    Registration = "registration",
    /// Serial number of a firearm, key K1.
    FirearmSerial = "firearm-serial",
    /// E-mail address (RFC 5321).
    Email = "email",
    /// Domain name (RFC 1035, RFC 5890).
    Domain = "domain",
    /// Address or network of the internet protocol (RFC 5952).
    Ip = "ip",
    /// Hardware address (IEEE 802).
    Mac = "mac",
    /// Address of a resource (RFC 3986).
    Url = "url",
    /// Digest of a file.
    Hash = "hash",
    /// Address of a cryptocurrency.
    CryptoAddress = "crypto-address",
    /// Transaction of a cryptocurrency.
    CryptoTransaction = "crypto-transaction",
}
