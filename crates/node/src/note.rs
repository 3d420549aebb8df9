//! Own notes and labels beside what is held, a partner's objects above all: those are read-only and
//! keep their markings and origin.
//!
//! A note is a record of this node, no object: no release, search of a partner or export of objects
//! can reach it. Who wants a partner to read it writes an object of our own and releases that.

use enlace_policy::roles::Action;
use enlace_store::{Batch, ObjectRow, ObjectState, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Most notes beside one object.
const MOST: usize = 10_000;
/// Longest note in characters.
const LONGEST: usize = 20_000;

/// Whether it is a text or a word to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// A text.
    Note,
    /// A word to sort by.
    Label,
}

/// A note or label of our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnNote {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// Note or label.
    pub kind: NoteKind,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
    /// Channel of the object that it was written about: `own` or a partner's key id.
    pub channel: String,
}

impl Node {
    /// Writes a note or label beside an object that the actor sees. Answers its id.
    pub async fn note_add(
        &self,
        actor: &Actor,
        object: &str,
        kind: NoteKind,
        text: &str,
    ) -> Result<String, NodeError> {
        actor.require(Action::Note)?;
        let row = self.visible(&self.view_of(actor).await?, object).await?;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            let expected = format!("at most {LONGEST} characters");
            return Err(NodeError::input("note.text", "no text, or too long", "TEXT", expected));
        }
        let id = clock::new_uuid()?.to_string();
        let note = OwnNote {
            id: id.clone(),
            kind,
            text: text.to_owned(),
            by: actor.account().to_owned(),
            at: clock::text(self.now_us()),
            channel: row.channel,
        };
        let act = Act::new("note-written").by(actor).field("object", row.id.as_str());
        let writes = vec![
            record::put(Bucket::NOTE, &format!("{}/{id}", row.id), &note, None)?,
            self.node_leaf(act.field("note", id.as_str()))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(id)
    }

    /// The notes and labels beside an object that the actor sees, oldest first.
    pub async fn note_list(&self, actor: &Actor, object: &str) -> Result<Vec<OwnNote>, NodeError> {
        let row = self.get(actor, object).await?;
        self.notes(&row).await
    }

    /// Takes a note away; who wrote it decides.
    pub async fn note_remove(
        &self,
        actor: &Actor,
        object: &str,
        id: &str,
    ) -> Result<(), NodeError> {
        actor.require(Action::Note)?;
        let row = self.visible(&self.view_of(actor).await?, object).await?;
        let notes = self.notes(&row).await?;
        let found = notes.iter().find(|note| note.id == id && note.by == actor.account());
        found.ok_or_else(|| NodeError::not_found("note of yours", id))?;
        let act = Act::new("note-removed").by(actor).field("object", row.id.as_str());
        let writes = vec![
            Write::Delete { bucket: Bucket::NOTE, key: format!("{}/{id}", row.id) },
            self.node_leaf(act.field("note", id))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Notes beside a row; beside what was recalled from us there are none.
    pub(crate) async fn notes(&self, row: &ObjectRow) -> Result<Vec<OwnNote>, NodeError> {
        let mut notes = match row.state {
            ObjectState::Held => self.notes_by_key(&row.id).await?,
            _ => Vec::new(),
        };
        notes.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(notes)
    }

    /// The writes that delete the notes about an object, or those about one channel's copy: a recall
    /// covers them.
    pub(crate) async fn note_deletions(
        &self,
        object: &str,
        channel: Option<&str>,
    ) -> Result<Vec<Write>, NodeError> {
        let mut notes = self.notes_by_key(object).await?;
        notes.retain(|note| channel.is_none_or(|channel| channel == note.channel));
        let key = |note: OwnNote| format!("{object}/{}", note.id);
        Ok(notes.into_iter().map(|n| Write::Delete { bucket: Bucket::NOTE, key: key(n) }).collect())
    }

    pub(crate) async fn notes_by_key(&self, object: &str) -> Result<Vec<OwnNote>, NodeError> {
        let prefix = format!("{object}/");
        let query = RecordQuery {
            bucket: Bucket::NOTE,
            prefix: prefix.clone(),
            limit: MOST,
            ..RecordQuery::default()
        };
        let mut notes = Vec::new();
        for record in self.store.records(query).await? {
            let mut note: OwnNote = record::read(&record)?;
            record.key.strip_prefix(&prefix).unwrap_or_default().clone_into(&mut note.id);
            notes.push(note);
        }
        Ok(notes)
    }
}
