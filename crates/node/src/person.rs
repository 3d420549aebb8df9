//! Named persons of partner units, and what leaves to one of them: TLP:RED, encrypted to the
//! person's own key, never into a collection (docs/design/red.md).
//!
//! The unit's node has no part in it: it neither carries the file nor hears of it.

use enlace_keys::{Recipient, padded_len};
use enlace_policy::Policy;
use enlace_policy::roles::Action;
use enlace_release::{Record, Released};
use enlace_stix::Timestamp;
use enlace_store::{Batch, Record as StoredRecord, RecordQuery, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::agreement::uncompiled;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage, digest};
use crate::release_set::Planned;
use crate::{Actor, Node, NodeError, clock};

/// Most persons that are listed.
const MOST: usize = 10_000;

/// A person as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    recipient: String,
    basis: String,
    by: String,
    at_us: i64,
}

/// A named person of a partner unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonLine {
    /// Id of the record.
    pub id: String,
    /// Name of the partner.
    pub partner: String,
    /// Key id of the partner; for pages.
    #[serde(skip)]
    pub partner_key: String,
    /// Who it is.
    pub name: String,
    /// The person's age recipient; compare it by telephone.
    pub recipient: String,
    /// On what it rests that this person may receive.
    pub basis: String,
    /// Since when.
    pub since: String,
}

/// A file for one person.
#[derive(Debug)]
pub struct PersonFile {
    /// The release.
    pub release: String,
    /// Who it is for.
    pub person: String,
    /// Objects in it, the release-record not counted.
    pub objects: usize,
    /// What to write: an age file.
    pub bytes: Vec<u8>,
}

/// What was handed to a named person.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Handed {
    pub(crate) partner: String,
    pub(crate) twin: String,
    /// As the release names it.
    pub(crate) person: String,
    pub(crate) name: String,
}

impl Node {
    /// Names a person of a partner's unit. `recipient`: the age recipient that the person handed
    /// over; `basis`: on what it rests that this person may receive.
    pub async fn person_add(
        &self,
        actor: &Actor,
        partner: &str,
        name: &str,
        recipient: &str,
        basis: &str,
    ) -> Result<PersonLine, NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, _) = self.partner_named(partner).await?;
        self.refuse_cut_off(&key_id).await?;
        for (text, place) in [(name, "--name"), (basis, "--basis")] {
            if text.trim().is_empty() || text.chars().count() > 200 {
                let expected = "1 to 200 characters";
                return Err(NodeError::input("person.text", "no text", place, expected));
            }
        }
        let recipient: Recipient = recipient.trim().parse().map_err(|_| {
            let expected = "the person's own age recipient, `age1…`, as `age-keygen` prints it";
            NodeError::input("person.recipient", "no recipient", "--recipient", expected)
        })?;
        let unit = self.partner(&key_id).await?.map(|p| p.card()).transpose()?;
        if unit.and_then(|card| card.age).as_ref() == Some(&recipient) {
            let expected = "a key that the person alone has: this one is the node's";
            return Err(NodeError::input("person.recipient", "shared", "--recipient", expected));
        }
        let id = clock::new_uuid()?.to_string();
        let person = Person {
            name: name.trim().to_owned(),
            recipient: recipient.to_string(),
            basis: basis.trim().to_owned(),
            by: actor.account().to_owned(),
            at_us: self.now_us(),
        };
        let act = Act::new("person-named").by(actor).field("partner", key_id.as_str());
        let act = act.field("person", id.as_str()).field("recipient", person.recipient.as_str());
        let key = format!("{key_id}/{id}");
        let writes = vec![record::put(Bucket::PERSON, &key, &person, None)?, self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.person_line(&key, person).await
    }

    /// Every named person, by partner and name.
    pub async fn person_list(&self, actor: &Actor) -> Result<Vec<PersonLine>, NodeError> {
        actor.require(Action::PartnerView)?;
        let mut lines = Vec::new();
        for (found, person) in self.persons("").await? {
            lines.push(self.person_line(&found.key, person).await?);
        }
        lines.sort_by(|a, b| (&a.partner, &a.name, &a.id).cmp(&(&b.partner, &b.name, &b.id)));
        Ok(lines)
    }

    /// Nothing is released to this person any more. Needs no approval: stopping never does.
    pub async fn person_remove(&self, actor: &Actor, id: &str) -> Result<(), NodeError> {
        actor.require(Action::PartnerManage)?;
        let all = self.persons("").await?;
        let found = all.into_iter().find(|(found, _)| found.key.ends_with(&format!("/{id}")));
        let (found, _) = found.ok_or_else(|| NodeError::not_found("person", id))?;
        let key = found.key;
        let act = Act::new("person-removed").by(actor).field("person", id);
        let writes = vec![Write::Delete { bucket: Bucket::PERSON, key }, self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Writes an approved release to a named person as a file for that person alone. It is written
    /// once; it counts as handed out.
    pub async fn release_person_file(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<PersonFile, NodeError> {
        actor.require(Action::ReleaseSend)?;
        let (kept, release, view) = self.release_for(actor, id).await?;
        let Some(person) = release.person.clone() else {
            let expected = "a release to a named person: drafted with `--person`";
            return Err(NodeError::state("the release", "for the unit", expected));
        };
        if release.stage != Stage::Approved {
            let expected = "an approved one; a file for a person is written once";
            return Err(NodeError::state("the release", release.stage.name(), expected));
        }
        let at_us = self.now_us();
        let planned = self.planned_at(&view, &release.request(), at_us).await?;
        if digest(&planned) != release.digest {
            let expected = "drafted and approved again: look at what is different";
            return Err(NodeError::state("the release", "changed since it was drafted", expected));
        }
        self.still_in_force(&planned).await?;
        let (named, to) = self.person_of(&release.partner, &person).await?;
        let recipient: Recipient =
            to.recipient.parse().map_err(|_| NodeError::Internal("recipient of a person"))?;
        let (record, record_write) = self.person_record(&planned, at_us)?;
        let bytes = recipient.encrypt(&plain(&planned.plan.released, &record)?)?;
        let objects = planned.plan.released.len();
        let mut writes = vec![record_write];
        writes.extend(self.handed_over(actor, id, (release, &person), &planned, &record)?);
        let mut guards = vec![
            record::unchanged(Bucket::RELEASE, &kept),
            record::unchanged(Bucket::PERSON, &named),
        ];
        guards.extend(planned.guards.iter().cloned());
        self.store.commit(Batch { guards, writes }).await?;
        Ok(PersonFile { release: id.to_owned(), person: to.name, objects, bytes })
    }

    /// The signed record of what goes to a person, kept as our own object.
    fn person_record(&self, planned: &Planned, at_us: i64) -> Result<(Released, Write), NodeError> {
        let now = Timestamp::from_micros(at_us);
        let (agreement, purpose) = (&planned.standing.agreement, planned.purpose.as_str());
        let (released, own) = (&planned.plan.released, self.identity.id());
        let record = Record::new(clock::new_uuid()?, agreement, purpose, released, own, &now)
            .map_err(|_| NodeError::Internal("release-record"))?;
        self.signed_record(record)
    }

    /// The release as sent, and the entry of the node's own log: the
    /// log that is shared with the unit does not tell.
    fn handed_over(
        &self,
        actor: &Actor,
        id: &str,
        (mut release, person): (Release, &str),
        planned: &Planned,
        record: &Released,
    ) -> Result<Vec<Write>, NodeError> {
        release.stage = Stage::Sent;
        release.sent = Some(self.step(actor));
        release.record = Some(record.id().to_string());
        release.twins = crate::send::twins_of(&planned.plan.released);
        let act = self.disclosed(actor, id, &release, record).field("person", person);
        Ok(vec![self.node_leaf(act)?, record::put(Bucket::RELEASE, id, &release, None)?])
    }

    /// What was handed to persons of an original and not withdrawn yet. They are told by a person: no
    /// wire leads to them.
    pub(crate) async fn persons_with(
        &self,
        original: &str,
        partner: Option<&str>,
    ) -> Result<Vec<Handed>, NodeError> {
        let mut found = Vec::new();
        for (_, release) in self.releases().await? {
            let Some(person) = release.person.as_ref().filter(|_| release.stage == Stage::Sent)
            else {
                continue;
            };
            if partner.is_some_and(|partner| partner != release.partner) {
                continue;
            }
            let name = self.person_named(&release.partner, person).await;
            let mine = release.twins.iter().filter(|(from, _)| from == original);
            for (_, twin) in mine {
                let (partner, person) = (release.partner.clone(), person.clone());
                let one = Handed { partner, twin: twin.clone(), person, name: name.clone() };
                if self.recall_from(&release, twin).await?.is_none() && !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        Ok(found)
    }

    /// A named person of a partner, by name or id of the record.
    pub(crate) async fn person_of(
        &self,
        partner: &str,
        name: &str,
    ) -> Result<(StoredRecord, Person), NodeError> {
        let mut fits = self.persons(&format!("{partner}/")).await?;
        let is_id = |found: &StoredRecord| found.key.ends_with(&format!("/{name}"));
        // What was drafted for a person names the record: no other person's name stands in for it.
        let named = uuid::Uuid::try_parse(name).is_err();
        fits.retain(|(found, person)| is_id(found) || (named && person.name == name));
        let expected = "one named person of this partner: `enlace partner person list`";
        match (fits.pop(), fits.is_empty()) {
            (Some(found), true) => Ok(found),
            (Some(_), false) => {
                Err(NodeError::input("person.name", "several persons", name, expected))
            }
            (None, _) => Err(NodeError::input("person.name", "no such person", name, expected)),
        }
    }

    /// The name of a person; the id of one that was removed since.
    pub(crate) async fn person_named(&self, partner: &str, id: &str) -> String {
        self.person_of(partner, id).await.map_or_else(|_| id.to_owned(), |(_, found)| found.name)
    }

    /// The policy of a release: of an agreement, or beyond it to one person.
    pub(crate) fn policy_to(
        &self,
        agreement: &enlace_policy::Agreement,
        person: Option<&str>,
    ) -> Result<Policy, NodeError> {
        if person.is_none() {
            return self.policy(agreement);
        }
        let made = Policy::to_named_person(agreement, &self.config.rules);
        let made = made.map_err(|error| uncompiled(agreement, &error))?;
        made.ok_or_else(|| {
            let expected = "an agreement with `red = \"named-persons\"` in its section `tlp`";
            NodeError::input("person.agreement", "no clause", agreement.title(), expected)
        })
    }

    async fn persons(&self, prefix: &str) -> Result<Vec<(StoredRecord, Person)>, NodeError> {
        let query = RecordQuery {
            bucket: Bucket::PERSON,
            prefix: prefix.to_owned(),
            limit: MOST,
            ..RecordQuery::default()
        };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| record::read(&r).map(|person| (r, person))).collect()
    }

    async fn person_line(&self, key: &str, person: Person) -> Result<PersonLine, NodeError> {
        let (partner, id) = key.split_once('/').unwrap_or(("", key));
        Ok(PersonLine {
            id: id.to_owned(),
            partner: self.channel_name(partner).await?,
            partner_key: partner.to_owned(),
            name: person.name,
            recipient: person.recipient,
            basis: person.basis,
            since: clock::text(person.at_us),
        })
    }
}

/// A STIX bundle of the twins and their record, padded so that its size tells nothing.
fn plain(released: &[Released], record: &Released) -> Result<Zeroizing<Vec<u8>>, NodeError> {
    let raw = |r: &Released| RawValue::from_string(r.bytes().to_owned());
    let objects: Result<Vec<_>, _> = released.iter().chain([record]).map(raw).collect();
    let objects = objects.map_err(|_| NodeError::Internal("released object"))?;
    let id = format!("bundle--{}", clock::new_uuid()?);
    let bundle = json!({ "type": "bundle", "id": id, "objects": objects });
    let text = serde_json::to_vec(&bundle).map_err(|_| NodeError::Internal("bundle"))?;
    let mut text = Zeroizing::new(text);
    let length = padded_len(text.len());
    text.resize(length, b' ');
    Ok(text)
}
