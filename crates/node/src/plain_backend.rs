//! The node behind the TAXII routes of the pages' listener: plain collections, for accounts of our
//! own.

use std::sync::Arc;

use async_trait::async_trait;
use enlace_stix::{Id, Limits, Timestamp};
use enlace_store::{BodyPage, Member, MemberQuery};
use enlace_taxii::{
    ApiRoot, Backend, Collection, Denied, Discovery, Envelope, Page, Query, Record, Refused,
    Status, Submission,
};
use http::request::Parts;

use crate::Node;
use crate::backend::{api_root, internal, member_query};
use crate::plain::{Grant, Plain};
use crate::plain_access::{Caller, Remembered};
use crate::plain_write::store;
use crate::record::{self, Bucket};

/// Longest text of the objects on one page; the first of them may be longer.
const PAGE_BYTES: usize = 8 << 20;

/// TAXII on the pages' listener.
pub struct OwnBackend {
    node: Arc<Node>,
    remembered: Remembered,
}

impl OwnBackend {
    /// The backend of this node.
    pub fn new(node: Arc<Node>) -> Self {
        Self { node, remembered: Remembered::new() }
    }

    /// What this account may do with a collection; one without any right is like none.
    fn granted(who: &Caller, id: &str) -> Result<Grant, Refused> {
        who.grants.get(id).map(|granted| granted.grant).ok_or(Refused::NotFound)
    }

    fn readable(who: &Caller, id: &str) -> Result<(), Refused> {
        if Self::granted(who, id)?.read { Ok(()) } else { Err(Refused::WriteOnly) }
    }

    /// The question to the store.
    fn ask(
        &self,
        who: &Caller,
        id: &str,
        query: &Query,
        only: Option<&Id>,
    ) -> Result<MemberQuery, Refused> {
        Self::readable(who, id)?;
        let cursor = query.cursor.as_deref();
        let after_seq = cursor.map(|text| self.node.read_cursor(&reader(who), id, text));
        Ok(member_query(id, query, only, after_seq.transpose()?, Timestamp::to_string))
    }

    fn next(&self, who: &Caller, id: &str, more: bool, last: i64) -> Option<String> {
        more.then(|| self.node.cursor(&reader(who), id, last))
    }

    /// A page without bodies.
    async fn listed(
        &self,
        who: &Caller,
        id: &str,
        query: &Query,
        only: Option<&Id>,
    ) -> Result<Page<Record>, Refused> {
        let mut ask = self.ask(who, id, query, only)?;
        ask.without_bodies = true;
        let page = self.node.store.members(ask).await.map_err(store)?;
        if let (Some(only), true) = (only, page.members.is_empty()) {
            self.known(id, only).await?;
        }
        let seqs = (page.members.first().map(|m| m.seq), page.members.last().map(|m| m.seq));
        let seqs = (seqs.0.unwrap_or_default(), seqs.1.unwrap_or_default());
        self.note(who, id, page.members.len(), seqs);
        let record = |member: Member| Record {
            date_added_us: member.date_added_us,
            id: member.id,
            version: member.version,
        };
        let next = self.next(who, id, page.more, seqs.1);
        Ok(Page { items: page.members.into_iter().map(record).collect(), next })
    }

    /// Refuses unless the collection has any version of an object.
    async fn known(&self, id: &str, only: &Id) -> Result<(), Refused> {
        let any = [(only.to_string(), String::new())];
        let found = self.node.store.newest(id, &any).await.map_err(store)?;
        if found.into_iter().flatten().next().is_some() { Ok(()) } else { Err(Refused::NotFound) }
    }

    async fn handed_out(
        &self,
        who: &Caller,
        collection: &str,
        only: Option<&Id>,
        page: BodyPage,
    ) -> Result<Envelope, Refused> {
        if let (Some(only), 0) = (only, page.count) {
            self.known(collection, only).await?;
        }
        self.note(who, collection, page.count, page.seqs);
        let next = self.next(who, collection, page.more, page.seqs.1);
        Ok(Envelope { objects: page.text, added_us: page.added_us, next })
    }

    fn note(&self, who: &Caller, id: &str, objects: usize, seqs: (i64, i64)) {
        let key = (who.actor.account(), id);
        self.node.tool_reads.note(key, objects, seqs, self.node.now_us());
    }
}

#[async_trait]
impl Backend for OwnBackend {
    type Who = Caller;

    async fn authenticate(&self, request: &Parts) -> Result<Caller, Denied> {
        self.node.plain_caller(&request.headers, &self.remembered).await
    }

    async fn discovery(&self, _: &Caller) -> Result<Discovery, Refused> {
        Ok(Discovery::of_node(self.node.name()))
    }

    async fn api_root(&self, _: &Caller) -> Result<ApiRoot, Refused> {
        Ok(api_root(&self.node))
    }

    async fn collections(&self, who: &Caller) -> Result<Vec<Collection>, Refused> {
        let mut ids: Vec<String> = who.grants.keys().cloned().collect();
        ids.sort_unstable();
        let found = self.node.store.record_each(Bucket::PLAIN, &ids).await.map_err(store)?;
        let mut shown = Vec::with_capacity(ids.len());
        for (id, kept) in ids.into_iter().zip(found) {
            let Some(kept) = kept else { continue };
            shown.push(resource(&id, &kept, Self::granted(who, &id)?)?);
        }
        Ok(shown)
    }

    async fn collection(&self, who: &Caller, id: &str) -> Result<Collection, Refused> {
        let grant = Self::granted(who, id)?;
        let kept = self.node.store.record(Bucket::PLAIN, id).await.map_err(store)?;
        resource(id, &kept.ok_or(Refused::NotFound)?, grant)
    }

    async fn envelope(
        &self,
        who: &Caller,
        collection: &str,
        only: Option<&Id>,
        query: &Query,
    ) -> Result<Envelope, Refused> {
        let ask = self.ask(who, collection, query, only)?;
        let page = self.node.store.bodies(ask, PAGE_BYTES).await.map_err(store)?;
        if only.is_some() {
            self.remembered.may_read(who, collection);
        }
        self.handed_out(who, collection, only, page).await
    }

    async fn one_object(
        &self,
        request: &Parts,
        collection: &str,
        only: &Id,
        query: &Query,
    ) -> Option<Result<Envelope, Refused>> {
        let now_us = self.node.now_us();
        let reads = self.remembered.reads(&request.headers, collection, now_us)?;
        let who = &reads.caller;
        let ask = self.ask(who, collection, query, Some(only)).ok()?;
        let page = self.node.store.bodies_if(&reads.unchanged, ask, PAGE_BYTES).await;
        // Something of it changed, or the store is away: who asks is judged from the start.
        let page = page.ok().flatten()?;
        Some(self.handed_out(who, collection, Some(only), page).await)
    }

    async fn manifest(
        &self,
        who: &Caller,
        collection: &str,
        query: &Query,
    ) -> Result<Page<Record>, Refused> {
        self.listed(who, collection, query, None).await
    }

    async fn versions(
        &self,
        who: &Caller,
        collection: &str,
        object: &Id,
        query: &Query,
    ) -> Result<Page<Record>, Refused> {
        self.listed(who, collection, query, Some(object)).await
    }

    fn writes(&self) -> bool {
        true
    }

    async fn add(
        &self,
        who: &Caller,
        collection: &str,
        submission: Submission,
    ) -> Result<Status, Refused> {
        if !Self::granted(who, collection)?.write {
            return Err(Refused::ReadOnly);
        }
        let reads = Self::readable(who, collection).is_ok();
        self.node.plain_add(&who.actor, collection, submission, reads).await
    }

    async fn delete(
        &self,
        who: &Caller,
        collection: &str,
        object: &Id,
        query: &Query,
    ) -> Result<(), Refused> {
        Self::readable(who, collection)?;
        if !Self::granted(who, collection)?.write {
            return Err(Refused::ReadOnly);
        }
        // Neither a page nor a date narrows what is deleted.
        let ask = MemberQuery {
            added_after_us: None,
            ..member_query(collection, query, Some(object), None, Timestamp::to_string)
        };
        self.node.plain_delete(&who.actor, object, ask).await
    }

    async fn status(&self, who: &Caller, id: &str) -> Result<Status, Refused> {
        self.node.plain_status(&who.actor, id).await
    }

    fn max_body(&self) -> usize {
        self.node.config.limits.body_bytes
    }

    fn limits(&self) -> Limits {
        let limits = &self.node.config.limits;
        Limits { object_bytes: limits.object_bytes, nesting: limits.nesting }
    }

    fn compresses(&self) -> bool {
        true
    }

    fn max_page(&self) -> usize {
        self.node.config.limits.page
    }
}

/// The reader that a cursor is bound to. No key of a partner has this form.
fn reader(who: &Caller) -> String {
    format!("account/{}", who.actor.account())
}

fn resource(id: &str, kept: &enlace_store::Record, grant: Grant) -> Result<Collection, Refused> {
    let plain: Plain = record::read(kept).map_err(internal)?;
    let Grant { read: can_read, write: can_write } = grant;
    Ok(Collection { can_read, can_write, ..Collection::read_only(id, plain.name) })
}
