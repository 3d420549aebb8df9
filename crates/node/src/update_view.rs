//! Updates that wait, as a page shows them: named, with what a dry run of them needs.

use enlace_policy::roles::Action;

use crate::facts::ObjectName;
use crate::{Actor, Node, NodeError, ReleaseRequest, UpdateLine};

/// An update in the list.
#[derive(Debug, Clone)]
pub struct UpdateRow {
    /// Where it stands.
    pub line: UpdateLine,
    /// The original.
    pub name: ObjectName,
    /// Title of the agreement; empty where none of the lineage is known.
    pub agreement: String,
    /// Whether the agreement has several other parties.
    pub several: bool,
    /// What shows it as the partner will see it, where the agreement is known.
    pub request: Option<ReleaseRequest>,
}

impl Node {
    /// Updates that wait for their slot or for a person, as far as the actor sees their objects.
    pub async fn update_rows(&self, actor: &Actor) -> Result<Vec<UpdateRow>, NodeError> {
        actor.require(Action::ReleaseView)?;
        let view = self.view_of(actor).await?.with_overdue();
        let mut rows = Vec::new();
        for line in self.update_list(actor).await? {
            // What is not held any more is called by its id, which the officer released.
            let name = match self.named(&view, &line.object).await? {
                Some(name) => name,
                None => ObjectName {
                    id: line.object.clone(),
                    kind: line.object.split("--").next().unwrap_or_default().to_owned(),
                    label: line.object.clone(),
                    marking: Default::default(),
                },
            };
            let (agreement, several, request) = match self.agreement_named(&line.lineage).await {
                Ok(standing) => {
                    let update = crate::update::Update {
                        partner: line.partner_key.clone(),
                        lineage: line.lineage.clone(),
                        original: line.object.clone(),
                        slot_us: 0,
                        rule: line.rule.clone(),
                        stage: crate::update::UpdateStage::Waiting,
                    };
                    let request = ReleaseRequest {
                        agreement: standing.agreement.id.to_string(),
                        partner: Some(line.partner_key.clone()),
                        purpose: Some(self.purpose_of(&update, &standing).await?),
                        ids: vec![line.object.clone()],
                        exact: true,
                        ..ReleaseRequest::default()
                    };
                    let several = standing.agreement.draft.parties.len() > 2;
                    (standing.agreement.title().to_owned(), several, Some(request))
                }
                Err(NodeError::NotFound { .. }) => (String::new(), false, None),
                Err(error) => return Err(error),
            };
            rows.push(UpdateRow { line, name, agreement, several, request });
        }
        Ok(rows)
    }
}
