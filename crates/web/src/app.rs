//! What the handlers share, and the two routers that `enlace serve` mounts.

use std::sync::Arc;

use axum::{Router, middleware};
use enlace_node::{Node, OwnBackend};

use crate::asset::{self, Assets};
use crate::handler::{
    account, agreement, agreement_draft, ask, carried, case, collection, commitment, consent,
    danger, desk, document, feed, guard, hold, home, incoming, job, object, oversight,
    partner as partner_page, recall, release, request, search, session, updates, visit,
};
use crate::href;
use crate::layout::NodeName;
use crate::room::Room;
use crate::route::{Declared, Exit, Route};
use crate::text::Texts;
use crate::{csp, partner};

/// State of every handler.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) node: Arc<Node>,
    pub(crate) texts: Arc<Texts>,
    pub(crate) assets: Arc<Assets>,
    pub(crate) name: Arc<NodeName>,
    /// Room for bodies that partners send.
    pub(crate) room: Room,
    /// Whether the listener is TLS: cookies are `Secure` then.
    pub(crate) secure: bool,
}

impl App {
    fn new(node: Arc<Node>, secure: bool) -> Self {
        let name = NodeName { name: node.name().to_owned(), country: node.country().to_owned() };
        let room = Room::new(&node.config().quota);
        Self {
            node,
            texts: Arc::new(Texts::new()),
            assets: Arc::new(Assets::find()),
            name: Arc::new(name),
            room,
            secure,
        }
    }
}

/// The pages for our own people, over plain HTTP on the loopback interface.
pub fn pages(node: Arc<Node>) -> Router {
    router(App::new(node, false))
}

/// The pages for our own people, on a listener with TLS: cookies never travel without it.
pub fn pages_over_tls(node: Arc<Node>) -> Router {
    router(App::new(node, true))
}

fn router(app: App) -> Router {
    let (router, _) = page_routes().finish();
    // Beside the layers of the pages: a tool has no session that another site's page could use, it
    // shows what it is with every request.
    let tools = enlace_taxii::router(Arc::new(OwnBackend::new(Arc::clone(&app.node))));
    router
        .fallback(visit::not_found)
        .method_not_allowed_fallback(visit::not_found)
        .layer(middleware::from_fn_with_state(app.clone(), guard::same_origin))
        .layer(middleware::from_fn_with_state(app.clone(), guard::remember_language))
        .layer(middleware::from_fn(csp::headers))
        .with_state(app)
        .merge(tools)
}

/// Inbox and log for partners, beside TAXII.
pub fn partners(node: Arc<Node>) -> Router {
    let (router, _) = partner::routes().finish();
    router.fallback(partner::nothing).with_state(App::new(node, true))
}

/// Every route of both listeners except TAXII (`enlace_taxii::ROUTES`): (pages, partners). TAXII has
/// the exit class `Inside` on the pages' listener, over plain collections alone, and `Partner` on the
/// other.
pub fn routes() -> (Vec<Route>, Vec<Route>) {
    (page_routes().finish().1, partner::routes().finish().1)
}

fn page_routes() -> Declared {
    Declared::new()
        .get(Exit::Public, "/healthz", partner::health)
        .get(Exit::Public, asset::ROUTE, asset::serve)
        .get(Exit::Public, href::LOGIN, session::form)
        .post(Exit::Public, href::LOGIN, session::sign_in)
        .get(Exit::Public, href::LOGIN_LINK, session::link)
        .post(Exit::Public, href::LOGIN_LINK, session::sign_in_by_link)
        .post(Exit::Inside, href::LOGOUT, session::sign_out)
        .get(Exit::Inside, href::HOME, home::show)
        .post(Exit::Inside, href::ALERTS_READ, home::read)
        .get(Exit::Inside, href::SEARCH, search::show)
        .get(Exit::Inside, href::OBJECT, object::show)
        .get(Exit::Inside, href::OBJECT_COPY, document::copy)
        .post(Exit::Inside, href::RECALL, object::recall)
        .get(Exit::Inside, href::RELEASES, release::list)
        .post(Exit::Inside, href::RELEASES, release::draft)
        .get(Exit::Inside, href::RELEASE_NEW, release::preview)
        .get(Exit::Inside, href::RELEASE, release::show)
        .post(Exit::Carried, href::RELEASE_FILE, carried::release)
        .post(Exit::Inside, href::RELEASE_ACT, release::act)
        .get(Exit::Inside, href::UPDATES, updates::list)
        .post(Exit::Inside, href::UPDATES, updates::now)
        .get(Exit::Inside, href::INCOMING, incoming::list)
        .get(Exit::Inside, href::DELIVERY, incoming::show)
        .post(Exit::Inside, href::DELIVERY_ACT, incoming::act)
        .get(Exit::Inside, href::PARTNERS, partner_page::list)
        .post(Exit::Inside, href::PARTNERS, partner_page::add)
        .get(Exit::Inside, href::CARD, carried::card)
        .post(Exit::Inside, href::PARTNER_INBOX, carried::inbox)
        .post(Exit::Carried, href::PARTNER_OUTBOX, carried::outbox)
        .post(Exit::Carried, href::PARTNER_PAPERS, carried::outbox_papers)
        .get(Exit::Inside, href::PARTNER, partner_page::show)
        .post(Exit::Inside, href::PARTNER_ACT, partner_page::act)
        .get(Exit::Inside, href::KEYS, partner_page::own_keys)
        .get(Exit::Inside, href::ACCOUNTS, account::list)
        .post(Exit::Inside, href::ACCOUNT_ACT, account::act)
        .get(Exit::Inside, href::COLLECTIONS, collection::list)
        .post(Exit::Inside, href::COLLECTION_ACT, collection::act)
        .get(Exit::Inside, href::FEEDS, feed::list)
        .post(Exit::Inside, href::FEED_ACT, feed::act)
        .get(Exit::Inside, href::HOLDS, hold::list)
        .post(Exit::Inside, href::HOLD_ACT, hold::act)
        .get(Exit::Inside, href::CASES, case::list)
        .post(Exit::Inside, href::CASES, case::open)
        .get(Exit::Inside, href::CASE, case::show)
        .post(Exit::Inside, href::CASE_ACT, case::act)
        .get(Exit::Inside, href::ASK, ask::show)
        .post(Exit::Inside, href::ASK, ask::ask)
        .get(Exit::Inside, href::REQUESTS, request::list)
        .post(Exit::Inside, href::REQUESTS, request::write)
        .post(Exit::Inside, href::REQUEST_TEMPLATE, request::template)
        .get(Exit::Inside, href::REQUEST, request::show)
        .post(Exit::Inside, href::REQUEST_ACT, request::act)
        .get(Exit::Inside, href::CONSENTS, consent::list)
        .post(Exit::Inside, href::CONSENT_ACT, consent::act)
        .get(Exit::Inside, href::AGREEMENTS, agreement::list)
        .get(Exit::Inside, href::COMMITMENTS, commitment::list)
        .post(Exit::Inside, href::COMMITMENT_ACT, commitment::act)
        .get(Exit::Inside, href::AGREEMENT_NEW, agreement_draft::fresh)
        .post(Exit::Inside, href::AGREEMENT_NEW, agreement_draft::act)
        .post(Exit::Inside, href::AGREEMENT_IMPORT, carried::import)
        .get(Exit::Inside, href::AGREEMENT_AMEND, agreement_draft::amend)
        .post(Exit::Inside, href::AGREEMENT_AMEND, agreement_draft::act_amend)
        .get(Exit::Inside, href::AGREEMENT, agreement::show)
        .post(Exit::Inside, href::AGREEMENT_ACT, agreement::act)
        .get(Exit::Inside, href::DANGER, danger::show)
        .post(Exit::Inside, href::DANGER_ACT, danger::act)
        .get(Exit::Inside, href::COMPARTMENTS, desk::compartments)
        .post(Exit::Inside, href::COMPARTMENTS, desk::compartment_make)
        .get(Exit::Inside, href::COMPARTMENT, desk::compartment)
        .post(Exit::Inside, href::COMPARTMENT_ACT, desk::compartment_act)
        .get(Exit::Inside, href::SOURCES, desk::sources)
        .post(Exit::Inside, href::SOURCE_ACT, desk::source_act)
        .get(Exit::Inside, href::PROTECTED, desk::protected)
        .post(Exit::Inside, href::PROTECTED_ACT, desk::protected_act)
        .get(Exit::Inside, href::RECALLS, recall::recalls)
        .get(Exit::Inside, href::LEGAL_HOLDS, recall::legal_holds)
        .post(Exit::Inside, href::LEGAL_HOLD_ACT, recall::legal_hold_act)
        .get(Exit::Inside, href::RESTRICTED, recall::restricted)
        .get(Exit::Inside, href::REVIEWS, desk::reviews)
        .post(Exit::Inside, href::REVIEW_ACT, desk::review_act)
        .post(Exit::Inside, href::NOTE_ACT, desk::note_act)
        .get(Exit::Inside, href::JOBS, job::list)
        .post(Exit::Inside, href::JOBS, job::start)
        .get(Exit::Inside, href::JOB, job::show)
        .post(Exit::Inside, href::JOB_ACT, job::act)
        .get(Exit::Inside, href::OVERSIGHT, oversight::list)
        .get(Exit::Inside, href::OVERSIGHT_RELEASE, oversight::show)
}
