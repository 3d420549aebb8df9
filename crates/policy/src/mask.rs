//! What happens to the value of one field.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

/// What a clause does to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mask {
    /// Leaves as it is.
    Keep,
    /// Parts of it have their own clause; what no clause names stays.
    Parts,
    /// A date becomes its year.
    Year,
    /// A place becomes province and country.
    Province,
    /// A place becomes its country.
    Country,
    /// A name becomes its initials.
    Initials,
    /// A number becomes its power of ten: `1000-9999`.
    Band,
    /// Replaced by this text.
    Fixed(String),
    /// Stays: no clause permits it.
    Drop,
}

/// Names that a text may give a mask.
pub(crate) const MASK_NAMES: &str =
    "`year`, `province`, `country`, `initials`, `band` or `fixed:TEXT`";

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("keep"),
            Self::Parts => f.write_str("parts"),
            Self::Year => f.write_str("year"),
            Self::Province => f.write_str("province"),
            Self::Country => f.write_str("country"),
            Self::Initials => f.write_str("initials"),
            Self::Band => f.write_str("band"),
            Self::Fixed(text) => write!(f, "fixed:{text}"),
            Self::Drop => f.write_str("drop"),
        }
    }
}

impl FromStr for Mask {
    type Err = String;

    /// Reads a generalisation; `keep`, `parts` and `drop` are no generalisations.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "year" => Ok(Self::Year),
            "province" => Ok(Self::Province),
            "country" => Ok(Self::Country),
            "initials" => Ok(Self::Initials),
            "band" => Ok(Self::Band),
            _ => match text.strip_prefix("fixed:") {
                Some(fixed) if !fixed.is_empty() => Ok(Self::Fixed(fixed.to_owned())),
                _ => Err(format!("expected {MASK_NAMES}")),
            },
        }
    }
}

impl Serialize for Mask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl Mask {
    /// The value after the mask, or `None` where it has no reduced form and must stay.
    ///
    /// [`Mask::Keep`] and [`Mask::Parts`] return the value itself: whoever calls walks into it.
    pub fn apply(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Keep | Self::Parts => Some(value.clone()),
            Self::Year => year(value),
            Self::Province => place(value, 2, &["administrative_area", "province", "country"]),
            Self::Country => place(value, 1, &["country"]),
            Self::Initials => initials(value),
            Self::Band => band(value),
            Self::Fixed(text) => Some(Value::String(text.clone())),
            Self::Drop => None,
        }
    }
}

/// `1984-05-17` → `1984`; a timestamp stays a timestamp: `1984-01-01T00:00:00Z`.
fn year(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    let digits: String = text.chars().take(4).collect();
    let rest = text.get(4..)?;
    let is_year = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_year || !(rest.is_empty() || rest.starts_with('-')) {
        return None;
    }
    let instant = rest.contains('T') && rest.ends_with('Z');
    Some(Value::String(if instant { format!("{digits}-01-01T00:00:00Z") } else { digits }))
}

/// The last `parts` of `town, province, country`, or the named members of a dictionary.
fn place(value: &Value, parts: usize, members: &[&str]) -> Option<Value> {
    match value {
        Value::String(text) => {
            let named: Vec<&str> =
                text.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
            // A single word may be a town: nothing says that it is not.
            let from = named.len().checked_sub(parts).filter(|from| *from > 0)?;
            Some(Value::String(named.get(from..)?.join(", ")))
        }
        Value::Object(all) => {
            let kept: Map<String, Value> = all
                .iter()
                .filter(|(name, v)| members.contains(&name.as_str()) && v.is_string())
                .map(|(name, v)| (name.clone(), v.clone()))
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        _ => None,
    }
}

/// `Juan Pérez` → `J. P.`; of a list of names `full` is reduced and `kind` kept, no more.
fn initials(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => {
            let letters: Vec<String> = text
                .split(|c: char| !c.is_alphanumeric())
                .filter_map(|word| word.chars().next())
                .map(|first| format!("{}.", first.to_uppercase()))
                .collect();
            (!letters.is_empty()).then(|| Value::String(letters.join(" ")))
        }
        Value::Array(items) => {
            let kept: Vec<Value> = items.iter().filter_map(initials).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(name) => {
            let mut kept = Map::from_iter([("full".to_owned(), initials(name.get("full")?)?)]);
            let kinds = ["primary", "alias", "maiden", "transliteration"];
            let kind = name.get("kind").filter(|k| k.as_str().is_some_and(|k| kinds.contains(&k)));
            if let Some(kind) = kind {
                kept.insert("kind".to_owned(), kind.clone());
            }
            Some(Value::Object(kept))
        }
        _ => None,
    }
}

/// `4250` → `1000-9999`; zero and one digit → `0-9`; below zero with the sign in front.
fn band(value: &Value) -> Option<Value> {
    let number = value.as_i64()?;
    let digits = number.unsigned_abs().to_string().len();
    let (low, high) = match digits {
        1 => ("0".to_owned(), "9".to_owned()),
        n => (format!("1{}", "0".repeat(n - 1)), "9".repeat(n)),
    };
    let sign = if number < 0 { "-" } else { "" };
    Some(Value::String(format!("{sign}{low}-{sign}{high}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_generalisation_keeps_less_and_refuses_what_it_cannot_reduce() {
        let of = |mask: Mask, value: Value| mask.apply(&value);
        assert_eq!(of(Mask::Year, json!("1984-05-17")), Some(json!("1984")));
        let instant = of(Mask::Year, json!("1984-05-17T01:02:03.4Z"));
        assert_eq!(instant, Some(json!("1984-01-01T00:00:00Z")));
        assert_eq!(of(Mask::Year, json!("17.5.1984")), None);
        assert_eq!(of(Mask::Year, json!("año 1984")), None);
        assert_eq!(of(Mask::Initials, json!("Ana María de Ríos")), Some(json!("A. M. D. R.")));
        let names = json!([{"full": "Ana Ríos", "kind": "alias", "script": "Latn", "x": 1}]);
        assert_eq!(of(Mask::Initials, names), Some(json!([{"full": "A. R.", "kind": "alias"}])));
        let place = json!("Durán, Guayas, EC");
        assert_eq!(of(Mask::Province, place.clone()), Some(json!("Guayas, EC")));
        assert_eq!(of(Mask::Country, place), Some(json!("EC")));
        assert_eq!(of(Mask::Country, json!("Durán")), None);
        assert_eq!(of(Mask::Band, json!(4250)), Some(json!("1000-9999")));
        assert_eq!(of(Mask::Band, json!(-7)), Some(json!("-0--9")));
        assert_eq!(of(Mask::Band, json!(4.5)), None);
        assert_eq!(of(Mask::Fixed("a".into()), json!([1])), Some(json!("a")));
    }
}
