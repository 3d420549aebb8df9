//! What a normal form is made of: the key and what is odd about it.

use std::borrow::Cow;

macro_rules! doubts {
    ($($(#[$words:meta])* $doubt:ident = $name:literal),+ $(,)?) => {
        /// Why an identifier deserves a second look. None is a reason to refuse it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Doubt { $($(#[$words])* $doubt),+ }

        impl Doubt {
            /// The name, stable.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$doubt => $name),+ }
            }
        }
    };
}

doubts! {
    /// The check digits do not agree with the rest.
    WrongCheckDigit = "wrong-check-digit",
    /// Too many or too few characters.
    WrongLength = "wrong-length",
    /// The characters stand in an order that the standard does not have.
    WrongForm = "wrong-form",
    /// A character that never stands in such an identifier.
    ImpossibleCharacter = "impossible-character",
    /// The country is missing or not in the table of the standard.
    UnknownCountry = "unknown-country",
    /// A value for tests or documentation, or typed to fill a field.
    Placeholder = "placeholder",
    /// The text says that there is no number; the key is empty.
    NoValue = "no-value",
    /// Some signs could not be read.
    Partial = "partial",
    /// Something behind or around the identifier was left out of the key.
    Dropped = "dropped",
    /// A missing check digit was added to the key.
    Completed = "completed",
    /// Letters were read as digits, or digits that do not belong were left out.
    Repaired = "repaired",
    /// Two readings are possible; the key has the likelier one.
    Ambiguous = "ambiguous",
    /// Letters of several scripts that look the same.
    Confusable = "confusable",
    /// Many things have this identifier.
    NotUnique = "not-unique",
    /// A form without a check known here.
    Unchecked = "unchecked",
}

/// One doubt and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// What is odd.
    pub doubt: Doubt,
    /// Why, in plain English, without the identifier itself.
    pub reason: Cow<'static, str>,
}

/// The normal form of an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normal {
    /// Equal for the same identifier written otherwise; empty where the text says that there is none.
    pub key: String,
    /// What is odd about it, in no order.
    pub flags: Vec<Flag>,
}

impl Normal {
    pub(super) const fn new(key: String) -> Self {
        Self { key, flags: Vec::new() }
    }

    /// The text says that there is no identifier.
    pub(super) fn absent() -> Self {
        let mut normal = Self::new(String::new());
        normal.doubt(Doubt::NoValue, "the text says that there is none");
        normal
    }

    pub(super) fn doubt(&mut self, doubt: Doubt, reason: impl Into<Cow<'static, str>>) {
        self.flags.push(Flag { doubt, reason: reason.into() });
    }

    /// Whether this doubt was raised.
    pub fn has(&self, doubt: Doubt) -> bool {
        self.flags.iter().any(|flag| flag.doubt == doubt)
    }
}
