//! Readers that walk a collection and keep their place.

use std::collections::BTreeSet;
use std::io;

use serde_json::Value;

use super::desk::Shelf;
use crate::support::{Answer, TAXII};

/// How a reader goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `next` as long as there is one.
    Next,
    /// By the date of the last object alone.
    Added,
}

/// A reader, and all that it was given, in the order in which it came.
pub struct Walk {
    shelf: Shelf,
    pub way: Way,
    limit: usize,
    next: Option<String>,
    added: Option<String>,
    pub ids: Vec<String>,
    pub objects: Vec<Value>,
    dates: Vec<String>,
    /// Whether the last page was the end.
    pub at_end: bool,
}

impl Walk {
    pub fn new(shelf: &Shelf, way: Way, limit: usize) -> Self {
        Self {
            shelf: shelf.clone(),
            way,
            limit,
            next: None,
            added: None,
            ids: Vec::new(),
            objects: Vec::new(),
            dates: Vec::new(),
            at_end: false,
        }
    }

    /// Asks at another process of the node from now on; its place is as good there.
    pub fn turn_to(&mut self, shelf: &Shelf) {
        self.shelf = shelf.clone();
    }

    /// Asks for the page behind its place. An answer that is no page leaves the place as it is.
    pub fn step(&mut self) -> io::Result<Answer> {
        let mut path = format!("{}?limit={}", self.shelf.objects, self.limit);
        match (&self.next, &self.added) {
            (Some(next), _) => path.push_str(&format!("&next={next}")),
            (None, Some(added)) => path.push_str(&format!("&added_after={added}")),
            (None, None) => {}
        }
        let answer = self.shelf.tool.attempt("GET", &path, &[("Accept", TAXII)], b"")?;
        if answer.status == 200 {
            self.take(&answer);
        }
        Ok(answer)
    }

    fn take(&mut self, page: &Answer) {
        let body = page.json();
        for object in page.objects() {
            self.ids.push(object["id"].as_str().unwrap().to_owned());
            self.objects.push(object);
        }
        if let Some(last) = page.header("x-taxii-date-added-last") {
            let first = page.header("x-taxii-date-added-first").unwrap().to_owned();
            self.dates.extend([first, last.to_owned()]);
            self.added = Some(last.to_owned());
        }
        self.at_end = body["more"] != true;
        let next = body["next"].as_str().map(str::to_owned);
        self.next = next.filter(|_| self.way == Way::Next);
    }

    /// Goes on to the end; every page has to come.
    pub fn finish(&mut self) {
        self.at_end = false;
        while !self.at_end {
            let page = self.step().unwrap();
            assert_eq!(page.status, 200, "{}\n{}", page.head, page.json());
        }
        let unlike: BTreeSet<&String> = self.ids.iter().collect();
        assert_eq!(unlike.len(), self.ids.len(), "each object once");
        let ordered = self.dates.windows(2).all(|pair| pair[0] <= pair[1]);
        assert!(ordered, "dates grow: {:?}", self.dates);
    }
}
