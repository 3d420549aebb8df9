//! Reading the body of a marking: what cannot be read is named, and what reads it closes.

use serde_json::{Map, Value};

use crate::Timestamp;

/// The members of one extension, or of a dictionary inside it, with a note of all that is not
/// understood there.
pub(super) struct Body<'b> {
    path: String,
    members: &'b Map<String, Value>,
    unread: Vec<String>,
}

impl<'b> Body<'b> {
    /// `path` begins the names of what cannot be read: `acs.control_set`.
    pub(super) fn new(path: &str, members: &'b Map<String, Value>) -> Self {
        Self { path: path.to_owned(), members, unread: Vec::new() }
    }

    /// Names every member outside `known`: it was written for a later version.
    pub(super) fn only(&mut self, known: &[&str]) {
        for name in self.members.keys().filter(|name| !known.contains(&name.as_str())) {
            self.unread.push(format!("{}.{name}", self.path));
        }
    }

    /// Notes that the member `name` cannot be read.
    pub(super) fn refuse(&mut self, name: &str) {
        self.unread.push(format!("{}.{name}", self.path));
    }

    pub(super) fn get(&self, name: &str) -> Option<&'b Value> {
        self.members.get(name)
    }

    /// A text; `None` where it is absent, or named as unread where it is no text.
    pub(super) fn text(&mut self, name: &str) -> Option<&'b str> {
        let value = self.get(name)?;
        if !value.is_string() {
            self.refuse(name);
        }
        value.as_str()
    }

    /// A list of texts, sorted; `None` where it is absent. One that cannot be read gives the texts
    /// that it holds: as a list of who may, it closes.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.get(name)?;
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        if !value.is_array() || !items.iter().all(Value::is_string) {
            self.refuse(name);
        }
        let mut texts: Vec<String> =
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        texts.sort();
        texts.dedup();
        Some(texts)
    }

    /// What `read` makes of a required text; anything else is named as unread.
    pub(super) fn code<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let code = self.get(name).and_then(Value::as_str).and_then(read);
        if code.is_none() {
            self.refuse(name);
        }
        code
    }

    /// An instant; a bare year, month or day reads as its first moment.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let time = first_moment(text).parse().ok();
        if time.is_none() {
            self.refuse(name);
        }
        time
    }

    /// A number of days, one at least; one that cannot be read is named as unread.
    pub(super) fn days(&mut self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        let days = value.as_u64().filter(|days| *days > 0);
        if days.is_none() {
            self.refuse(name);
        }
        days
    }

    /// The dictionary `name`, read in its own right; its unread members come back by
    /// [`Body::absorb`].
    pub(super) fn nested(&mut self, name: &str) -> Option<Body<'b>> {
        let members = self.get(name)?.as_object();
        if members.is_none() {
            self.refuse(name);
        }
        Some(Body::new(&format!("{}.{name}", self.path), members?))
    }

    /// The dictionaries of the list `name`.
    pub(super) fn each(&mut self, name: &str) -> Vec<Body<'b>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        if !value.is_array() || !items.iter().all(Value::is_object) {
            self.refuse(name);
        }
        let path = format!("{}.{name}", self.path);
        items.iter().filter_map(Value::as_object).map(|m| Body::new(&path, m)).collect()
    }

    pub(super) fn absorb(&mut self, nested: Body<'_>) {
        self.unread.extend(nested.unread);
    }

    pub(super) fn is_read(&self) -> bool {
        self.unread.is_empty()
    }

    /// What could not be read, each with its path.
    pub(super) fn into_unread(self) -> Vec<String> {
        self.unread
    }
}

fn first_moment(text: &str) -> String {
    match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    }
}
