//! Places inside an object where a value of a known data type stands.

use serde_json::Value;

use super::tables::{self, Kind, Table, common, table};

/// One step into an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Name(String),
    Item(usize),
}

/// One value: where it stands, what it is, whether its holder can do without it.
#[derive(Clone, Debug)]
pub struct Site {
    pub steps: Vec<Step>,
    pub kind: Kind,
    pub required: bool,
    /// The table that lists the property.
    pub owner: &'static str,
}

impl Site {
    /// The selector of the place (§7.2.3), as findings write it.
    pub fn path(&self) -> String {
        path(&self.steps)
    }

    /// The name of the property (of the list, for an item).
    pub fn name(&self) -> &str {
        let names = self.steps.iter().rev().find_map(|s| match s {
            Step::Name(name) => Some(name.as_str()),
            Step::Item(_) => None,
        });
        names.unwrap_or_default()
    }

    pub fn is_item(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Item(_)))
    }

    pub fn depth(&self) -> usize {
        self.steps.len()
    }
}

pub fn path(steps: &[Step]) -> String {
    let parts: Vec<String> = steps
        .iter()
        .map(|step| match step {
            Step::Name(name) => name.clone(),
            Step::Item(i) => format!("[{i}]"),
        })
        .collect();
    parts.join(".")
}

/// Every place of an object whose data type the tables know. `type`, `id` and `spec_version` have
/// rules of their own and are left out; so is what refers to other places (selectors).
pub fn sites(view: &Value) -> Vec<Site> {
    let mut found = Vec::new();
    let kind = view["type"].as_str().unwrap_or_default();
    if let Some(own) = tables::TABLES.iter().find(|t| t.name == kind && t.class != "record") {
        of_table(own, view, &[], &mut found);
    }
    of_table(common(kind), view, &[], &mut found);
    for name in ["created", "modified"] {
        if view.get(name).is_some() {
            let steps = vec![Step::Name(name.to_owned())];
            found.push(Site { steps, kind: Kind::Time, required: true, owner: "common-sdo" });
        }
    }
    for (name, body) in view["extensions"].as_object().into_iter().flatten() {
        if let Some(known) =
            tables::TABLES.iter().find(|t| t.class == "extension" && t.name == name)
        {
            let at = [Step::Name("extensions".into()), Step::Name(name.clone())];
            of_table(known, body, &at, &mut found);
        }
    }
    found
}

fn of_table(table: &'static Table, members: &Value, at: &[Step], found: &mut Vec<Site>) {
    for property in &table.properties {
        let Some(value) = members.get(property.name) else { continue };
        if property.name == "selectors" {
            continue;
        }
        let mut steps = at.to_vec();
        steps.push(Step::Name(property.name.to_owned()));
        let required = property.required || table.any == [property.name];
        of_value(&property.kind, value, steps, required, table.name, found);
    }
}

fn of_value(
    kind: &Kind,
    value: &Value,
    steps: Vec<Step>,
    required: bool,
    owner: &'static str,
    found: &mut Vec<Site>,
) {
    found.push(Site { steps: steps.clone(), kind: kind.clone(), required, owner });
    match kind {
        Kind::Record(name) => of_table(table(name), value, &steps, found),
        Kind::List(item) => {
            for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                let mut steps = steps.clone();
                steps.push(Step::Item(i));
                of_value(item, value, steps, true, owner, found);
            }
        }
        _ => {}
    }
}

/// The value at a place.
pub fn get<'a>(view: &'a Value, steps: &[Step]) -> &'a Value {
    steps.iter().fold(view, |here, step| match step {
        Step::Name(name) => &here[name.as_str()],
        Step::Item(i) => &here[*i],
    })
}

/// Writes a value at a place.
pub fn set(view: &mut Value, steps: &[Step], value: Value) {
    *at(view, steps) = value;
}

pub fn at<'a>(view: &'a mut Value, steps: &[Step]) -> &'a mut Value {
    steps.iter().fold(view, |here, step| match step {
        Step::Name(name) => &mut here[name.as_str()],
        Step::Item(i) => &mut here[*i],
    })
}

/// Takes a property out.
pub fn remove(view: &mut Value, steps: &[Step]) {
    let (last, above) = steps.split_last().unwrap();
    match (at(view, above), last) {
        (Value::Object(members), Step::Name(name)) => {
            members.shift_remove(name);
        }
        (Value::Array(items), Step::Item(i)) => {
            items.remove(*i);
        }
        _ => {}
    }
}
