//! Values that say nothing, of the form that the standard or a schema asks.

use enlace_stix::validate::shape::{Form, Property};
use serde_json::{Map, Value, json};

use super::Kind;

/// What stands in place of a text.
const WORD: &str = "recalled";

impl Kind {
    /// A value for the property `name` that says nothing and has the form that the type asks: for the
    /// last version of an object that is taken back. `held` is what the recipient has there, of which
    /// a reference is kept; `created` is an instant that it knows. `None` if the type has no such
    /// property.
    pub fn blank(&self, name: &str, held: Option<&Value>, created: &str) -> Option<Value> {
        self.shape.property(name).map(|property| blank(property, held, created))
    }
}

fn blank(property: Property, held: Option<&Value>, created: &str) -> Value {
    let held = match held {
        Some(Value::Array(items)) if property.list => items.first(),
        held => held,
    };
    let value = match property.form {
        Form::Text | Form::Written | Form::Term | Form::Identifier(_) => json!(WORD),
        Form::Country => json!("ZZ"),
        Form::Currency => json!("XXX"),
        Form::Enum(values) => {
            let unknown = values.iter().find(|value| **value == "unknown");
            json!(unknown.or(values.first()))
        }
        Form::Language => json!("und"),
        Form::Flag => json!(false),
        Form::Time => json!(created),
        Form::Date => json!(created.chars().take(10).collect::<String>()),
        Form::Integer(least) => json!(least.max(0)),
        Form::Number => json!(0),
        Form::Hex => json!("00"),
        Form::Sha256 => json!("0".repeat(64)),
        Form::Hashes => json!({ "SHA-256": "0".repeat(64) }),
        // The recipient knows it.
        Form::Reference(_) => held.cloned().unwrap_or(json!(WORD)),
        Form::Binary => json!(""),
        Form::Dictionary => json!({ WORD: WORD }),
        Form::Record(inner) => {
            let needed = |p: &Property| p.required || inner.one_of().first() == Some(&p.name);
            let member = |p: Property| {
                let held = held.and_then(|held| held.get(p.name));
                (p.name.to_owned(), blank(p, held, created))
            };
            inner.properties().filter(needed).map(member).collect::<Map<_, _>>().into()
        }
    };
    if property.list { json!([value]) } else { value }
}
