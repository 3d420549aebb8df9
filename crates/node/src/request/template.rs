//! Templates of requests: what is the same in every request of a kind under an agreement, and what
//! this agency wants said besides. The terms of an agreement have no place for them, so they are
//! this node's own, by lineage, and outlive an amendment. They never leave: the partner reads the request.

use enlace_policy::roles::Action;
use enlace_request::state::Kind;
use enlace_store::{Batch, RecordQuery, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// Most templates of a node.
const MOST: usize = 1_000;
/// Longest name.
const LONGEST: usize = 64;
/// Longest template, in bytes.
const LARGEST: usize = 64 << 10;

/// What a template may fill in: nothing that is about a case or a person.
const FILLS: &[&str] = &[
    "kind",
    "purpose",
    "legal_basis",
    "urgency",
    "urgency_ground",
    "deadline_rule",
    "grounds_held",
    "questions",
    "offences",
    "evidence_use",
    "use_restrictions",
    "confidential",
    "answer_language",
];

/// A template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestTemplate {
    /// Its name.
    pub name: String,
    /// Lineage of the agreement.
    pub lineage: String,
    /// Title of the agreement.
    pub agreement: String,
    /// Properties that it fills in where the request says nothing else.
    pub content: Map<String, Value>,
    /// Properties that a request by it must have besides those of its kind.
    pub required: Vec<String>,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
}

impl Node {
    /// Writes a template down, in place of one of the same name.
    pub async fn request_template_set(
        &self,
        actor: &Actor,
        agreement: &str,
        name: &str,
        content: Map<String, Value>,
        required: Vec<String>,
    ) -> Result<RequestTemplate, NodeError> {
        actor.require(Action::RequestHandle)?;
        let standing = self.agreement_named(agreement).await?;
        check(&standing, name, &content, &required)?;
        let template = RequestTemplate {
            name: name.to_owned(),
            lineage: standing.agreement.lineage.clone(),
            agreement: standing.agreement.title().to_owned(),
            content,
            required,
            by: actor.account().to_owned(),
            at: clock::text(self.now_us()),
        };
        let act = Act::new("request-template").by(actor).field("template", name);
        let act = act.field("agreement", standing.agreement.id.as_str());
        let writes = vec![
            record::put(Bucket::REQUEST_TEMPLATE, &template.key(), &template, None)?,
            self.node_leaf(act.field("outcome", "set"))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(template)
    }

    /// Takes a template away; requests written by it stay as they are.
    pub async fn request_template_remove(
        &self,
        actor: &Actor,
        agreement: &str,
        name: &str,
    ) -> Result<(), NodeError> {
        actor.require(Action::RequestHandle)?;
        let standing = self.agreement_named(agreement).await?;
        let template = self.template_named(&standing, name).await?;
        let act = Act::new("request-template").by(actor).field("template", name);
        let act = act.field("agreement", standing.agreement.id.as_str());
        let writes = vec![
            Write::Delete { bucket: Bucket::REQUEST_TEMPLATE, key: template.key() },
            self.node_leaf(act.field("outcome", "removed"))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Every template.
    pub async fn request_templates(
        &self,
        actor: &Actor,
    ) -> Result<Vec<RequestTemplate>, NodeError> {
        actor.require(Action::RequestDraft)?;
        let query =
            RecordQuery { bucket: Bucket::REQUEST_TEMPLATE, limit: MOST, ..RecordQuery::default() };
        self.store.records(query).await?.iter().map(record::read).collect()
    }

    /// The template of an agreement with this name.
    pub(super) async fn template_named(
        &self,
        standing: &Standing,
        name: &str,
    ) -> Result<RequestTemplate, NodeError> {
        let key = format!("{}/{name}", standing.agreement.lineage);
        let kept = self.store.record(Bucket::REQUEST_TEMPLATE, &key).await?;
        let kept = kept.ok_or_else(|| NodeError::not_found("template of this agreement", name))?;
        record::read(&kept)
    }
}

impl RequestTemplate {
    fn key(&self) -> String {
        format!("{}/{}", self.lineage, self.name)
    }

    /// What a request says: its own words, and the template's where it has none.
    pub(super) fn filled(&self, own: Map<String, Value>) -> Map<String, Value> {
        let mut content = self.content.clone();
        content.extend(own);
        content
    }
}

fn check(
    standing: &Standing,
    name: &str,
    content: &Map<String, Value>,
    required: &[String],
) -> Result<(), NodeError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(plain) {
        let expected = "1 to 64 of a-z, 0-9 and -";
        return Err(NodeError::input("request.template", "no name", name, expected));
    }
    if let Some(other) = content.keys().find(|key| !FILLS.contains(&key.as_str())) {
        let expected = format!("one of: {}", FILLS.join(", "));
        return Err(NodeError::input("request.template", "not filled in", other, expected));
    }
    let text = |name: &str| content.get(name).and_then(Value::as_str);
    let kind = text("kind").map(Kind::from_name);
    if matches!(kind, Some(None | Some(Kind::Consent))) {
        let expected = "a kind of request: information, trace…";
        return Err(NodeError::input("request.template", "no such kind", "kind", expected));
    }
    let allowed = &standing.agreement.terms().purposes.allowed;
    if text("purpose").is_some_and(|purpose| allowed.iter().all(|p| p != purpose)) {
        let expected = allowed.join(", ");
        return Err(NodeError::input("request.purpose", "not agreed", "purpose", expected));
    }
    let path = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '.');
    let is_path =
        |text: &String| !text.is_empty() && text.len() <= LONGEST && text.chars().all(path);
    if let Some(odd) = required.iter().find(|text| !is_path(text)) {
        let expected = "a property of a request: `legal_basis`, `interview.mode`";
        return Err(NodeError::input("request.template", "no property", odd, expected));
    }
    let size =
        content.iter().map(|(key, value)| key.len() + value.to_string().len()).sum::<usize>();
    if size > LARGEST || required.len() > FILLS.len() * 4 {
        let expected = "at most 64 KiB";
        return Err(NodeError::input("request.template", "too long", name, expected));
    }
    Ok(())
}
