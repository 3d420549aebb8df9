//! Documents: a flattened copy stands in for the original, and nothing tells of the original.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use enlace_policy::{Clause, Documents};
use enlace_stix::{Id, Object};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::draft::{Field, What};
use crate::exit::Exit;
use crate::judge::Copies;
use crate::masker::Masker;
use crate::plan::{Candidate, Flattened};

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

/// What stands in for properties of a document.
#[derive(Default)]
pub(crate) struct Replaced {
    /// Value of the copy.
    values: Vec<(&'static str, Value)>,
    /// Stays, unless the copy has a value.
    stays: &'static [&'static str],
    /// Whether extensions describe the original and stay.
    extensions: bool,
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
            let mut values = digest(copy);
            values.push(("payload_bin", json!(STANDARD.encode(&copy.bytes))));
            Replaced { values, stays: OF_ARTIFACT, extensions: true, clause }
        }
        ("file", leaves, _) => {
            let Some(content) = object.text("content_ref") else { return Replaced::default() };
            let copy = content.parse::<Id>().ok().and_then(|id| copies.get(&id).copied());
            let values = match (leaves, copy) {
                // The file is what the artifact is.
                (Documents::Originals, None) => return Replaced::default(),
                (Documents::None, _) | (_, None) => Vec::new(),
                (_, Some(copy)) => {
                    let mut values = digest(copy);
                    values.push(("size", json!(copy.bytes.len())));
                    values
                }
            };
            Replaced { values, stays: OF_FILE, extensions: true, clause }
        }
        _ => Replaced::default(),
    }
}

fn digest(copy: &Flattened) -> Vec<(&'static str, Value)> {
    let sha256 = hex::encode(Sha256::digest(&copy.bytes));
    vec![("mime_type", json!(copy.mime)), ("hashes", json!({ "SHA-256": sha256 }))]
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
