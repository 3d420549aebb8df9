//! What partners hold of our extension definitions does not change under its version.
//!
//! `schemas/shared/published.txt` has a line for each definition that went out with a release:
//! name, `modified`, SHA-256 of its RFC 8785 text. `ENLACE_PUBLISH=1` adds and renews lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use enlace_stix::types::{EXTENSIONS, definition_object};
use enlace_stix::{Object, Timestamp};

use crate::schemas::folder;

fn digest(object: &Object) -> String {
    object.content_hash().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn a_published_definition_changes_only_with_a_later_modified() {
    let path = folder().join("shared/published.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let (heading, lines) = text.split_once("\n\n").unwrap();
    let mut published = BTreeMap::new();
    for line in lines.lines() {
        let [name, modified, hash]: [&str; 3] =
            line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        published.insert(name.to_owned(), (modified.to_owned(), hash.to_owned()));
    }
    for (name, (modified, hash)) in &published {
        let object = definition_object(name).unwrap_or_else(|| panic!("`{name}` is gone"));
        let before: Timestamp = modified.parse().unwrap();
        let now = object.time("modified").unwrap();
        let same = digest(&object) == *hash && now == before;
        assert!(same || now > before, "{name}: a published schema changed; set a later x-modified");
    }
    if std::env::var_os("ENLACE_PUBLISH").is_none() {
        return;
    }
    let mut text = format!("{heading}\n\n");
    for extension in EXTENSIONS.iter() {
        let object = definition_object(extension.name).unwrap();
        let modified = object.text("modified").unwrap();
        writeln!(text, "{} {modified} {}", extension.name, digest(&object)).unwrap();
    }
    std::fs::write(path, text).unwrap();
}
