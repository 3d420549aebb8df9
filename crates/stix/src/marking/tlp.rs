//! Traffic Light Protocol: the colours of TLP 1 (§7.2.1.4) and of TLP 2.0 (OASIS common objects).
//!
//! The two versions have ids, names and definitions of their own. A name of one version under an
//! id of the other is no TLP marking: each definition here is the published one, member by member.

use serde_json::{Map, Value, json};

use crate::types;

/// Traffic Light Protocol colour, in the order of strictness. TLP 1 `white` reads as `Clear`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Tlp {
    /// No limit.
    #[serde(rename = "clear")]
    Clear,
    /// The community.
    #[serde(rename = "green")]
    Green,
    /// The recipient's organisation and its clients.
    #[serde(rename = "amber")]
    Amber,
    /// The recipient's organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// Named persons only.
    #[serde(rename = "red")]
    Red,
}

/// Version of the Traffic Light Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// The definitions of the standard itself (§7.2.1.4): white, green, amber, red.
    One,
    /// The definitions of OASIS common objects: clear, green, amber, amber+strict, red.
    Two,
}

impl Tlp {
    /// All colours, mildest first.
    pub const ALL: [Self; 5] =
        [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red];

    /// The name FIRST gives it, lower case: `amber+strict`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::AmberStrict => "amber+strict",
            Self::Red => "red",
        }
    }

    /// The name inside the definitions of a version: TLP 1 says `white` for clear and has no
    /// `amber+strict`.
    pub fn name_in(self, version: Version) -> Option<&'static str> {
        match (version, self) {
            (Version::One, Self::Clear) => Some("white"),
            (Version::One, Self::AmberStrict) => None,
            (_, colour) => Some(colour.name()),
        }
    }

    /// Reads [`Tlp::name`], also `white`.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "white" {
            return Some(Self::Clear);
        }
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// The id of the TLP 2.0 marking definition (OASIS common objects).
    pub fn marking_id(self) -> &'static str {
        match self {
            Self::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
            Self::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
            Self::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
            Self::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
            Self::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        }
    }

    /// The id of the definition of a version; TLP 1 has no `amber+strict`.
    pub fn marking_id_in(self, version: Version) -> Option<&'static str> {
        match (version, self) {
            (Version::Two, colour) => Some(colour.marking_id()),
            (_, Self::Clear) => Some("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"),
            (_, Self::Green) => Some("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"),
            (_, Self::Amber) => Some("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"),
            (_, Self::AmberStrict) => None,
            (_, Self::Red) => Some("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"),
        }
    }

    /// The colour of a marking definition id, TLP 1 (§7.2.1.4) or 2.0, in any case of letters.
    pub fn from_marking_id(id: &str) -> Option<Self> {
        Self::of_marking_id(id).map(|(colour, _)| colour)
    }

    /// The colour and the version of a marking definition id.
    pub fn of_marking_id(id: &str) -> Option<(Self, Version)> {
        let known = |colour: &Self, version| {
            colour.marking_id_in(version).is_some_and(|known| known.eq_ignore_ascii_case(id))
        };
        [Version::Two, Version::One].into_iter().find_map(|version| {
            let colour = Self::ALL.into_iter().find(|colour| known(colour, version));
            colour.map(|colour| (colour, version))
        })
    }

    /// The marking definition of TLP 2.0 as OASIS published it.
    pub fn definition(self) -> Map<String, Value> {
        let mut made = published(self.marking_id(), "2022-10-01T00:00:00.000Z", self.name());
        let body = json!({ "extension_type": "property-extension", "tlp_2_0": self.name() });
        made.insert("extensions".into(), json!({ types::reused::TLP_2: body }));
        made
    }

    /// The marking definition of TLP 1 as the standard gives it (§7.2.1.4); `None` for
    /// `amber+strict`, which TLP 1 does not have.
    pub fn definition_1(self) -> Option<Map<String, Value>> {
        let (id, name) = (self.marking_id_in(Version::One)?, self.name_in(Version::One)?);
        let mut made = published(id, "2017-01-20T00:00:00.000Z", name);
        made.insert("definition_type".into(), "tlp".into());
        made.insert("definition".into(), json!({ "tlp": name }));
        Some(made)
    }
}

fn published(id: &str, created: &str, name: &str) -> Map<String, Value> {
    let members = [
        ("type", "marking-definition".to_owned()),
        ("spec_version", "2.1".to_owned()),
        ("id", id.to_owned()),
        ("created", created.to_owned()),
        ("name", format!("TLP:{}", name.to_uppercase())),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}
