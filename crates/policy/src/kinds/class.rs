//! What kind of content a property holds.

use std::fmt;

use enlace_stix::validate::shape::Form;

/// The class of a property: what a clause has to say of it, and which generalisation suits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Tells one thing, person or paper from all others: [`identifier_kind`](super::identifier_kind)
    /// says which kind of number it is.
    Identifier,
    /// A designation of a person or thing, in the words of whoever gave it.
    Name,
    /// A day, an instant, a year.
    Date,
    /// Where something is, was or is valid.
    Place,
    /// An amount of money.
    Amount,
    /// The id of another object: it leaves only with that object.
    Reference,
    /// A term of a list, open or closed: kind, state, role, colour, code of a law.
    Vocabulary,
    /// Sentences that people wrote, and bags of content that nobody has read: never leave as they
    /// are.
    FreeText,
    /// Content of a file.
    Document,
    /// A number, a size, a count.
    Number,
    /// Yes or no.
    Flag,
    /// A record, or a list of records, with properties of their own.
    Nested,
    /// A property that no schema describes (`x_…`): leaves where a clause names it.
    Custom,
    /// Belongs to this node alone: no clause can name it.
    Never,
}

impl Class {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Identifier,
        Self::Name,
        Self::Date,
        Self::Place,
        Self::Amount,
        Self::Reference,
        Self::Vocabulary,
        Self::FreeText,
        Self::Document,
        Self::Number,
        Self::Flag,
        Self::Nested,
        Self::Custom,
        Self::Never,
    ];

    /// Stable name: `free-text`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Name => "name",
            Self::Date => "date",
            Self::Place => "place",
            Self::Amount => "amount",
            Self::Reference => "reference",
            Self::Vocabulary => "vocabulary",
            Self::FreeText => "free-text",
            Self::Document => "document",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Nested => "nested",
            Self::Custom => "custom",
            Self::Never => "never",
        }
    }

    /// Whether a clause can name a property of this class.
    pub const fn nameable(self) -> bool {
        !matches!(self, Self::FreeText | Self::Never)
    }

    /// The class that the form of a value tells by itself; `None` where people must have said it:
    /// texts, and dictionaries of whatever.
    pub(super) fn of_form(form: Form) -> Option<Self> {
        Some(match form {
            Form::Text | Form::Written | Form::Dictionary => return None,
            Form::Country => Self::Place,
            Form::Currency | Form::Enum(_) | Form::Term | Form::Language => Self::Vocabulary,
            Form::Flag => Self::Flag,
            Form::Time | Form::Date => Self::Date,
            Form::Integer(_) | Form::Number | Form::Hex => Self::Number,
            Form::Sha256 | Form::Hashes | Form::Identifier(_) => Self::Identifier,
            Form::Reference(_) => Self::Reference,
            Form::Binary => Self::Document,
            Form::Record(_) => Self::Nested,
        })
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
