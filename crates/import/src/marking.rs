//! The marking that a person gives to a whole file.

use enlace_stix::Id;
use enlace_stix::marking::Tlp;

/// A marking for the objects made from a file: a TLP colour or a marking definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marking(Id);

/// Why a text names no marking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no marking: expected `clear`, `green`, `amber`, `amber+strict`, `red` or the \
     id of a marking definition"
)]
pub struct MarkingError {
    /// The text found, shortened to 200 characters.
    pub text: String,
}

impl Marking {
    /// Reads a TLP colour (`amber`, `TLP:AMBER`) or the id of a marking definition. Whether the
    /// definition is held is for the caller to check.
    pub fn parse(text: &str) -> Result<Self, MarkingError> {
        let lower = text.trim().to_ascii_lowercase();
        let colour = lower.strip_prefix("tlp:").unwrap_or(&lower);
        if let Some(tlp) = Tlp::from_name(colour) {
            return Ok(Self::from(tlp));
        }
        lower
            .parse::<Id>()
            .ok()
            .filter(|id| id.kind() == "marking-definition")
            .map(Self)
            .ok_or_else(|| MarkingError { text: text.chars().take(200).collect() })
    }

    /// The id of the marking definition.
    pub fn id(&self) -> &Id {
        &self.0
    }
}

impl From<Tlp> for Marking {
    fn from(tlp: Tlp) -> Self {
        let uuid = tlp.marking_id().strip_prefix("marking-definition--").unwrap_or_default();
        Self(Id::new("marking-definition", uuid.parse().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marking_is_a_colour_or_a_definition() {
        for tlp in Tlp::ALL {
            let read = Marking::parse(tlp.name()).map(|m| m.id().to_string());
            assert_eq!(read, Ok(tlp.marking_id().to_owned()));
        }
        assert_eq!(Marking::parse("TLP:AMBER"), Ok(Marking::from(Tlp::Amber)));
        let id = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";
        assert_eq!(Marking::parse(id).map(|m| m.id().to_string()), Ok(id.to_owned()));
        assert!(Marking::parse("identity--f88d31f6-486f-44da-b317-01333bde0b82").is_err());
        assert!(Marking::parse("orange").is_err());
    }
}
