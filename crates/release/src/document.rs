//! Documents: a flattened copy stands in for the original, and nothing tells of the original.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use enlace_policy::{Clause, Documents};
use enlace_stix::{Id, Object};
use serde_json::{Value, json};

use crate::draft::{Field, What};
use crate::exit::Exit;
use crate::masker::Masker;
use crate::plan::{Candidate, Imprint};

/// What of an artifact tells of the original or leads to it.
const OF_ARTIFACT: &[&str] = &["url", "encryption_algorithm", "decryption_key"];

/// What of a file tells of the original: its name, its times, its place, its size.
const OF_FILE: &[&str] = &[
    "name",
    "name_enc",
    "size",
    "hashes",
    "mime_type",
    "magic_number_hex",
    "ctime",
    "mtime",
    "atime",
    "parent_directory_ref",
    "contains_refs",
];

/// What of a file can tell of the copy.
const OF_COPY: &[&str] = &["mime_type", "hashes", "size"];

/// The artifacts of a set and their flattened copies, by id.
pub(crate) type Copies<'x> = HashMap<&'x Id, Option<Imprint>>;

/// What a file tells of a copy that an artifact brings. Only while the partner gets that artifact,
/// or has it, the file tells of it.
pub(crate) struct Tells {
    /// Id of the artifact, as held.
    pub(crate) content: String,
    pub(crate) copy: Imprint,
}

impl Tells {
    /// Whether this field is of the copy.
    pub(crate) fn says(&self, field: &Field<'_>) -> bool {
        field.extension.is_none() && field.kept.is_some() && OF_COPY.contains(&field.name)
    }
}

/// What stands in for properties of a document.
#[derive(Default)]
pub(crate) struct Replaced {
    /// Value of the copy.
    values: Vec<(&'static str, Value)>,
    /// Stays, unless the copy has a value.
    stays: &'static [&'static str],
    /// Whether extensions describe the original and stay.
    extensions: bool,
    /// The copy, where another object brings it.
    pub(crate) tells: Option<Tells>,
    /// Number of the clause on documents.
    clause: String,
}

/// What of this object is that of the copy instead.
pub(crate) fn replaced(candidate: &Candidate, copies: &Copies<'_>, exit: &Exit<'_>) -> Replaced {
    let term = &exit.policy().terms().documents;
    let object = &candidate.object;
    let clause = term.clause.clone();
    // What was published is of the copy already.
    if exit.narrowing.as_ref().is_some_and(|n| n.documents_fit(term.leaves)) {
        return Replaced::default();
    }
    match (object.kind(), term.leaves, &candidate.flattened) {
        ("artifact", Documents::Flattened | Documents::Originals, Some(copy)) => {
            let imprint = copies.get(object.id()).and_then(Option::as_ref);
            let mut values = imprint.map(told).unwrap_or_default();
            values.push(("payload_bin", json!(STANDARD.encode(&copy.bytes))));
            Replaced { values, stays: OF_ARTIFACT, extensions: true, tells: None, clause }
        }
        ("file", leaves, _) => {
            let Some(content) = object.text("content_ref") else { return Replaced::default() };
            let content = content.parse::<Id>().ok();
            let copy = content.as_ref().and_then(|content| copy_of(content, copies, exit));
            let (values, tells) = match (leaves, content.zip(copy)) {
                // The file is what the artifact is.
                (Documents::Originals, None) => return Replaced::default(),
                (Documents::None, _) | (_, None) => (Vec::new(), None),
                (_, Some((content, copy))) => {
                    let mut values = told(&copy);
                    values.push(("size", json!(copy.size)));
                    (values, Some(Tells { content: content.to_string(), copy }))
                }
            };
            Replaced { values, stays: OF_FILE, extensions: true, tells, clause }
        }
        _ => Replaced::default(),
    }
}

/// The copy of an artifact: in the set, else the one that the partner has. A file that changes
/// alone tells what it told before.
fn copy_of(artifact: &Id, copies: &Copies<'_>, exit: &Exit<'_>) -> Option<Imprint> {
    match copies.get(artifact) {
        Some(copy) => copy.clone(),
        None => {
            let previous = exit.context.previous.get(artifact.as_str());
            exit.had(&previous.filter(|_| artifact.kind() == "artifact")?.twin)?.copy.cloned()
        }
    }
}

fn told(copy: &Imprint) -> Vec<(&'static str, Value)> {
    vec![("mime_type", json!(copy.mime)), ("hashes", json!({ "SHA-256": copy.sha256 }))]
}

impl Replaced {
    /// Whether anything is.
    pub(crate) fn is_any(&self) -> bool {
        !self.clause.is_empty()
    }

    /// The field as the copy has it.
    pub(crate) fn apply<'x, 'a: 'x>(
        &self,
        mut field: Field<'x>,
        masker: &mut Masker<'x, 'a, '_>,
    ) -> Field<'x> {
        if field.kept.is_none() || !self.is_any() {
            return field;
        }
        if field.extension.is_some() {
            return if self.extensions { self.withheld(field) } else { field };
        }
        match self.values.iter().find(|(name, _)| *name == field.name) {
            Some((name, value)) => {
                masker.at(name, name);
                field.kept = masker.value(name, value);
                // The copy was made of all of it.
                field.marks.iter_mut().for_each(|mark| mark.leaf = None);
                field.marks.extend(masker.take_marks());
                let clause = Clause::agreement(&self.clause, "clause-document-copy");
                field.clause = masker.take_why().unwrap_or(Cow::Owned(clause));
                field
            }
            None if self.stays.contains(&field.name) => self.withheld(field),
            None => field,
        }
    }

    /// The content, where the original had none of its own.
    pub(crate) fn add<'x, 'a: 'x>(
        &self,
        object: &Object,
        masker: &mut Masker<'x, 'a, '_>,
        fields: &mut Vec<Field<'x>>,
    ) {
        let missing = |name: &str| name == "payload_bin" && object.get(name).is_none();
        for (name, value) in self.values.iter().filter(|(name, _)| missing(name)) {
            masker.at(name, name);
            let kept = masker.value(name, value);
            let clause = Clause::agreement(&self.clause, "clause-document-copy");
            let clause = masker.take_why().unwrap_or(Cow::Owned(clause));
            let (path, before, what) = ((*name).into(), None, What::Property);
            let marks = masker.take_marks();
            fields.push(Field { path, extension: None, name, before, kept, clause, what, marks });
        }
    }

    fn withheld<'x>(&self, mut field: Field<'x>) -> Field<'x> {
        field.kept = None;
        field.clause = Cow::Owned(Clause::agreement(&self.clause, "clause-document-metadata"));
        field
    }
}
