//! Names that stand twice in a dictionary (§2.3): where the first one stands. Only asked when the
//! counts of members differ.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The path of the first name in `raw` that stands twice in its dictionary.
pub(super) fn first(raw: &str) -> Option<String> {
    let mut found = None;
    let mut parser = serde_json::Deserializer::from_str(raw);
    // The text was read before, within the limit of levels.
    parser.disable_recursion_limit();
    let walk = Walk { path: String::new(), found: &mut found };
    walk.deserialize(&mut parser).ok()?;
    found
}

struct Walk<'f> {
    path: String,
    found: &'f mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let dot = if self.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{name}", self.path);
            if !names.insert(name) && self.found.is_none() {
                *self.found = Some(path.clone());
            }
            map.next_value_seed(Walk { path, found: self.found })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for i in 0_usize.. {
            let path = format!("{}.[{i}]", self.path);
            if items.next_element_seed(Walk { path, found: self.found })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_name_that_stands_twice_is_found_at_any_depth() {
        let first = |raw: &str| super::first(raw);
        assert_eq!(first(r#"{"a":{"b":[1,{"c":1,"d":2,"c":3}]},"a":1}"#), Some("a.b.[1].c".into()));
        assert_eq!(first(r#"{"a":1,"\u0061":2}"#), Some("a".into()));
        assert_eq!(first(r#"{"a":{"b":1},"c":{"b":1}}"#), None);
    }
}
