//! The route table: every path with the class of what may leave by it.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};

use crate::app::App;

/// What may leave by a route (`docs/interfaces.md`, Exit classes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// No stored data at all.
    Public,
    /// Held data, for an account of our own, after the use case agreed.
    Inside,
    /// Released objects, log entries and answers, for one partner.
    Partner,
    /// The same for one partner or one named person, as a file that an account of our own carries:
    /// the use case that hands it out logs it, here as on the command line.
    Carried,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// What may leave.
    pub exit: Exit,
}

/// A router that can only be added to together with a declaration.
pub(crate) struct Declared {
    router: Router<App>,
    routes: Vec<Route>,
}

impl Declared {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), routes: Vec::new() }
    }

    /// `GET path`, leaving by this exit.
    pub(crate) fn get<H, T>(self, exit: Exit, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("GET", exit, path, get(handler))
    }

    /// `POST path`, leaving by this exit.
    pub(crate) fn post<H, T>(self, exit: Exit, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("POST", exit, path, post(handler))
    }

    fn add(
        mut self,
        method: &'static str,
        exit: Exit,
        path: &'static str,
        route: MethodRouter<App>,
    ) -> Self {
        self.routes.push(Route { method, path, exit });
        self.router = self.router.route(path, route);
        self
    }

    /// The router and what was declared.
    pub(crate) fn finish(self) -> (Router<App>, Vec<Route>) {
        (self.router, self.routes)
    }
}
