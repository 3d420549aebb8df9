//! The asking side: blinds, asks every partner at once, looks up, keeps what was found.
//!
//! What was asked is logged before it leaves. A value that was typed is kept nowhere, an object by its
//! id.

use std::collections::BTreeMap;

use enlace_oprf::{Answer, Class, Query};
use enlace_policy::AgreementState;
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{Batch, RecordQuery};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::copy::{Current, refusal};
use super::keys::{MatchKey, MatchValue, Side, keys_of, keys_of_value};
use super::wire::{Answered, Asked, class_name, decode, encode, sha256_of};
use super::{Chance, fault, term_of};
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::mac::mac;
use crate::partner::Partner;
use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::standing::Standing;
use crate::transport::Wire;
use crate::{Actor, Node, NodeError, clock};

/// Most values of one watchlist.
const MOST: usize = 100_000;
/// How long it is remembered what was asked about an object.
const REMEMBERED_US: i64 = 180 * DAY_US;
/// Characters of a query's reference.
const REFERENCE: usize = 16;
/// How long a hit stands on the first page, and how many do.
const SHOWN_US: i64 = 7 * DAY_US;
const SHOWN: usize = 20;
/// What was asked about one object before, as far as it is listed.
const LISTED: usize = 1_000;
/// Longest case number.
const LONGEST_CASE: usize = 100;

/// A question to partners.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Names of the partners; empty: everyone whose agreement opens it.
    pub partners: Vec<String>,
    /// A purpose of the agreements.
    pub purpose: String,
    /// Number of the case; without one the query gets a number of its own.
    pub case: Option<String>,
    /// What is asked about.
    pub what: AskWhat,
}

/// What is asked about.
#[derive(Debug, Clone)]
pub enum AskWhat {
    /// An object that is held here, by its id: every key that the agreement opens.
    Object(String),
    /// Values, in the order of the answers.
    Values(Vec<MatchValue>),
}

impl Default for AskWhat {
    fn default() -> Self {
        Self::Values(Vec::new())
    }
}

/// What one partner answered about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskLine {
    /// Name of the partner.
    pub partner: String,
    /// Title of the agreement; empty where there is none.
    pub agreement: String,
    /// Its id.
    pub agreement_id: String,
    /// The purpose.
    pub purpose: String,
    /// Case number.
    pub case: String,
    /// Kind that was asked about.
    pub kind: String,
    /// What both logs know the query by: the beginning of its SHA-256. A request about a hit names it.
    pub reference: String,
    /// Which value of a list, from 1.
    pub item: usize,
    /// `hit`, `no-hit`, `refer`, or `not-asked`.
    pub result: &'static str,
    /// Why it was not asked: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// What was asked about an object before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskedLine {
    /// Name of the partner.
    pub partner: String,
    /// Id of the agreement.
    pub agreement: String,
    /// Purpose.
    pub purpose: String,
    /// Case number.
    pub case: String,
    /// What both logs know the query by.
    pub reference: String,
    /// Kind that was asked about.
    pub kind: String,
    /// `hit`, `no-hit` or `refer`.
    pub result: String,
    /// The account that asked.
    pub by: String,
    /// When.
    pub at: String,
}

/// Whom one can ask about an object, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchTerms {
    /// Name of the partner.
    pub partner: String,
    /// Purposes of its agreement.
    pub purposes: Vec<String>,
    /// Kinds of the object's keys that it opens.
    pub kinds: Vec<String>,
}

/// One thing with its keys of one kind.
pub(super) struct Item {
    pub(super) number: usize,
    pub(super) kind: String,
    pub(super) keys: Vec<MatchKey>,
}

/// Answers by item and kind, each with the reference of its query.
type Found = BTreeMap<(usize, String), (Answer, String)>;

/// What a question is about beside its items.
struct About<'a> {
    actor: &'a Actor,
    purpose: &'a str,
    case: &'a str,
    object: Option<&'a str>,
}

impl Node {
    /// Asks partners whether they hold something, all at once. A partner that cannot be asked is
    /// answered for with `not-asked` and the reason; nothing is left out.
    pub async fn ask(&self, actor: &Actor, ask: &Ask) -> Result<Vec<AskLine>, NodeError> {
        actor.require(Action::Ask)?;
        let case = self.case_of(ask.case.as_deref())?;
        let (object, items) = self.items_of(actor, &ask.what).await?;
        let about = About { actor, purpose: &ask.purpose, case: &case, object: object.as_deref() };
        let mut partners = Vec::new();
        for name in &ask.partners {
            let found = self.partner_named(name).await?;
            if !partners.iter().any(|(key, _): &(String, Partner)| *key == found.0) {
                partners.push(found);
            }
        }
        if ask.partners.is_empty() {
            for found in self.partners().await? {
                if self.open_for(&found.0, &ask.purpose).await?.is_some() {
                    partners.push(found);
                }
            }
        }
        if partners.is_empty() {
            let expected = "`--partner`, and an agreement in force that opens hit/no-hit for it";
            let problem = "nobody to ask";
            return Err(NodeError::input("match.nobody", problem, &ask.purpose, expected));
        }
        let asked = partners.iter().map(|partner| self.ask_partner(&about, partner, &items));
        let mut lines = Vec::new();
        for found in join_all(asked).await {
            lines.extend(found?);
        }
        Ok(lines)
    }

    /// Whom the actor can ask, about an object or about anything.
    pub async fn ask_options(
        &self,
        actor: &Actor,
        id: Option<&str>,
    ) -> Result<Vec<MatchTerms>, NodeError> {
        if !actor.may(Action::Ask) {
            return Ok(Vec::new());
        }
        let keys = match id {
            Some(id) => {
                let row = self.visible(&self.view_of(actor).await?, id).await?;
                // What was recalled has no text any more.
                let Ok(object) = Object::parse(&row.raw) else { return Ok(Vec::new()) };
                Some(keys_of(&object, Side::Asked))
            }
            None => None,
        };
        let mut options = Vec::new();
        let standings = self.match_open().await?;
        for (key_id, partner) in self.partners().await?.into_iter().filter(|(_, p)| !p.revoked) {
            for standing in standings.iter().filter(|s| s.agreement.party(&key_id).is_some()) {
                let Some(term) = term_of(standing) else { continue };
                let mut kinds = term.kinds.clone();
                if let Some(keys) = &keys {
                    kinds.retain(|kind| keys.iter().any(|key| key.kind == *kind));
                }
                if kinds.is_empty() || standing.state != AgreementState::Active {
                    continue;
                }
                let purposes = standing.agreement.terms().purposes.allowed.clone();
                options.push(MatchTerms { partner: partner.name.clone(), purposes, kinds });
            }
        }
        Ok(options)
    }

    /// What was asked about an object that the actor sees, newest first. For which case is for who asked:
    /// who sees the object need not know of the case.
    pub async fn asked_about_object(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<Vec<AskedLine>, NodeError> {
        if !actor.may(Action::Ask) {
            return Ok(Vec::new());
        }
        let row = self.visible(&self.view_of(actor).await?, id).await?;
        let prefix = format!("{}/", row.id);
        let bucket = Bucket::MATCH_ASKED;
        let query = RecordQuery { bucket, prefix, limit: MOST, ..RecordQuery::default() };
        let kept = self.store.records(query).await?;
        let newest = kept.iter().rev().take(LISTED);
        newest.map(|found| Ok(record::read::<AskedLine>(found)?.for_account(actor))).collect()
    }

    /// Hits about objects that the actor sees, newest first.
    pub(crate) async fn recent_hits(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(ObjectName, AskedLine)>, NodeError> {
        if !actor.may(Action::Ask) {
            return Ok(Vec::new());
        }
        let query =
            RecordQuery { bucket: Bucket::MATCH_ASKED, limit: MOST, ..RecordQuery::default() };
        let mut hits = Vec::new();
        for found in self.store.records(query).await? {
            let line: AskedLine = record::read(&found)?;
            let recent = found.due_us.is_some_and(|due| {
                due.saturating_sub(REMEMBERED_US) > self.now_us().saturating_sub(SHOWN_US)
            });
            if line.result != "no-hit" && recent {
                hits.push((found.key.split('/').next().unwrap_or_default().to_owned(), line));
            }
        }
        hits.sort_by(|a, b| b.1.at.cmp(&a.1.at));
        hits.dedup_by(|a, b| a.0 == b.0 && a.1.partner == b.1.partner);
        let view = self.view_of(actor).await?;
        let mut seen = Vec::new();
        for (id, line) in hits {
            if seen.len() == SHOWN {
                break;
            }
            // What the actor may not see is neither shown nor counted.
            if let Some(name) = self.named(&view, &id).await? {
                seen.push((name, line.for_account(actor)));
            }
        }
        Ok(seen)
    }

    fn case_of(&self, case: Option<&str>) -> Result<String, NodeError> {
        let Some(case) = case.map(str::trim).filter(|case| !case.is_empty()) else {
            // Every query bears a number; this one stands for itself.
            let day = clock::day(self.now_us());
            return Ok(format!("{day}-{}", hex::encode(clock::random::<4>()?)));
        };
        if case.chars().count() > LONGEST_CASE {
            let expected = format!("at most {LONGEST_CASE} characters");
            return Err(NodeError::input("match.case", "too long", "--case", expected));
        }
        Ok(case.to_owned())
    }

    async fn items_of(
        &self,
        actor: &Actor,
        what: &AskWhat,
    ) -> Result<(Option<String>, Vec<Item>), NodeError> {
        match what {
            AskWhat::Object(id) => {
                let row = self.visible(&self.view_of(actor).await?, id).await?;
                let object = Object::parse(&row.raw);
                let object = object.map_err(|_| NodeError::Internal("held object"))?;
                let mut kinds: BTreeMap<String, Vec<MatchKey>> = BTreeMap::new();
                for key in keys_of(&object, Side::Asked) {
                    kinds.entry(key.kind.clone()).or_default().push(key);
                }
                if kinds.is_empty() {
                    let expected = "an object with an identifier, or a person with a birth date";
                    let problem = "nothing to ask about";
                    return Err(NodeError::input("match.no-key", problem, id, expected));
                }
                let items = kinds.into_iter();
                let items = items.map(|(kind, keys)| Item { number: 1, kind, keys }).collect();
                Ok((Some(row.id), items))
            }
            AskWhat::Values(values) => {
                if values.is_empty() || values.len() > MOST {
                    let expected = format!("1 to {MOST} values");
                    return Err(NodeError::input("match.values", "no list", "VALUE", expected));
                }
                let mut items = Vec::with_capacity(values.len());
                for (at, value) in values.iter().enumerate() {
                    let keys = keys_of_value(value);
                    if keys.is_empty() {
                        return Err(no_key(at + 1, &value.kind));
                    }
                    items.push(Item { number: at + 1, kind: value.kind.clone(), keys });
                }
                Ok((None, items))
            }
        }
    }

    /// The agreement under which a partner can be asked for a purpose.
    async fn open_for(&self, partner: &str, purpose: &str) -> Result<Option<Standing>, NodeError> {
        let found = self.match_standings(partner).await?;
        Ok(found.into_iter().find(|s| {
            s.state == AgreementState::Active
                && s.agreement.terms().purposes.allowed.iter().any(|p| p == purpose)
        }))
    }

    async fn ask_partner(
        &self,
        about: &About<'_>,
        (key_id, partner): &(String, Partner),
        items: &[Item],
    ) -> Result<Vec<AskLine>, NodeError> {
        let mut lines: Vec<AskLine> = items.iter().map(|item| line(about, partner, item)).collect();
        let mut not_asked = |error: &NodeError| {
            lines.iter_mut().for_each(|line| line.because(error));
        };
        if partner.revoked {
            not_asked(&refusal(partner, "match.cut-off"));
            return Ok(lines);
        }
        let Some(standing) = self.open_for(key_id, about.purpose).await? else {
            not_asked(&refusal(partner, "match.not-open"));
            return Ok(lines);
        };
        if let Err(error) = self.check_not_resting(key_id, &partner.name) {
            not_asked(&error);
            return Ok(lines);
        }
        let kinds = term_of(&standing).map(|term| term.kinds.clone()).unwrap_or_default();
        for line in &mut lines {
            standing.agreement.title().clone_into(&mut line.agreement);
            line.agreement_id = standing.agreement.id.to_string();
            if !kinds.contains(&line.kind) {
                line.because(&refusal(partner, "match.kind-not-open"));
            }
        }
        let mut found = BTreeMap::new();
        let to = (key_id.as_str(), partner);
        let fault = self.ask_open(about, to, &standing, items, &kinds, &mut found).await.err();
        for (line, item) in lines.iter_mut().zip(items) {
            match (found.get(&(item.number, item.kind.clone())), &fault) {
                (Some((answer, reference)), _) => {
                    line.result = name(*answer);
                    line.reference.clone_from(reference);
                }
                (None, Some(error)) => line.because(error),
                (None, None) => {}
            }
        }
        self.ask_remember(about, key_id, &lines).await?;
        Ok(lines)
    }

    /// Asks about everything that the agreement opens; what was answered before a fault stays.
    async fn ask_open(
        &self,
        about: &About<'_>,
        (key_id, partner): (&str, &Partner),
        standing: &Standing,
        items: &[Item],
        kinds: &[String],
        found: &mut Found,
    ) -> Result<(), NodeError> {
        let wire = self.wire(partner)?;
        let lineage = &standing.agreement.lineage;
        let current = self.match_current((key_id, partner), &wire, lineage, about.purpose).await?;
        for kind in kinds {
            let of_kind: Vec<&Item> = items.iter().filter(|item| item.kind == *kind).collect();
            let class = match of_kind.iter().map(|item| item.keys.len()).sum::<usize>() {
                0 => continue,
                few if few <= Class::One.elements() => Class::One,
                _ => Class::Block,
            };
            let to = (key_id, partner, &wire);
            for some in &blocks(&of_kind, class.elements()) {
                let (answers, reference) =
                    self.ask_some(about, to, standing, &current, (kind, class), some).await?;
                for ((number, _), answer) in some.iter().zip(answers) {
                    let best = found.entry((*number, kind.clone()));
                    let best = best.or_insert_with(|| (answer, reference.clone()));
                    if rank(answer) > rank(best.0) {
                        *best = (answer, reference.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// One query: logged, blinded, sent, checked, looked up.
    async fn ask_some(
        &self,
        about: &About<'_>,
        (key_id, partner, wire): (&str, &Partner, &Wire),
        standing: &Standing,
        current: &Current,
        (kind, class): (&str, Class),
        keys: &[(usize, &MatchKey)],
    ) -> Result<(Vec<Answer>, String), NodeError> {
        if current.left < class.elements() as u64 {
            return Err(refusal(partner, "match.quota"));
        }
        let values = keys.iter().map(|(_, key)| key.value().ok_or(NodeError::Internal("key")));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let mut chance = Chance::new();
        let query = Query::new(class, values, &mut || chance.next()).map_err(fault)?;
        chance.whole()?;
        let (opening, case) = self.case_covered(key_id, standing, about.case)?;
        let asked = Asked::MatchQuery {
            agreement: standing.agreement.lineage.clone(),
            purpose: about.purpose.to_owned(),
            kind: kind.to_owned(),
            case: case.clone(),
            epoch: current.epoch,
            class: class_name(class).to_owned(),
            elements: encode(&query.bytes()),
            at: clock::text(self.now_us()),
        };
        let object = serde_json::to_value(&asked).map_err(|_| NodeError::Internal("query"))?;
        let hash = sha256_of(&object);
        let act = Act::new("match-asked")
            .field("agreement", standing.agreement.id.as_str())
            .field("purpose", about.purpose)
            .field("kind", kind)
            .field("elements", class.elements() as u64)
            .field("case", case)
            .field("epoch", current.epoch)
            .field("sequence", current.sequence)
            .field("table", current.sha256.as_str())
            .field("sha256", hash.as_str());
        let writes = self.channel_leaves(key_id, act, |act| {
            let act = act.by(about.actor).field("case_number", about.case);
            let act = act.field("case_opening", opening.as_str());
            match about.object {
                Some(object) => act.field("object", object),
                None => act,
            }
        })?;
        self.store.commit(Batch { guards: vec![], writes: writes.into() }).await?;
        let answer = match self.match_say(partner, wire, &asked).await? {
            Answered::Elements { answer, .. } => answer,
            Answered::Refused { rule, .. } => return Err(refusal(partner, &rule)),
            Answered::Table { .. } => return Err(wire.fault("an answer to another question")),
        };
        let answer = decode(&answer).ok_or_else(|| wire.fault("an answer that is no base64"))?;
        let public = current.public;
        let work = tokio::task::spawn_blocking(move || query.finish(&public, &answer));
        let marks = work.await.map_err(|_| NodeError::Internal("evaluation"))?;
        let Ok(marks) = marks else {
            let act = Act::new("match-key-broken").by(about.actor).field("partner", key_id);
            self.log_act(act.field("epoch", current.epoch)).await?;
            return Err(refusal(partner, "match.other-key"));
        };
        let answers = marks.iter().map(|mark| current.table.look(mark)).collect();
        Ok((answers, hash.chars().take(REFERENCE).collect()))
    }

    /// A case number as a partner reads it, and what opens it: whoever is shown the opening and the number
    /// can check that the query bore it. Another partner reads another one.
    pub(super) fn case_covered(
        &self,
        partner: &str,
        standing: &Standing,
        case: &str,
    ) -> Result<(String, String), NodeError> {
        let (secret, lineage) = (self.keys.match_key(), standing.agreement.lineage.as_bytes());
        let parts = [b"case opening".as_slice(), partner.as_bytes(), lineage, case.as_bytes()];
        let opening = mac(secret.expose(), &parts).ok_or(NodeError::Internal("case"))?;
        let covered = Sha256::new_with_prefix(b"enlace-match-case-v1");
        let covered = covered.chain_update(opening).chain_update(case).finalize();
        Ok((hex::encode(opening), hex::encode(covered)))
    }

    /// Keeps what was found about an object, and logs how much was found.
    async fn ask_remember(
        &self,
        about: &About<'_>,
        key_id: &str,
        lines: &[AskLine],
    ) -> Result<(), NodeError> {
        let count = |result: &str| lines.iter().filter(|line| line.result == result).count();
        let act = Act::new("match-result")
            .by(about.actor)
            .field("partner", key_id)
            .field("purpose", about.purpose)
            .field("case_number", about.case)
            .field("hits", count("hit"))
            .field("refers", count("refer"))
            .field("no_hits", count("no-hit"))
            .field("not_asked", count("not-asked"));
        let at = clock::text(self.now_us());
        let due = Some(self.now_us().saturating_add(REMEMBERED_US));
        let mut writes = vec![self.node_leaf(act)?];
        for line in lines.iter().filter(|line| line.result != "not-asked") {
            let Some(object) = about.object else { continue };
            let key = format!("{object}/{at}/{}", hex::encode(clock::random::<4>()?));
            let asked = AskedLine {
                partner: line.partner.clone(),
                agreement: line.agreement_id.clone(),
                purpose: line.purpose.clone(),
                case: line.case.clone(),
                reference: line.reference.clone(),
                kind: line.kind.clone(),
                result: line.result.to_owned(),
                by: about.actor.account().to_owned(),
                at: at.clone(),
            };
            writes.push(record::put(Bucket::MATCH_ASKED, &key, &asked, due)?);
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }
}

impl AskedLine {
    fn for_account(mut self, actor: &Actor) -> Self {
        if self.by != actor.account() {
            self.case.clear();
            self.by.clear();
        }
        self
    }
}

/// The keys of items in blocks, each item whole in one: an item of which a part was refused would read
/// *no hit*.
pub(super) fn blocks<'i>(items: &[&'i Item], most: usize) -> Vec<Vec<(usize, &'i MatchKey)>> {
    let mut blocks: Vec<Vec<(usize, &MatchKey)>> = Vec::new();
    for item in items {
        let fits = |block: &&mut Vec<_>| block.len() + item.keys.len() <= most;
        let keys = item.keys.iter().map(|key| (item.number, key));
        match blocks.last_mut().filter(fits) {
            Some(block) => block.extend(keys),
            None => blocks.push(keys.collect()),
        }
    }
    blocks
}

impl AskLine {
    /// The first reason counts.
    fn because(&mut self, error: &NodeError) {
        if self.reason.is_none() {
            self.reason = Some(error.code());
            self.words = Some(error.to_string());
        }
    }
}

fn line(about: &About<'_>, partner: &Partner, item: &Item) -> AskLine {
    AskLine {
        partner: partner.name.clone(),
        agreement: String::new(),
        agreement_id: String::new(),
        purpose: about.purpose.to_owned(),
        case: about.case.to_owned(),
        kind: item.kind.clone(),
        reference: String::new(),
        item: item.number,
        result: "not-asked",
        reason: None,
        words: None,
    }
}

fn name(answer: Answer) -> &'static str {
    match answer {
        Answer::Hit => "hit",
        Answer::NoHit => "no-hit",
        Answer::Refer => "refer",
    }
}

/// Of several keys of one thing the strongest answer counts.
fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::NoHit => 0,
        Answer::Refer => 1,
        Answer::Hit => 2,
    }
}

fn no_key(at: usize, kind: &str) -> NodeError {
    let expected = match kind {
        "person" => "a name of two words or more, and `--birth-date YYYY-MM-DD` or `YYYY`",
        "firearm-serial" => "a serial, and `--maker`, `--model` or `--calibre`",
        "operation" => "`LATITUDE,LONGITUDE` (up to 75 degrees), `--from` and `--until`",
        _ => "`person`, `operation`, or a kind of identifier: docs/types/README.md",
    };
    NodeError::input("match.no-key", format!("value {at} cannot be asked about"), kind, expected)
}
