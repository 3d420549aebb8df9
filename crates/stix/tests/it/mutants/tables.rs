//! The property tables and vocabularies of the standard, read from their texts beside this file.

use std::sync::LazyLock;

/// Data type of a property, as the tables of the standard name it.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Text,
    Bool,
    Time,
    Lang,
    Hex,
    Bin,
    Hashes,
    /// What the values of the dictionary are: `any`, `text`, `texts`, `int`, `int|text`, …
    Dict(&'static str),
    Int(i64, i64),
    Float(f64, f64),
    Enum(&'static str),
    Vocab(&'static str),
    Ref(&'static str),
    Record(&'static str),
    List(Box<Kind>),
}

/// One property of a table.
#[derive(Clone, Debug)]
pub struct Property {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

/// One table: an object type, a record, an extension.
#[derive(Clone, Debug)]
pub struct Table {
    /// `sdo`, `sro`, `sco`, `meta`, `record`, `extension`.
    pub class: &'static str,
    pub name: &'static str,
    /// The type that carries an extension.
    pub on: &'static str,
    pub properties: Vec<Property>,
    /// At least one of these.
    pub any: Vec<&'static str>,
}

/// Largest integer of §2.10.
pub const SAFE: i64 = (1 << 53) - 1;

pub static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let mut tables: Vec<Table> = Vec::new();
    for line in include_str!("properties.txt").lines() {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["any", names @ ..] => tables.last_mut().unwrap().any = names.to_vec(),
            [class @ ("sdo" | "sro" | "sco" | "meta" | "record" | "extension"), name, on @ ..] => {
                let on = on.first().copied().unwrap_or_default();
                tables.push(Table { class, name, on, properties: Vec::new(), any: Vec::new() });
            }
            [name, kind] => {
                let required = name.ends_with('!');
                let property =
                    Property { name: name.trim_end_matches('!'), kind: kind_of(kind), required };
                tables.last_mut().unwrap().properties.push(property);
            }
            other => panic!("{other:?}"),
        }
    }
    tables
});

fn kind_of(text: &'static str) -> Kind {
    if let Some(item) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return Kind::List(Box::new(kind_of(item)));
    }
    let (head, rest) = text.split_once(':').unwrap_or((text, ""));
    let (low, high) = rest.split_once(':').unwrap_or((rest, ""));
    match head {
        "text" => Kind::Text,
        "bool" => Kind::Bool,
        "time" => Kind::Time,
        "lang" => Kind::Lang,
        "hex" => Kind::Hex,
        "bin" => Kind::Bin,
        "hashes" => Kind::Hashes,
        "dict" => Kind::Dict(if rest.is_empty() { "any" } else { rest }),
        "int" => Kind::Int(low.parse().unwrap_or(-SAFE), high.parse().unwrap_or(SAFE)),
        "float" => Kind::Float(low.parse().unwrap_or(f64::MIN), high.parse().unwrap_or(f64::MAX)),
        "enum" => Kind::Enum(rest),
        "vocab" => Kind::Vocab(rest),
        "ref" => Kind::Ref(rest),
        "record" => Kind::Record(rest),
        _ => panic!("{text}"),
    }
}

/// The table of a type, record or extension.
pub fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("{name}"))
}

/// The names of all tables of these classes.
pub fn names(classes: &[&str]) -> Vec<&'static str> {
    TABLES.iter().filter(|t| classes.contains(&t.class)).map(|t| t.name).collect()
}

/// The predefined extensions of a type.
pub fn extensions_of(kind: &str) -> Vec<&'static Table> {
    TABLES.iter().filter(|t| t.class == "extension" && t.on == kind).collect()
}

/// The common properties that a type may carry beside `type`, `id`, `spec_version`, `created`,
/// `modified` (the tables at the head of each type).
pub fn common(kind: &str) -> &'static Table {
    let class = TABLES.iter().find(|t| t.name == kind && t.class != "record").map(|t| t.class);
    table(match (kind, class) {
        ("marking-definition", _) => "common-marking",
        ("language-content", _) => "common-language",
        ("extension-definition", _) => "common-extension",
        (_, Some("sco")) => "common-sco",
        _ => "common-sdo",
    })
}

pub fn is_sco(kind: &str) -> bool {
    TABLES.iter().any(|t| t.name == kind && t.class == "sco")
}

/// The values of a vocabulary or enumeration of chapter 10.
pub fn vocabulary(name: &str) -> Vec<&'static str> {
    let line = include_str!("vocabularies.txt")
        .lines()
        .find_map(|l| l.strip_prefix(name).and_then(|l| l.strip_prefix(": ")))
        .unwrap_or_else(|| panic!("{name}"));
    line.split(", ").collect()
}
