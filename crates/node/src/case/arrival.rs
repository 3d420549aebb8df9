//! What a partner tells of a joint case. Judged by what it sent and by the agreement, and by nothing
//! that is held here.

use enlace_case::{Event, Step};
use enlace_stix::Object;

use crate::request::AHEAD_US;
use crate::{Node, NodeError};

impl Node {
    /// The rule that an act of a partner breaks. One that waits for others is kept: papers may come in
    /// any order, and what does not follow counts for nothing on every side alike.
    pub(crate) async fn case_out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if let Some(rule) = self.unfit(partner, object).await? {
            return Ok(Some(rule));
        }
        let event = match Event::read(object) {
            Ok(event) => event,
            Err(error) => return Ok(Some(error.rule())),
        };
        if event.at_us > self.now_us().saturating_add(AHEAD_US) {
            return Ok(Some("exchange.future-dated"));
        }
        if event.to != self.me.identity_id {
            return Ok(Some("exchange.other-addressee"));
        }
        let about = object.text("agreement_ref").unwrap_or_default();
        let Some(standing) = self.agreement_with_id(about).await? else {
            return Ok(Some("exchange.out-of-place"));
        };
        let agreement = &standing.agreement;
        let party = agreement.party(partner).is_some_and(|p| p.identity_ref == event.by);
        let parties = &agreement.draft.parties;
        let known = |side: &str| parties.iter().any(|p| p.identity_ref == side);
        let purposes = &agreement.terms().purposes.allowed;
        let purpose = event.step != Step::Opened
            || purposes.iter().any(|purpose| purpose == event.text("purpose"));
        let fits = party && purpose && event.texts("side_refs").all(known);
        Ok(if fits { None } else { Some("exchange.out-of-place") })
    }
}
