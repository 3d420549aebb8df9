//! What an erasure at review does to warnings: the text of each that is about what is erased goes
//! too, sent or received; who warned whom, when and why stays, as the log has it.

use enlace_release::Silence;
use enlace_stix::Object;
use enlace_store::{Guard, Write};
use serde::Serialize;

use crate::record::{self, Bucket};
use crate::{Node, NodeError};

use super::Sent;

/// What becomes of the warnings about an object that is erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WarningsErased {
    /// Warnings whose text goes.
    pub erased: Vec<String>,
    /// Warnings whose text names it and is about something else: each has a review of its own.
    pub stay: Vec<String>,
}

impl Node {
    /// The writes by which the warnings about an object lose their text. Refused while one of ours
    /// was not taken back, or nobody else has looked at it: the second person reads that text.
    pub(crate) async fn warnings_without(
        &self,
        object: &Object,
        guards: &mut Vec<Guard>,
        writes: &mut Vec<Write>,
    ) -> Result<WarningsErased, NodeError> {
        let id = object.id().as_str();
        let mut names = Silence::default();
        names.add(object);
        let named = |text: &str| text.contains(id) || names.is_named(text, &|_| false);
        let mut found = WarningsErased::default();
        for (warning, _) in self.dangers().await? {
            let (kept, mut sent) = self.danger_sent(&warning).await?;
            let about = sent.ids.iter().chain(sent.twins.iter().map(|(original, _)| original));
            if !about.into_iter().any(|about| about == id) {
                if named(&sent.text) || named(&sent.why) || named(sent.note()) {
                    found.stay.push(warning);
                }
                continue;
            }
            if sent.recalled.is_none() && sent.twins.iter().any(|(original, _)| original == id) {
                let expected = "taken back first: `enlace danger recall`";
                return Err(NodeError::state(id, "in a warning at a partner", expected));
            }
            if sent.review.is_none() {
                let expected = "that warning reviewed first: `enlace danger review`";
                return Err(NodeError::state(id, "in a warning that nobody reviewed", expected));
            }
            sent.forget_text();
            guards.push(record::unchanged(Bucket::DANGER, &kept));
            writes.push(record::put(Bucket::DANGER, &warning, &sent, None)?);
            found.erased.push(warning);
        }
        for (warning, arrived) in self.danger_arrivals().await? {
            let row = self.store.object(&warning, Some(&arrived.partner)).await?;
            let Some(row) = row.filter(|row| !row.raw.is_empty() && row.id != id) else { continue };
            // The objects that came with a warning stand in it too, kept beside it or not.
            if arrived.objects.iter().any(|came| came == id) || row.raw.contains(id) {
                let channel = arrived.partner;
                writes.extend(self.note_deletions(&warning, Some(&channel)).await?);
                writes.push(Write::Purge { channel, id: warning.clone() });
                found.erased.push(warning);
            } else if Object::parse(&row.raw).is_ok_and(|o| o.text("text").is_some_and(named)) {
                found.stay.push(warning);
            }
        }
        Ok(found)
    }
}

impl Sent {
    fn note(&self) -> &str {
        self.review.as_ref().map_or("", |review| review.note.as_str())
    }

    /// What people wrote goes; who did what, when and by which reason stays.
    fn forget_text(&mut self) {
        self.text.clear();
        self.why.clear();
        if let Some(review) = &mut self.review {
            review.note.clear();
        }
    }
}
