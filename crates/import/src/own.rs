//! Objects that we make from foreign files: ids, common properties, provenance.

use enlace_stix::{Id, Object, ParseError, Timestamp, canonical, types};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Source;

/// SHA-256 of an object without `created`, `modified` and its provenance: equal for two objects
/// that state the same, whichever file said so and when. With it the caller can tell that a row of
/// a longer, newer export of the same table is already held.
pub fn substance(object: &Object) -> [u8; 32] {
    let mut view = object.view().clone();
    view.remove("created");
    view.remove("modified");
    if let Some(extensions) = view.get_mut("extensions").and_then(Value::as_object_mut) {
        extensions.remove(&types::definition_id("provenance"));
        if extensions.is_empty() {
            view.remove("extensions");
        }
    }
    canonical::sha256(&Value::Object(view))
}

/// Makes the objects of one file.
pub(crate) struct Maker<'a> {
    source: &'a Source<'a>,
    name: String,
    sha256: String,
    time: String,
    importer: &'static str,
}

/// The data row that an object was made from.
pub(crate) struct SourceRow<'a> {
    /// From 1.
    pub number: u64,
    /// Header and cells, for the one object that keeps them.
    pub cells: Option<(&'a [String], Vec<&'a str>)>,
}

impl<'a> Maker<'a> {
    /// `importer` names the reader and its version; it goes into the provenance.
    pub fn new(source: &'a Source<'a>, importer: &'static str) -> Self {
        let time = Timestamp::from_micros(source.imported_us).to_millis().to_string();
        let sha256 = hex::encode(Sha256::digest(source.bytes));
        Self { source, name: file_name(source.name), sha256, time, importer }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// `created`, `modified` and `published` of everything made.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// An id that depends on the node's seed and on `parts` only, shaped as UUIDv4.
    pub fn derive_id(&self, kind: &str, parts: &Value) -> Id {
        let message = canonical::to_string(&json!(["enlace import 1", kind, parts]));
        // INVARIANT: HMAC takes keys of any length; a plain hash would never be reached.
        let digest: [u8; 32] = match Hmac::<Sha256>::new_from_slice(self.source.seed) {
            Ok(mac) => mac.chain_update(message).finalize().into_bytes().into(),
            Err(_) => Sha256::digest(message).into(),
        };
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Id::new(kind, uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// A domain object of a standard type.
    pub fn sdo(
        &self,
        id: &Id,
        properties: Map<String, Value>,
        row: Option<&SourceRow<'_>>,
    ) -> Result<Object, ParseError> {
        let mut view = self.common(id, properties, row);
        view.insert("created".into(), json!(self.time));
        view.insert("modified".into(), json!(self.time));
        if let Some(author) = self.source.created_by {
            view.insert("created_by_ref".into(), json!(author));
        }
        Object::from_view(view)
    }

    /// A cyber-observable object; it has no times and no author.
    pub fn sco(&self, id: &Id, properties: Map<String, Value>) -> Result<Object, ParseError> {
        Object::from_view(self.common(id, properties, None))
    }

    fn common(
        &self,
        id: &Id,
        mut view: Map<String, Value>,
        row: Option<&SourceRow<'_>>,
    ) -> Map<String, Value> {
        let mut extensions = Map::new();
        extensions.insert(types::definition_id("provenance"), self.provenance(row));
        if let Some(new_type) = types::new_type(id.kind()) {
            extensions.insert(new_type.definition_id(), json!({"extension_type": "new-sdo"}));
        }
        view.insert("type".into(), json!(id.kind()));
        view.insert("spec_version".into(), json!("2.1"));
        view.insert("id".into(), json!(id.as_str()));
        view.insert("extensions".into(), Value::Object(extensions));
        if let Some(marking) = &self.source.marking {
            view.insert("object_marking_refs".into(), json!([marking.id().as_str()]));
        }
        view
    }

    fn provenance(&self, row: Option<&SourceRow<'_>>) -> Value {
        let mut body = json!({
            "extension_type": "property-extension",
            "source": self.name,
            "sha256": self.sha256,
            "importer": self.importer,
        });
        if let (Some(row), Some(body)) = (row, body.as_object_mut()) {
            body.insert("row".into(), json!(row.number));
            if let Some((columns, cells)) = &row.cells {
                body.insert("columns".into(), json!(columns));
                body.insert("cells".into(), json!(cells));
            }
        }
        body
    }
}

/// The name without folders and control characters, at most 255 characters.
pub(crate) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = last.chars().filter(|c| !c.is_control()).take(255).collect();
    if clean.is_empty() { "unnamed".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuid_v4_and_depend_on_the_seed() {
        let (a, b) = ([1; 32], [2; 32]);
        let id = |seed| Maker::new(&Source::new("x", b"", seed, 0), "t").derive_id("k", &json!(1));
        assert_eq!(id(&a).uuid().get_version_num(), 4);
        assert_eq!(id(&a), id(&a));
        assert_ne!(id(&a), id(&b));
    }

    #[test]
    fn file_names_lose_folders_and_controls() {
        assert_eq!(file_name("../../etc/a\u{7}b.csv"), "ab.csv");
        assert_eq!(file_name("C:\\x\\b.csv"), "b.csv");
        assert_eq!(file_name("dir/"), "unnamed");
    }
}
