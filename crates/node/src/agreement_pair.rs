//! An agreement as people write it: terms and, beside them, the text of the same articles.

use enlace_policy::models::{self, Head, Written};
use enlace_policy::roles::Action;
use enlace_policy::{Amends, BLANK, ToReleased};

use crate::agreement::{Checked, DraftFault};
use crate::{Actor, Node, NodeError};

/// The pair that a new agreement starts from.
#[derive(Debug, Clone, Copy)]
pub enum AgreementModel<'a> {
    /// One of the models that come with the program: `cyber`.
    Named(&'a str),
    /// Terms and text with slots, as an agency keeps them.
    Own {
        /// Terms (TOML).
        terms: &'a str,
        /// Text (Markdown).
        text: &'a str,
    },
}

/// Names of the models that come with the program.
pub fn agreement_models() -> impl Iterator<Item = &'static str> {
    models::MODELS.iter().map(|model| model.name)
}

impl Node {
    /// A pair of terms and text between this node and these partners: the model with its slots filled,
    /// the terms with the digest of the text.
    pub async fn agreement_pair(
        &self,
        actor: &Actor,
        partners: &[String],
        title: Option<&str>,
        legal_basis: Option<&str>,
        model: AgreementModel<'_>,
    ) -> Result<Written, NodeError> {
        actor.require(Action::AgreementDraft)?;
        let (terms, text, basis) = match model {
            AgreementModel::Own { terms, text } => (terms, text, BLANK),
            AgreementModel::Named(name) => {
                let known: Vec<&str> = agreement_models().collect();
                let model = models::named(name).ok_or_else(|| {
                    let expected = format!("one of {}", known.join(", "));
                    NodeError::input("agreement.model", format!("`{name}`"), "model", &expected)
                })?;
                (model.terms, model.text, model.legal_basis)
            }
        };
        let start = self.draft_start(partners, title).await?;
        let head = Head {
            title: &start.title,
            legal_basis: legal_basis.unwrap_or(basis),
            parties: &start.parties,
            valid_from: &start.from,
            valid_until: &start.until,
        };
        Ok(models::write(terms, text, &head))
    }

    /// An agreement as a draft that amends it: its terms as they are, `released` (`keep`, `narrow`,
    /// `recall`) for what was released before. The digest of the text is left out: the text changes.
    pub async fn agreement_amend_draft(
        &self,
        actor: &Actor,
        name: &str,
        released: ToReleased,
    ) -> Result<String, NodeError> {
        actor.require(Action::AgreementView)?;
        let mut draft = self.agreement_named(name).await?.agreement.draft.clone();
        draft.text_sha256 = None;
        draft.amends = Some(Amends { released });
        enlace_policy::rewrite(&draft).ok_or(NodeError::Internal("draft of an agreement"))
    }

    /// Checks terms against the text that lies beside them: each clause has its article, and the digest
    /// that the terms carry is that of the text. What is wrong in the terms alone is told by
    /// [`Node::agreement_check`].
    pub fn agreement_text_check(
        &self,
        actor: &Actor,
        terms: &str,
        file: &str,
        text: &str,
    ) -> Result<Checked, NodeError> {
        actor.require(Action::AgreementView)?;
        let faults = models::text_faults(terms, file, text);
        Ok(Checked { faults: faults.into_iter().map(DraftFault::from).collect() })
    }
}
