//! What the handlers share, and the two routers that `enlace serve` mounts.

use std::sync::Arc;

use axum::{Router, middleware};
use enlace_node::Node;

use crate::route::{Declared, Exit, Route};
use crate::{csp, partner};

/// State of every handler.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) node: Arc<Node>,
}

/// The pages for our own people.
pub fn pages(node: Arc<Node>) -> Router {
    let (router, _) = page_routes().finish();
    router
        .fallback(partner::nothing)
        .layer(middleware::from_fn(csp::headers))
        .with_state(App { node })
}

/// Inbox and log for partners, beside TAXII.
pub fn partners(node: Arc<Node>) -> Router {
    let (router, _) = partner::routes().finish();
    router.fallback(partner::nothing).with_state(App { node })
}

/// Every route of both listeners except TAXII (`enlace_taxii::ROUTES`, exit class `Partner`):
/// (pages, partners).
pub fn routes() -> (Vec<Route>, Vec<Route>) {
    (page_routes().finish().1, partner::routes().finish().1)
}

fn page_routes() -> Declared {
    Declared::new().get(Exit::Public, "/healthz", partner::health)
}
