//! Where agreements stand: which we hold, who signed exactly these bytes, what their parties said,
//! what is in force; and what each means for rows that were published under it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use enlace_keys::{Card, Signature};
use enlace_policy::{
    Agreement, AgreementState, Party, Place, Said, Statement, ToReleased, Version, places,
    suspending,
};
use enlace_stix::{Object, Timestamp};
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState, RecordQuery};

use crate::agreement::party;
use crate::agreement_stop::Silence;
use crate::doubt::{Doubt, Judged, doubted};
use crate::memo::{Read, Text};
use crate::paper;
use crate::partner::Partner;
use crate::party_key::PartyKey;
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// Most papers of one kind that are looked at; far more than partners may send
/// ([`crate::paper`]).
const MOST_PAPERS: usize = 1_000_000;

/// An agreement with where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) agreement: Arc<Agreement>,
    pub(crate) object: Arc<Object>,
    pub(crate) row: ObjectRow,
    /// Where it stands for each of its parties alike.
    pub(crate) agreed: AgreementState,
    /// Where it stands here: as agreed, or suspended by us in silence.
    pub(crate) state: AgreementState,
    pub(crate) signed: Vec<String>,
    pub(crate) statements: Vec<Heard>,
    /// What rows published under it need to leave.
    pub(crate) door: Door,
    /// Our silent suspension of its lineage.
    pub(crate) silence: Option<Silence>,
}

/// A statement and when we learned of it.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) statement: Statement,
    pub(crate) received_us: i64,
    /// It counts as a suspension only, until people judge it.
    pub(crate) doubt: Option<Doubt>,
}

/// What a row that was published under a version needs to leave (docs/design/agreements.md).
#[derive(Debug, Clone)]
pub(crate) struct Door {
    /// The state that decides.
    pub(crate) state: AgreementState,
    /// Only what the partner had before leaves again: what was handed out, and since this instant
    /// what takes something back.
    pub(crate) handed_out_until: Option<i64>,
}

/// An agreement from a partner that this version cannot apply.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable {
    pub(crate) row: ObjectRow,
    pub(crate) object: Arc<Object>,
    pub(crate) problem: String,
}

/// What was read of the store about agreements.
struct Gathered {
    known: HashMap<String, Known>,
    agreements: Vec<(ObjectRow, Arc<Text>)>,
    signatures: HashMap<String, Vec<(Arc<Read>, i64)>>,
    statements: HashMap<String, Vec<(ObjectRow, Arc<Read>)>>,
    envelopes: HashMap<String, Signature>,
    silences: HashMap<String, Silence>,
    judged: HashMap<String, Judged>,
}

/// A party that we know: its keys, the present one first, and what its card says of it.
struct Known {
    keys: Vec<PartyKey>,
    party: Party,
}

/// A version before its place among the others is known.
struct Draft {
    agreement: Arc<Agreement>,
    read: Arc<Read>,
    row: ObjectRow,
    signed: Vec<String>,
    /// When the last of the signatures came that were needed.
    complete_us: i64,
    statements: Vec<Heard>,
    said: Vec<Statement>,
}

impl Node {
    /// Agreements in force with a partner, newest first.
    pub(crate) async fn active_agreements(
        &self,
        partner: &str,
    ) -> Result<Vec<Standing>, NodeError> {
        let mut active: Vec<_> = self
            .standings()
            .await?
            .into_iter()
            .filter(|s| s.state == AgreementState::Active && s.agreement.party(partner).is_some())
            .collect();
        active.sort_by(|a, b| b.agreement.modified.cmp(&a.agreement.modified));
        Ok(active)
    }

    /// The agreement with this id, or the version that counts of the lineage with this UUID or
    /// title: the one in force, else the newest that everybody signed, else the newest.
    pub(crate) async fn agreement_named(&self, name: &str) -> Result<Standing, NodeError> {
        let fits = |s: &Standing| {
            s.agreement.id.as_str() == name
                || s.agreement.lineage == name
                || s.agreement.title() == name
        };
        let mut found: Vec<_> = self.standings().await?.into_iter().filter(fits).collect();
        if found.iter().any(|s| s.agreement.id.as_str() == name) {
            found.retain(|s| s.agreement.id.as_str() == name);
        }
        // A partner may send an agreement under any title or lineage: what we signed comes first.
        let signed = |s: &Standing| s.signed.iter().any(|k| k == self.key_id());
        if found.len() > 1 && found.iter().any(signed) {
            found.retain(signed);
        }
        let one_lineage = found.windows(2).all(|w| {
            matches!(w, [a, b] if a.agreement.lineage == b.agreement.lineage
                && a.agreement.id != b.agreement.id)
        });
        if found.len() > 1 && one_lineage {
            found.sort_by_key(|s| (rank(&s.agreed), s.agreement.modified.micros()));
            found.drain(..found.len() - 1);
        }
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => {
                let expected = "the id: `enlace agreement show`";
                Err(NodeError::input("agreement.ambiguous", "several fit", name, expected))
            }
            (None, _) => Err(NodeError::not_found("agreement", name)),
        }
    }

    /// The agreement with exactly this id, as papers name it; `None` = we have none that can be told.
    pub(crate) async fn agreement_with_id(&self, id: &str) -> Result<Option<Standing>, NodeError> {
        match self.agreement_named(id).await {
            Ok(standing) => Ok(Some(standing).filter(|s| s.agreement.id.as_str() == id)),
            Err(NodeError::NotFound { .. } | NodeError::Input { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every agreement object that we are party to, ours or received, with its state.
    pub(crate) async fn standings(&self) -> Result<Vec<Standing>, NodeError> {
        let gathered = self.gather_agreements().await?;
        let mut lineages: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
        for (row, text) in &gathered.agreements {
            let Ok(agreement) = &text.agreement else { continue };
            if self.is_ours(row, agreement, &gathered) {
                let draft = self.draft_of(row, agreement, &text.read, &gathered).await?;
                lineages.entry(agreement.lineage.clone()).or_default().push(draft);
            }
        }
        let mut found = Vec::new();
        for (lineage, drafts) in lineages {
            found.extend(self.placed(drafts, gathered.silences.get(&lineage)));
        }
        // As they came: the order of a list must not depend on random ids.
        found.sort_by_key(|s| s.row.row);
        Ok(found)
    }

    /// Agreements that partners sent and that this version cannot apply.
    pub(crate) async fn unreadable_agreements(&self) -> Result<Vec<Unreadable>, NodeError> {
        let mut found = Vec::new();
        for row in self.papers("agreement").await? {
            let Some(text) = self.memo.agreement(&row.raw) else { continue };
            if let (Err(error), true) = (&text.agreement, row.state != ObjectState::Rejected) {
                let object = Arc::clone(&text.read.object);
                found.push(Unreadable { row, object, problem: error.to_string() });
            }
        }
        Ok(found)
    }

    /// Current papers of one kind, in the order in which they came.
    pub(crate) async fn papers(&self, kind: &str) -> Result<Vec<ObjectRow>, NodeError> {
        let kinds = vec![kind.to_owned()];
        let query = ObjectQuery { kinds, limit: MOST_PAPERS, ..ObjectQuery::default() };
        Ok(self.store.objects(query).await?)
    }

    async fn gather_agreements(&self) -> Result<Gathered, NodeError> {
        let mut agreements = Vec::new();
        for row in self.papers("agreement").await? {
            if let Some(text) = self.memo.agreement(&row.raw) {
                agreements.push((row, text));
            }
        }
        let mut signatures: HashMap<String, Vec<_>> = HashMap::new();
        for row in self.papers("agreement-signature").await? {
            let Some(read) = self.memo.object(&row.raw) else { continue };
            let Some(about) = read.object.text("agreement_ref").map(str::to_owned) else {
                continue;
            };
            signatures.entry(about).or_default().push((read, row.received_us));
        }
        let mut statements: HashMap<String, Vec<_>> = HashMap::new();
        for row in self.papers("agreement-state").await? {
            let Some(read) = self.memo.object(&row.raw) else { continue };
            let Some(about) = read.object.text("agreement_ref").map(str::to_owned) else {
                continue;
            };
            statements.entry(about).or_default().push((row, read));
        }
        Ok(Gathered {
            known: self.known_keys().await?,
            agreements,
            signatures,
            statements,
            envelopes: self.envelopes("agreement-state--").await?,
            silences: self.silences().await?,
            judged: self.judgements().await?,
        })
    }

    /// Our own keys and those of all pinned partners, also of those that were cut off.
    async fn known_keys(&self) -> Result<HashMap<String, Known>, NodeError> {
        let own = Known { keys: self.keys_of(self.key_id()).await?, party: self.own_party() };
        let mut known = HashMap::from([(self.key_id().to_owned(), own)]);
        for (key_id, partner, card) in self.cards().await? {
            known.insert(key_id, Known { keys: partner.keys_of(&card)?, party: party(&card) });
        }
        Ok(known)
    }

    /// Every pinned partner with its card, by key id.
    pub(crate) async fn cards(&self) -> Result<Vec<(String, Partner, Arc<Card>)>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::PARTNER, limit: 10_000, ..RecordQuery::default() };
        let mut cards = Vec::new();
        for kept in self.store.records(query).await? {
            let partner: Partner = record::read(&kept)?;
            let card = self.memo.card(&kept.body, || partner.card())?;
            cards.push((kept.key, partner, card));
        }
        Ok(cards)
    }

    /// What we state of ourselves in agreements.
    fn own_party(&self) -> Party {
        Party {
            key_id: self.key_id().to_owned(),
            name: self.me.name.clone(),
            country: self.me.country.clone(),
            unit: self.me.unit.clone(),
            identity_ref: self.me.identity_id.clone(),
        }
    }

    /// Whether we are party, a party sent it, and what it says of each party is what its pinned
    /// card says: names in the text decide who is meant by a marking, so nobody may choose his own.
    fn is_ours(&self, row: &ObjectRow, agreement: &Agreement, gathered: &Gathered) -> bool {
        let sender_is_party = row.channel == OWN || agreement.party(&row.channel).is_some();
        let stated =
            |p: &Party| gathered.known.get(&p.key_id).is_some_and(|known| known.party == *p);
        agreement.party(self.key_id()).is_some()
            && sender_is_party
            && row.state != ObjectState::Rejected
            && agreement.draft.parties.iter().all(stated)
    }

    async fn draft_of(
        &self,
        row: &ObjectRow,
        agreement: &Arc<Agreement>,
        read: &Arc<Read>,
        gathered: &Gathered,
    ) -> Result<Draft, NodeError> {
        let (signed, complete_us, doubts) = self.signed_of(agreement, read, gathered).await?;
        let complete_us = complete_us.max(row.received_us);
        let mut statements = self.statements_of(agreement, gathered).await?;
        statements.extend(doubts);
        let said = statements.iter().map(|heard| heard.statement.clone()).collect();
        Ok(Draft {
            agreement: Arc::clone(agreement),
            read: Arc::clone(read),
            row: row.clone(),
            signed,
            complete_us,
            statements,
            said,
        })
    }

    /// Key ids of the parties whose signatures over exactly these bytes hold.
    pub(crate) async fn signers(
        &self,
        agreement: &Agreement,
        object: &Object,
    ) -> Result<Vec<String>, NodeError> {
        let Some(read) = self.memo.object(object.raw()) else { return Ok(Vec::new()) };
        let gathered = self.gather_agreements().await?;
        Ok(self.signed_of(agreement, &read, &gathered).await?.0)
    }

    /// Who signed, and when the last of the signatures came that were needed. An amendment that
    /// only a key signed which others may have had by then stands in its place and rests: the third
    /// is what lets it rest.
    async fn signed_of(
        &self,
        agreement: &Agreement,
        read: &Read,
        gathered: &Gathered,
    ) -> Result<(Vec<String>, i64, Vec<Heard>), NodeError> {
        let (mut signed, mut complete_us, mut doubts) = (Vec::new(), i64::MIN, Vec::new());
        let about = gathered.signatures.get(agreement.id.as_str());
        for party in &agreement.draft.parties {
            let Some(known) = gathered.known.get(&party.key_id) else { continue };
            let (mut came, mut doubt): (Option<i64>, Option<Heard>) = (None, None);
            for (signature, received_us) in about.into_iter().flatten() {
                let Some(value) = signature.object.text("value") else { continue };
                let by = known.keys.iter().find(|key| self.memo.holds(&key.key, read, value));
                let Some(by) = by else { continue };
                let act = match party.key_id == self.key_id() {
                    true => format!("signed/{}", agreement.id),
                    false => format!("received/{}", signature.object.id()),
                };
                let id = signature.object.id().as_str();
                let judged = gathered.judged.get(id);
                if judged.is_some_and(|j| j.stands) || self.counts(by, &act).await? {
                    came = Some(came.map_or(*received_us, |first| first.min(*received_us)));
                } else if judged.is_none()
                    && agreement.draft.amends.is_some()
                    && party.key_id != self.key_id()
                {
                    doubt = Some(rests_by(&party.key_id, &signature.object, *received_us));
                }
            }
            if let (None, Some(heard)) = (came, doubt) {
                came = Some(heard.received_us);
                doubts.push(heard);
            }
            if let Some(came) = came {
                signed.push(party.key_id.clone());
                complete_us = complete_us.max(came);
            }
        }
        Ok((signed, complete_us, doubts))
    }

    /// What the parties said about a version; each is proved by its party's signature. What came by
    /// a key that others may have had by then is in doubt ([`crate::doubt`]).
    async fn statements_of(
        &self,
        agreement: &Agreement,
        gathered: &Gathered,
    ) -> Result<Vec<Heard>, NodeError> {
        let mut heard = Vec::new();
        let about = gathered.statements.get(agreement.id.as_str());
        for (row, read) in about.into_iter().flatten() {
            let by = if row.channel == OWN { self.key_id() } else { row.channel.as_str() };
            let paper = paper::key(&read.object);
            let (Some(statement), Some(known), Some(envelope)) = (
                Statement::from_object(&read.object, agreement, by),
                gathered.known.get(by),
                gathered.envelopes.get(&paper::envelope_key(&read.object, &row.channel)),
            ) else {
                continue;
            };
            let holds = |key: &&PartyKey| self.memo.holds(&key.key, read, &envelope.value);
            let Some(key) = known.keys.iter().find(holds) else { continue };
            let received_us = row.received_us;
            if row.channel == OWN || self.counts(key, &format!("said/{paper}")).await? {
                heard.push(Heard { statement, received_us, doubt: None });
                continue;
            }
            let judged = gathered.judged.get(&paper);
            let counts = doubted(statement, paper, judged);
            heard.extend(counts.map(|(statement, doubt)| Heard { statement, received_us, doubt }));
        }
        Ok(heard)
    }

    /// The versions of one lineage, each in its place.
    fn placed(&self, drafts: Vec<Draft>, silence: Option<&Silence>) -> Vec<Standing> {
        let now = self.now_us();
        let versions: Vec<Version<'_>> = drafts
            .iter()
            .map(|d| Version { agreement: &d.agreement, signed: &d.signed, statements: &d.said })
            .collect();
        let found = places(&versions, now);
        let doors: Vec<Door> =
            found.iter().map(|place| door(place, &found, &drafts, silence, now)).collect();
        let all = drafts.into_iter().zip(found).zip(doors);
        all.map(|((draft, place), door)| Standing {
            agreement: draft.agreement,
            object: Arc::clone(&draft.read.object),
            row: draft.row,
            state: self.here(&place.state, silence),
            agreed: place.state,
            signed: draft.signed,
            statements: draft.statements,
            door,
            silence: silence.cloned(),
        })
        .collect()
    }

    fn here(&self, agreed: &AgreementState, silence: Option<&Silence>) -> AgreementState {
        match (agreed, silence) {
            (AgreementState::Active, Some(_)) => {
                AgreementState::Suspended { by: vec![self.key_id().to_owned()] }
            }
            _ => agreed.clone(),
        }
    }

    /// The rule that a partner's agreement breaks before anybody reads it. What was sent once is
    /// not changed under the reader: another text is another agreement. Terms that this version
    /// cannot apply are no reason to refuse it: people see what they are, and it is never in force.
    pub(crate) async fn agreement_out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        if object.raw().len() > LONGEST {
            return Ok(Some("exchange.agreement-too-long"));
        }
        let parties = object.get("parties").and_then(serde_json::Value::as_array);
        let Some(parties) = parties else { return Ok(Some("exchange.agreement-unreadable")) };
        let named = |key: &str| {
            parties.iter().any(|p| p.get("key_id").and_then(serde_json::Value::as_str) == Some(key))
        };
        if !named(partner) || !named(self.key_id()) {
            return Ok(Some("exchange.not-a-party"));
        }
        let query = ObjectQuery {
            kinds: vec!["agreement".to_owned()],
            channel: Some(partner.to_owned()),
            limit: MOST_WAITING + 1,
            ..ObjectQuery::default()
        };
        let held = self.store.objects(query).await?;
        let id = object.id().as_str();
        if held.iter().any(|r| r.id == id && r.version != object.version()) {
            return Ok(Some("exchange.agreement-changed"));
        }
        let full = held.len() > MOST_WAITING && !held.iter().any(|r| r.id == id);
        Ok(full.then_some("exchange.too-many-agreements"))
    }
}

/// Longest agreement that is taken from a partner, in bytes.
const LONGEST: usize = 256 << 10;

/// Most agreements that are kept from one partner.
const MOST_WAITING: usize = 200;

/// How much a version of a lineage counts when the lineage is named.
fn rank(state: &AgreementState) -> u8 {
    match state {
        AgreementState::AwaitingSignatures { .. } => 0,
        AgreementState::Replaced { .. } => 1,
        AgreementState::NotYetValid => 2,
        AgreementState::Terminated | AgreementState::Expired => 3,
        AgreementState::Suspended { .. } => 4,
        _ => 5,
    }
}

fn door(
    place: &Place,
    found: &[Place],
    drafts: &[Draft],
    silence: Option<&Silence>,
    now_us: i64,
) -> Door {
    let closed = Door { state: AgreementState::Terminated, handed_out_until: None };
    let governing = found.get(place.governed_by).zip(drafts.get(place.governed_by));
    let Some((governing, draft)) = governing else { return closed };
    if place.released == Some(ToReleased::Recall) {
        return closed;
    }
    let rests = match &governing.state {
        AgreementState::Active => silence.map(|s| s.at_us),
        AgreementState::Suspended { .. } => {
            let since = suspending(&draft.said, now_us).into_iter().map(|statement| {
                let heard = draft.statements.iter().find(|h| h.statement.id == statement.id);
                let received = heard.map_or(0, |h| h.received_us);
                received.max(statement.effective_us.unwrap_or(received))
            });
            since.chain(silence.map(|s| s.at_us)).min()
        }
        state => return Door { state: state.clone(), handed_out_until: None },
    };
    let narrowed = match place.released {
        Some(ToReleased::Narrow) => Some(draft.complete_us.max(draft.agreement.validity_us().0)),
        _ => None,
    };
    Door { state: governing.state.clone(), handed_out_until: rests.max(narrowed) }
}

/// That an amendment rests because of whose key signed it.
fn rests_by(party: &str, signature: &Object, received_us: i64) -> Heard {
    let paper = signature.id().to_string();
    let statement = Statement {
        by: party.to_owned(),
        said: Said::Suspended,
        made: Timestamp::from_micros(received_us),
        effective_us: None,
        id: paper.clone(),
        note: None,
    };
    Heard { statement, received_us, doubt: Some(Doubt { paper, said: None }) }
}

/// Whether a party's last word about a version is that it rests, and which it was.
pub(crate) fn rests(standing: &Standing, by: &str, now_us: i64) -> bool {
    let all: Vec<Statement> = standing
        .statements
        .iter()
        .map(|h| h.statement.clone())
        .filter(|s| s.by == by && s.said != Said::Terminated)
        .collect();
    !suspending(&all, now_us).is_empty()
}

#[cfg(test)]
pub(crate) mod tests;
