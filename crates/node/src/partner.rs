//! Partners: nodes known by their cards, pinned by key and TLS key.

use enlace_keys::{Card, Language};
use enlace_policy::roles::Action;
use enlace_store::{Batch, Guard, RecordQuery};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::party_key::FormerKey;
use crate::record::{self, Bucket};
use crate::vetting::VettingLine;
use crate::{Actor, Node, NodeError, clock};

/// A partner as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Partner {
    /// Name on the card, so that lists need not read it.
    pub(crate) name: String,
    /// Country on the card.
    pub(crate) country: String,
    pub(crate) card: serde_json::Map<String, serde_json::Value>,
    pub(crate) added_us: i64,
    pub(crate) revoked: bool,
    /// Keys that others followed, oldest first.
    #[serde(default)]
    pub(crate) former: Vec<FormerKey>,
    /// Since when others may have the key on the card.
    #[serde(default)]
    pub(crate) compromised_us: Option<i64>,
}

impl Partner {
    /// The pinned card, checked again.
    pub(crate) fn card(&self) -> Result<Card, NodeError> {
        Card::from_json(self.card.clone()).map_err(|_| NodeError::Internal("stored card"))
    }
}

/// A partner for lists.
#[derive(Debug, Clone, Serialize)]
pub struct PartnerLine {
    /// Key id.
    pub key_id: String,
    /// Name on the card.
    pub name: String,
    /// Country on the card.
    pub country: String,
    /// Base URL.
    pub url: String,
    /// Fingerprint as words, to read over the phone.
    pub words: String,
    /// When its card was pinned.
    pub added: String,
    /// Cut off.
    pub revoked: bool,
    /// Its newest vetting record; without a valid one nothing is released to it.
    pub vetting: Option<VettingLine>,
}

impl Node {
    /// Pins a partner's card. The fingerprint in words should be compared by phone first. A later
    /// card of a pinned partner, signed by the same key, takes the place of the earlier one.
    pub async fn partner_add(&self, actor: &Actor, card: &str) -> Result<PartnerLine, NodeError> {
        actor.require(Action::PartnerManage)?;
        let card = Card::parse(card).map_err(|e| {
            NodeError::input("partner.card", e.to_string(), "CARD", "`enlace card`")
        })?;
        let key_id = card.party_id();
        if key_id == self.key_id() {
            let expected = "the card of another node";
            return Err(NodeError::input("partner.self", "our own card", "CARD", expected));
        }
        if let Some(pinned) = self.partner(&key_id).await? {
            return self.renew(actor, &key_id, pinned, &card).await;
        }
        self.refuse_impostor(&key_id, &card).await?;
        let partner = Partner {
            name: card.name.clone(),
            country: card.country.clone(),
            card: card.json().clone(),
            added_us: self.now_us(),
            revoked: false,
            former: Vec::new(),
            compromised_us: None,
        };
        let act = Act::new("partner-added").field("key", key_id.as_str());
        // After a restore: it may hold a half of ours that the backup is older than.
        let mut writes = vec![record::put(Bucket::PARTNER, &key_id, &partner, None)?];
        if let Some(rest) = self.rest_of_new(&key_id).await? {
            writes.push(rest);
            self.resting.add(&key_id);
        }
        writes.extend(self.channel_leaves(&key_id, act, |a| a.by(actor))?);
        let guards = vec![Guard::Absent { bucket: Bucket::PARTNER, key: key_id.clone() }];
        let committed = self.store.commit(Batch { guards, writes }).await;
        if self.epoch.is_some() {
            self.read_resting().await?;
        }
        committed?;
        line(&key_id, &partner, None)
    }

    /// Takes a later card of a pinned partner: a new address, TLS key or key for files. Who it is,
    /// as agreements name it, and the key that can replace its key stay what they are.
    async fn renew(
        &self,
        actor: &Actor,
        key_id: &str,
        mut partner: Partner,
        card: &Card,
    ) -> Result<PartnerLine, NodeError> {
        let pinned = partner.card()?;
        let refuse = |problem: &str, expected: &str| {
            Err(NodeError::input("partner.known", problem, "CARD", expected))
        };
        if said(&pinned) == said(card) {
            return refuse("pinned already", "a card that says something new");
        }
        if card.issued <= pinned.issued {
            return refuse("older than the pinned card", "the output of `enlace card` of today");
        }
        if card.key != pinned.key {
            let expected = "the key of the pinned card; another key comes as a `key-change` that \
                            the old key or the recovery key signed";
            return refuse("a card with another key", expected);
        }
        let same = crate::agreement::party(&pinned) == crate::agreement::party(card)
            && pinned.recovery_key == card.recovery_key
            && pinned.log_key == card.log_key;
        if !same {
            let expected = "the same name, unit, country, identity, recovery key and log key";
            return refuse("a card of another party under a pinned key", expected);
        }
        self.refuse_impostor(key_id, card).await?;
        partner.card = card.json().clone();
        let act = Act::new("partner-card").field("key", key_id);
        let [channel, node] = self.channel_leaves(key_id, act, |a| a.by(actor))?;
        let found = self.store.record(Bucket::PARTNER, key_id).await?;
        let found = found.ok_or_else(|| NodeError::not_found("partner", key_id))?;
        let guards = vec![record::unchanged(Bucket::PARTNER, &found)];
        let writes = vec![record::put(Bucket::PARTNER, key_id, &partner, None)?, channel, node];
        self.store.commit(Batch { guards, writes }).await?;
        let vetting = self.vetting_line(key_id).await?;
        line(key_id, &partner, vetting)
    }

    /// Refuses a card that speaks under an identity, or listens with a TLS key, that is taken.
    async fn refuse_impostor(&self, key_id: &str, card: &Card) -> Result<(), NodeError> {
        let mut taken = card.identity_id() == self.me.identity_id;
        let partners = self.partners().await?;
        for (_, other) in partners.into_iter().filter(|(key, _)| key != key_id) {
            let other = other.card()?;
            taken |= other.identity_id() == card.identity_id();
            taken |= other.tls_sha256 == card.tls_sha256 || other.key == card.key;
        }
        let expected = "an identity and a TLS key of the partner's own: call them";
        match taken {
            true => Err(NodeError::input("partner.taken", "already pinned", "CARD", expected)),
            false => Ok(()),
        }
    }

    /// All partners.
    pub async fn partner_list(&self, actor: &Actor) -> Result<Vec<PartnerLine>, NodeError> {
        actor.require(Action::PartnerView)?;
        let mut lines = Vec::new();
        for (key_id, partner) in self.partners().await? {
            let vetting = self.vetting_line(&key_id).await?;
            lines.push(line(&key_id, &partner, vetting)?);
        }
        Ok(lines)
    }

    /// Every partner by key id.
    pub(crate) async fn partners(&self) -> Result<Vec<(String, Partner)>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::PARTNER, limit: 10_000, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }

    /// The partner with this key id.
    pub(crate) async fn partner(&self, key_id: &str) -> Result<Option<Partner>, NodeError> {
        let found = self.store.record(Bucket::PARTNER, key_id).await?;
        found.as_ref().map(record::read).transpose()
    }

    /// The partner with this name, country code or key id (or the beginning of it).
    pub(crate) async fn partner_named(&self, name: &str) -> Result<(String, Partner), NodeError> {
        let fits = |key: &str, partner: &Partner| {
            partner.name == name
                || partner.country.eq_ignore_ascii_case(name)
                || (name.len() >= 8 && key.starts_with(name))
        };
        let mut found: Vec<_> =
            self.partners().await?.into_iter().filter(|(k, p)| fits(k, p)).collect();
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => {
                let expected = "the name or the key id: `enlace partner list`";
                Err(NodeError::input("partner.ambiguous", "several partners fit", name, expected))
            }
            (None, _) => Err(NodeError::not_found("partner", name)),
        }
    }
}

/// What a card says, but for when.
fn said(card: &Card) -> serde_json::Map<String, serde_json::Value> {
    let mut json = card.json().clone();
    json.remove("issued");
    json.remove("signature");
    json
}

pub(crate) fn line(
    key_id: &str,
    partner: &Partner,
    vetting: Option<VettingLine>,
) -> Result<PartnerLine, NodeError> {
    let card = partner.card()?;
    Ok(PartnerLine {
        key_id: key_id.to_owned(),
        words: card.words(Language::English).join(" "),
        name: card.name,
        country: card.country,
        url: card.url,
        added: clock::text(partner.added_us),
        revoked: partner.revoked,
        vetting,
    })
}
