//! Data markings (§7.2): TLP 1 and 2.0, our handling marking, the effective marking of a property.

use serde_json::Value;

use crate::{Object, types};

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

    /// The colour of a marking definition id, TLP 1 (§7.2.1.4) or 2.0.
    pub fn from_marking_id(id: &str) -> Option<Self> {
        let version_1 = match id {
            "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9" => Some(Self::Clear),
            "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da" => Some(Self::Green),
            "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82" => Some(Self::Amber),
            "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed" => Some(Self::Red),
            _ => None,
        };
        version_1.or_else(|| Self::ALL.into_iter().find(|t| t.marking_id() == id))
    }
}

/// Europol handling codes (H0 least strict); H3 is free text and read as strictest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Handling {
    /// Only to prevent and combat crime.
    H0,
    /// Not in court without the originator's permission.
    H1,
    /// No dissemination without the originator's permission.
    H2,
    /// Other restrictions.
    H3,
}

/// The join of every marking that covers one property.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effective {
    /// Strictest TLP; `None` where no TLP marking applies.
    pub tlp: Option<Tlp>,
    /// All handling codes, sorted.
    pub handling: Vec<Handling>,
    /// All caveats, sorted.
    pub caveats: Vec<String>,
    /// Recipients named by every marking that names any; `None` = no marking names any.
    pub releasable_to: Option<Vec<String>>,
    /// Purposes allowed by every marking that names any; `None` = no marking names any.
    pub purposes: Option<Vec<String>>,
    /// Marking ids that this version cannot read: whoever decides must withhold.
    pub unknown: Vec<String>,
}

impl Effective {
    /// Joins a marking definition into this one: maxima rise, recipients intersect, caveats unite.
    pub fn join(&mut self, marking_id: &str, definition: Option<&Object>) {
        if let Some(tlp) = Tlp::from_marking_id(marking_id) {
            self.tlp = self.tlp.max(Some(tlp));
            return;
        }
        let handling = definition.and_then(|d| d.extension(&types::definition_id("handling")));
        match (handling, definition) {
            (Some(body), _) => self.join_handling(body),
            // A statement is carried, never a control (§7.2.1.3).
            (None, Some(d)) if d.text("definition_type") == Some("statement") => {}
            _ => self.unknown.push(marking_id.to_owned()),
        }
    }

    /// Takes over what another joined marking asks of whoever holds the data: the stricter colour,
    /// every handling code, every caveat. Recipients, purposes and unknown markings stay apart:
    /// they are decided where each applies.
    pub fn unite(&mut self, more: &Self) {
        self.tlp = self.tlp.max(more.tlp);
        self.handling.extend(&more.handling);
        self.handling.sort();
        self.handling.dedup();
        self.caveats.extend(more.caveats.iter().cloned());
        self.caveats.sort();
        self.caveats.dedup();
    }

    /// A list that cannot be read names nobody and nothing: it closes, it never opens.
    fn join_handling(&mut self, body: &serde_json::Map<String, Value>) {
        let texts = |name: &str| -> Option<Vec<String>> {
            let items = body.get(name)?.as_array().map_or(&[][..], Vec::as_slice);
            Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        for name in ["handling", "caveats", "releasable_to", "purposes"] {
            let readable = |v: &Value| v.as_array().is_some_and(|a| a.iter().all(Value::is_string));
            if body.get(name).is_some_and(|v| !readable(v)) {
                self.unknown.push(format!("handling.{name}"));
            }
        }
        let tlp = body.get("tlp").and_then(Value::as_str).and_then(Tlp::from_name);
        self.tlp = self.tlp.max(tlp.or(Some(Tlp::Red)));
        for code in texts("handling").unwrap_or_default() {
            let code = match code.as_str() {
                "H0" => Handling::H0,
                "H1" => Handling::H1,
                "H2" => Handling::H2,
                _ => Handling::H3,
            };
            self.handling.push(code);
        }
        self.handling.sort();
        self.handling.dedup();
        self.caveats.extend(texts("caveats").unwrap_or_default());
        self.caveats.sort();
        self.caveats.dedup();
        intersect(&mut self.releasable_to, texts("releasable_to"));
        intersect(&mut self.purposes, texts("purposes"));
    }
}

fn intersect(held: &mut Option<Vec<String>>, more: Option<Vec<String>>) {
    let Some(more) = more else { return };
    match held {
        Some(held) => held.retain(|item| more.contains(item)),
        None => *held = Some(more),
    }
}

/// The marking of the whole object: its `object_marking_refs` joined.
///
/// `definition` finds a marking definition by id; TLP definitions need not be held.
pub fn of_object<'a>(
    object: &Object,
    definition: &dyn Fn(&str) -> Option<&'a Object>,
) -> Effective {
    let mut effective = Effective::default();
    for id in object.texts("object_marking_refs") {
        effective.join(id, definition(id));
    }
    effective
}

/// The marking of one property: the object's, joined with every granular marking whose selector
/// is the path, above it or below it (a part marked stricter makes the whole value stricter).
pub fn of_property<'a>(
    object: &Object,
    path: &str,
    definition: &dyn Fn(&str) -> Option<&'a Object>,
) -> Effective {
    let mut effective = of_object(object, definition);
    let granular = object.get("granular_markings").and_then(Value::as_array);
    for marking in granular.into_iter().flatten() {
        let Some(id) = marking.get("marking_ref").and_then(Value::as_str) else { continue };
        let selectors = marking.get("selectors").and_then(Value::as_array);
        let hit = selectors
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|s| is_within(path, s) || is_within(s, path));
        if hit {
            effective.join(id, definition(id));
        }
    }
    effective
}

/// Whether `path` is `above` or lies below it, both as selectors.
fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_cannot_be_read_closes() {
        let mut effective = Effective::default();
        let body = serde_json::json!({ "tlp": "green", "releasable_to": "US", "caveats": [7] });
        effective.join_handling(body.as_object().unwrap());
        assert_eq!(effective.releasable_to, Some(Vec::new()));
        assert_eq!(effective.unknown, ["handling.caveats", "handling.releasable_to"]);
    }
    use serde_json::json;

    const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
    const WHITE_1: &str = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9";
    const OWN: &str = "marking-definition--f431f809-377b-45e0-aa1c-6a4751cae5ff";

    fn object(view: Value) -> Object {
        Object::parse(&view.to_string()).unwrap()
    }

    fn handling(body: Value) -> Object {
        let mut extensions = serde_json::Map::new();
        extensions.insert(types::definition_id("handling"), body);
        object(json!({"type": "marking-definition", "id": OWN, "extensions": extensions}))
    }

    fn marked(refs: &[&str], granular: Value) -> Object {
        object(json!({
            "type": "identity", "id": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "name": "Elena Paz", "contact_information": "x",
            "object_marking_refs": refs, "granular_markings": granular,
        }))
    }

    #[test]
    fn every_colour_reads_back_from_its_name_and_its_id() {
        for tlp in Tlp::ALL {
            assert_eq!(Tlp::from_name(tlp.name()), Some(tlp));
            assert_eq!(Tlp::from_marking_id(tlp.marking_id()), Some(tlp));
        }
        assert_eq!(Tlp::from_marking_id(WHITE_1), Some(Tlp::Clear));
        assert!(Tlp::ALL.is_sorted() && Tlp::from_name("pink").is_none());
    }

    #[test]
    fn the_strictest_colour_wins_whatever_the_order() {
        for refs in [[RED, WHITE_1], [WHITE_1, RED]] {
            let effective = of_object(&marked(&refs, json!([])), &|_| None);
            assert_eq!(effective.tlp, Some(Tlp::Red));
            assert!(effective.unknown.is_empty());
        }
    }

    #[test]
    fn a_marking_that_cannot_be_read_is_named() {
        let effective = of_object(&marked(&[OWN], json!([])), &|_| None);
        assert_eq!(effective.unknown, [OWN]);
    }

    #[test]
    fn recipients_intersect_and_caveats_unite() {
        let mut effective = Effective::default();
        let first = json!({"tlp": "green", "handling": ["H1"], "releasable_to": ["a", "b"],
            "caveats": ["x"]});
        let second = json!({"tlp": "amber", "handling": ["H0", "H9"], "releasable_to": ["b", "c"],
            "caveats": ["w", "x"], "purposes": ["cyber"]});
        effective.join(OWN, Some(&handling(first)));
        effective.join(OWN, Some(&handling(second)));
        assert_eq!(effective.tlp, Some(Tlp::Amber));
        assert_eq!(effective.handling, [Handling::H0, Handling::H1, Handling::H3]);
        assert_eq!(effective.releasable_to, Some(vec!["b".to_owned()]));
        assert_eq!(effective.caveats, ["w", "x"]);
        assert_eq!(effective.purposes, Some(vec!["cyber".to_owned()]));
    }

    #[test]
    fn a_handling_marking_without_a_readable_colour_is_red() {
        let mut effective = Effective::default();
        effective.join(OWN, Some(&handling(json!({"tlp": "pink"}))));
        assert_eq!(effective.tlp, Some(Tlp::Red));
    }

    #[test]
    fn a_granular_marking_covers_its_property_what_is_below_and_what_holds_it() {
        let granular = json!([{"marking_ref": RED, "selectors": ["contact_information"]}]);
        let object = marked(&[WHITE_1], granular);
        let tlp = |path: &str| of_property(&object, path, &|_| None).tlp;
        assert_eq!(tlp("contact_information"), Some(Tlp::Red));
        assert_eq!(tlp("contact_information.phone"), Some(Tlp::Red));
        assert_eq!(tlp("contact_info"), Some(Tlp::Clear));
        assert_eq!(tlp("name"), Some(Tlp::Clear));
        let granular = json!([{"marking_ref": RED, "selectors": ["labels.[1]"]}]);
        let object = marked(&[], granular);
        assert_eq!(of_property(&object, "labels", &|_| None).tlp, Some(Tlp::Red));
        assert_eq!(of_property(&object, "labels.[0]", &|_| None).tlp, None);
    }
}
