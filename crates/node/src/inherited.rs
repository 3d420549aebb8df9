//! Markings that an object without any inherits: from a container of its file, or from the feed that
//! brought it. Kept beside the object, whose text stays as it came.

use enlace_stix::Object;
use enlace_store::{OWN, Record};

use crate::feed;
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// Where the markings stand that an object of a channel inherits. A feed cannot say what marks what
/// we hold as our own under the same id.
pub(crate) fn key(channel: &str, id: &str) -> String {
    if feed::is_channel(channel) { format!("{channel}/{id}") } else { id.to_owned() }
}

/// Whether an object says by itself how it is marked.
pub(crate) fn bears_markings(object: &Object) -> bool {
    object.get("object_marking_refs").is_some()
}

/// The object with the markings of its record.
pub(crate) fn bearing(object: &Object, kept: &Record) -> Result<Object, NodeError> {
    let markings: Vec<String> = record::read(kept)?;
    let mut view = object.view().clone();
    view.insert("object_marking_refs".to_owned(), markings.into());
    Object::from_view(view).map_err(|_| NodeError::Internal("inherited marking"))
}

impl Node {
    /// The object of a channel with the markings that it inherits, if it has none of its own. What a
    /// partner released bears what the partner gave it, and nothing else.
    pub(crate) async fn with_inherited(
        &self,
        object: Object,
        channel: &str,
    ) -> Result<Object, NodeError> {
        let inherits = channel == OWN || feed::is_channel(channel);
        if !inherits || bears_markings(&object) {
            return Ok(object);
        }
        match self.store.record(Bucket::INHERITED, &key(channel, object.id().as_str())).await? {
            Some(kept) => bearing(&object, &kept),
            None => Ok(object),
        }
    }
}
