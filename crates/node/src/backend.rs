//! The node behind the TAXII routes: what a partner may read.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use enlace_release::Released;
use enlace_stix::{Id, Timestamp};
use enlace_store::{Batch, Guard, Member, MemberPage, MemberQuery, StoreError};
use enlace_taxii::{
    ApiRoot, Backend, Collection, Denied, Discovery, Entry, Envelope, Page, Query, Record, Refused,
    VersionFilter,
};
use http::request::Parts;
use http::{HeaderMap, header};

use crate::account::hash;
use crate::hand_out::{Reader, Recalls, Visible};
use crate::mac::mac;
use crate::{Node, NodeError};

/// Who is at the other end of a connection: put into each request by the listener.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    spki: Option<[u8; 32]>,
}

impl Peer {
    /// Nobody in particular.
    pub fn none() -> Self {
        Self::default()
    }

    /// The holder of the key with this SHA-256 of its SubjectPublicKeyInfo.
    pub fn of(spki: Option<[u8; 32]>) -> Self {
        Self { spki }
    }

    /// SHA-256 of the key that the connection proved.
    pub(crate) fn key(&self) -> Option<&[u8; 32]> {
        self.spki.as_ref()
    }
}

impl Node {
    /// The key id of the pinned, not revoked partner whose certificate this is.
    pub async fn partner_of_peer(&self, peer: &Peer) -> Result<Option<String>, NodeError> {
        let Some((key_id, name)) = self.holder_of(peer).await? else { return Ok(None) };
        self.check_not_resting(&key_id, &name)?;
        Ok(Some(key_id))
    }

    /// As [`Node::partner_of_peer`], also while its channel rests: for the one question by which it
    /// goes on. Two nodes that were both restored have to be able to ask each other.
    pub async fn partner_of_resting_peer(&self, peer: &Peer) -> Result<Option<String>, NodeError> {
        Ok(self.holder_of(peer).await?.map(|(key_id, _)| key_id))
    }

    async fn holder_of(&self, peer: &Peer) -> Result<Option<(String, String)>, NodeError> {
        let Some(spki) = peer.spki else { return Ok(None) };
        let cards = self.cards().await?;
        let found = cards.into_iter().find(|(_, p, card)| !p.revoked && card.tls_sha256 == spki);
        Ok(found.map(|(key_id, partner, _)| (key_id, partner.name)))
    }

    /// The bearer of a partner's token, which is bound to one lineage.
    async fn partner_of_token(&self, token: &str) -> Result<Option<Reader>, NodeError> {
        let Some(found) = self.token(token).await? else { return Ok(None) };
        let Some(lineage) = found.lineage else { return Ok(None) };
        let partner = self.partner(&found.holder).await?;
        self.check_not_resting(&found.holder, "the channel")?;
        let (partner, token) = (partner.filter(|p| !p.revoked), hash(token).ok());
        Ok(partner.map(|_| Reader { partner: found.holder, lineage: Some(lineage), token }))
    }
}

/// The token of an `Authorization` header: `Token T`, `Bearer T`, or the password of `Basic`.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "token" | "bearer" => Some(rest.trim().to_owned()),
        "basic" => Some(basic(rest)?.1),
        _ => None,
    }
}

/// User name and password of a `Basic` header.
pub(crate) fn basic(text: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// TAXII on the partners' listener.
pub struct PartnerBackend {
    node: Arc<Node>,
}

/// Nothing may be handed out: something changed between each look and its log entry.
const STOPPED: &str = "what is handed out changed at the same moments";
/// Bytes of a cursor behind its epoch: a code and the masked sequence.
const CURSOR: usize = 24;
/// Most rows that are read at once to find one that opens.
const CLOSED: usize = 1000;
/// Times that a page is looked up because something stopped, or went, or was handed out meanwhile.
const PATIENCE: usize = 5;

impl PartnerBackend {
    /// The backend of this node.
    pub fn new(node: Arc<Node>) -> Self {
        Self { node }
    }

    /// The collection, if this reader may see it.
    async fn open(&self, who: &Reader, id: &str) -> Result<Visible, Refused> {
        let all = self.node.readable(who).await.map_err(internal)?;
        all.into_iter().find(|v| v.id == id).ok_or(Refused::NotFound)
    }

    /// The bodies of a page one by one.
    pub(crate) async fn bodies(
        &self,
        who: &Reader,
        collection: &str,
        query: &Query,
        only: Option<&Id>,
    ) -> Result<Page<Entry>, Refused> {
        Ok(entries(self.page(who, collection, query, only).await?))
    }

    /// Members of a page, opened again and logged as handed out; a row that does not open stays
    /// closed.
    pub(crate) async fn page(
        &self,
        who: &Reader,
        id: &str,
        query: &Query,
        only: Option<&Id>,
    ) -> Result<Page<(Member, Released)>, Refused> {
        Ok(self.page_on_ground(who, id, query, only).await?.0)
    }

    /// As [`PartnerBackend::page`], with what it was looked up on.
    pub(crate) async fn page_on_ground(
        &self,
        who: &Reader,
        id: &str,
        query: &Query,
        only: Option<&Id>,
    ) -> Result<(Page<(Member, Released)>, Vec<Guard>), Refused> {
        for _ in 0..PATIENCE {
            let looked = self.look(who, id, query, only).await?;
            if let Some(page) = self.told(looked).await? {
                return Ok(page);
            }
        }
        Err(internal(NodeError::Internal(STOPPED)))
    }

    async fn look(
        &self,
        who: &Reader,
        id: &str,
        query: &Query,
        only: Option<&Id>,
    ) -> Result<Looked, Refused> {
        let visible = self.open(who, id).await?;
        let after_seq = match &query.cursor {
            Some(text) => Some(self.node.read_cursor(&who.partner, id, text)?),
            None => None,
        };
        let version = |time: &Timestamp| time.to_millis().to_string();
        let mut ask = member_query(id, query, only, after_seq, version);
        ask.handed_out_until_us = visible.handed_out_until();
        let recalled = self.node.recalled(who).await.map_err(internal)?;
        let (items, more) = self.filled(who, &visible, &ask, &recalled).await?;
        let next = match items.last() {
            Some((last, _)) if more => Some(self.node.cursor(&who.partner, id, last.seq)),
            _ => None,
        };
        if let Some(only) = only
            && items.is_empty()
            && !self.holds(who, &visible, only, &recalled).await?
        {
            return Err(Refused::NotFound);
        }
        let batch = self.node.handing_out(who, &visible, &items, |act| act).map_err(internal)?;
        Ok(Looked { page: Page { items, next }, batch, ground: visible.ground })
    }

    /// The page, once it is logged; `None` = something came between, and it is to be looked up again.
    async fn told(
        &self,
        looked: Looked,
    ) -> Result<Option<(Page<(Member, Released)>, Vec<Guard>)>, Refused> {
        if !looked.batch.writes.is_empty() {
            match self.node.store.commit(looked.batch).await {
                Ok(_) => {}
                Err(StoreError::Guard { .. }) => return Ok(None),
                Err(error) => return Err(internal(error.into())),
            }
        }
        Ok(Some((looked.page, looked.ground)))
    }

    /// A page full of what opens, and whether more of that follows: neither a gap nor an empty page
    /// tells of rows that stay closed.
    async fn filled(
        &self,
        who: &Reader,
        visible: &Visible,
        ask: &MemberQuery,
        recalled: &Recalls,
    ) -> Result<(Vec<(Member, Released)>, bool), Refused> {
        let (mut ask, limit) = (ask.clone(), ask.limit);
        let (mut items, mut ahead) = (Vec::new(), 1);
        loop {
            let MemberPage { members, more } = self.members(ask.clone()).await?;
            let last = members.last().map(|member| member.seq).filter(|_| more);
            items.extend(self.node.reopened(who, visible, members, recalled));
            if items.len() > limit {
                items.truncate(limit);
                return Ok((items, true));
            }
            // Behind a cursor no date is looked at: every row there is later.
            let Some(last) = last else { return Ok((items, false)) };
            (ask.after_seq, ask.added_after_us) = (Some(last), None);
            ask.limit = ahead.max(limit - items.len() + 1);
            ahead = CLOSED.min(2 * ahead);
        }
    }

    async fn members(&self, ask: MemberQuery) -> Result<MemberPage, Refused> {
        self.node.store.members(ask).await.map_err(|e| internal(e.into()))
    }

    /// Whether any version of an object can be opened: what stays closed is like what is not there.
    async fn holds(
        &self,
        who: &Reader,
        visible: &Visible,
        id: &Id,
        recalled: &Recalls,
    ) -> Result<bool, Refused> {
        let ask = MemberQuery {
            collection: visible.id.clone(),
            ids: vec![id.to_string()],
            versions: vec![enlace_store::VersionFilter::All],
            limit: 1000,
            handed_out_until_us: visible.handed_out_until(),
            ..MemberQuery::default()
        };
        let members = self.members(ask).await?.members;
        Ok(!self.node.reopened(who, visible, members, recalled).is_empty())
    }
}

#[async_trait]
impl Backend for PartnerBackend {
    type Who = Reader;

    async fn authenticate(&self, request: &Parts) -> Result<Reader, Denied> {
        let peer = request.extensions.get::<Peer>().cloned().unwrap_or_default();
        let unavailable = |_| Denied::Unavailable;
        if let Some(partner) = self.node.partner_of_peer(&peer).await.map_err(unavailable)? {
            return Ok(Reader::of(&partner, None));
        }
        let token = token_of(&request.headers).ok_or(Denied::Unauthenticated)?;
        let found = self.node.partner_of_token(&token).await.map_err(unavailable)?;
        found.ok_or(Denied::Unauthenticated)
    }

    async fn discovery(&self, _: &Reader) -> Result<Discovery, Refused> {
        Ok(Discovery::of_node(self.node.name()))
    }

    async fn api_root(&self, _: &Reader) -> Result<ApiRoot, Refused> {
        Ok(api_root(&self.node))
    }

    async fn collections(&self, who: &Reader) -> Result<Vec<Collection>, Refused> {
        let visible = self.node.readable(who).await.map_err(internal)?;
        Ok(visible.into_iter().map(|v| Collection::read_only(v.id, v.own.title)).collect())
    }

    async fn collection(&self, who: &Reader, id: &str) -> Result<Collection, Refused> {
        let visible = self.open(who, id).await?;
        Ok(Collection::read_only(id, visible.own.title))
    }

    async fn envelope(
        &self,
        who: &Reader,
        collection: &str,
        only: Option<&Id>,
        query: &Query,
    ) -> Result<Envelope, Refused> {
        Ok(self.bodies(who, collection, query, only).await?.into())
    }

    async fn manifest(
        &self,
        who: &Reader,
        collection: &str,
        query: &Query,
    ) -> Result<Page<Record>, Refused> {
        Ok(records(self.page(who, collection, query, None).await?))
    }

    async fn versions(
        &self,
        who: &Reader,
        collection: &str,
        object: &Id,
        query: &Query,
    ) -> Result<Page<Record>, Refused> {
        Ok(records(self.page(who, collection, query, Some(object)).await?))
    }

    fn max_page(&self) -> usize {
        self.node.config.limits.page
    }
}

pub(crate) fn api_root(node: &Node) -> ApiRoot {
    ApiRoot::new(node.name(), node.config.limits.body_bytes as u64)
}

/// The question of a request; `exactly` writes a version as the rows of the collection have it.
pub(crate) fn member_query(
    collection: &str,
    query: &Query,
    only: Option<&Id>,
    after_seq: Option<i64>,
    exactly: fn(&Timestamp) -> String,
) -> MemberQuery {
    let ids = match only {
        Some(id) => vec![id.to_string()],
        None => query.ids.iter().map(Id::to_string).collect(),
    };
    let version = |filter: &VersionFilter| match filter {
        VersionFilter::Last => enlace_store::VersionFilter::Last,
        VersionFilter::First => enlace_store::VersionFilter::First,
        VersionFilter::All => enlace_store::VersionFilter::All,
        VersionFilter::At(time) => enlace_store::VersionFilter::Exactly(vec![exactly(time)]),
    };
    let other_version =
        !query.spec_versions.is_empty() && !query.spec_versions.iter().any(|v| v == "2.1");
    MemberQuery {
        collection: collection.to_owned(),
        after_seq,
        added_after_us: query.added_after_us.filter(|_| after_seq.is_none()),
        ids,
        // Nothing here is of another STIX version: a type that does not exist matches nothing.
        kinds: if other_version { vec!["-".to_owned()] } else { query.kinds.clone() },
        versions: query.versions.iter().map(version).collect(),
        limit: query.limit,
        handed_out_until_us: None,
        not_handed_out: false,
        without_bodies: false,
    }
}

/// A page that was looked up; that it is handed out is not logged yet.
struct Looked {
    page: Page<(Member, Released)>,
    batch: Batch,
    ground: Vec<Guard>,
}

fn entries(page: Page<(Member, Released)>) -> Page<Entry> {
    let entry = |(member, released): (Member, Released)| Entry {
        date_added_us: member.date_added_us,
        raw: released.bytes().to_owned(),
    };
    Page { items: page.items.into_iter().map(entry).collect(), next: page.next }
}

fn records(page: Page<(Member, Released)>) -> Page<Record> {
    let record = |(member, released): (Member, Released)| Record {
        date_added_us: member.date_added_us,
        id: released.id().to_string(),
        version: match member.version.as_str() {
            "" => crate::clock::text(member.date_added_us),
            version => version.to_owned(),
        },
    };
    Page { items: page.items.into_iter().map(record).collect(), next: page.next }
}

/// What a failure of ours is called outside: who may come again later is told so.
pub(crate) fn internal(error: NodeError) -> Refused {
    told(&error);
    match error {
        NodeError::Store(error) if error.is_outage() => Refused::Unavailable,
        _ => Refused::Internal,
    }
}

/// Tells the operator. What a store says of itself holds nothing of what it keeps.
pub(crate) fn told(error: &NodeError) {
    match error {
        NodeError::Store(error) => {
            tracing::error!(code = error.code(), %error, advice = error.advice(), "taxii");
        }
        error => tracing::error!(code = error.code(), "taxii"),
    }
}

impl Node {
    /// A cursor that only this reader can use in this collection. It shows no sequence: gaps in
    /// it would tell of what was withdrawn. In a restored store it begins with the epoch: what it
    /// counted from may be something else there.
    pub(crate) fn cursor(&self, who: &str, collection: &str, seq: i64) -> String {
        let tag = self.epoch_tag();
        let mac = self.position_mac(who, collection, seq, &tag);
        let hidden = self.hide(&mac, seq.to_be_bytes());
        URL_SAFE_NO_PAD.encode([tag.as_slice(), &mac, &hidden].concat())
    }

    pub(crate) fn read_cursor(
        &self,
        who: &str,
        collection: &str,
        text: &str,
    ) -> Result<i64, Refused> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::BadCursor)?;
        let tagged = bytes.len().checked_sub(CURSOR).ok_or(Refused::BadCursor)?;
        let (tag, rest) = bytes.split_at_checked(tagged).ok_or(Refused::BadCursor)?;
        let (mac, hidden) = rest.split_first_chunk::<16>().ok_or(Refused::BadCursor)?;
        let hidden: [u8; 8] = hidden.try_into().map_err(|_| Refused::BadCursor)?;
        let seq = i64::from_be_bytes(self.hide(mac, hidden));
        let expected = self.position_mac(who, collection, seq, tag);
        let fits: bool = subtle::ConstantTimeEq::ct_eq(mac.as_slice(), &expected).into();
        match fits {
            false => Err(Refused::BadCursor),
            // Ours, of this partner, and of a store that is not this one.
            true if tag != self.epoch_tag() => Err(Refused::StaleCursor),
            true => Ok(seq),
        }
    }

    fn position_mac(&self, who: &str, collection: &str, seq: i64, tag: &[u8]) -> Vec<u8> {
        let seq = seq.to_be_bytes();
        let parts: [&[u8]; 3] = [who.as_bytes(), collection.as_bytes(), &seq];
        match tag.is_empty() {
            true => self.cursor_mac(&parts),
            false => self.cursor_mac(&[parts.as_slice(), &[tag]].concat()),
        }
    }

    /// The sequence masked by a pad made of the cursor's own code; the same way back.
    fn hide(&self, mac: &[u8], seq: [u8; 8]) -> [u8; 8] {
        let pad = self.cursor_mac(&[b"pad", mac]);
        let mut hidden = seq;
        for (byte, pad) in hidden.iter_mut().zip(pad) {
            *byte ^= pad;
        }
        hidden
    }

    fn cursor_mac(&self, parts: &[&[u8]]) -> Vec<u8> {
        let key = self.keys.cursor_key();
        mac(key.expose(), parts).into_iter().flatten().take(16).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
