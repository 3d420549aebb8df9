//! The search page: hits with their markings, the words that were met, types to narrow by.

use std::collections::BTreeMap;

use enlace_policy::roles::Action;
use enlace_stix::marking::Effective;
use enlace_store::text::{question, tokens};
use enlace_store::{ObjectRow, SearchPage, SearchQuery};
use serde_json::Value;

use crate::facts::{Marked, ObjectName, PartyName, join};
use crate::view::View;
use crate::{Actor, Node, NodeError};

/// Hits looked at for their types; beyond these the types among them are counted one by one.
const SAMPLE: usize = 200;
/// Most types that are counted one by one.
const TYPES: usize = 8;
/// Characters of a text that are searched for the words that were met.
const LONGEST: usize = 20_000;
/// Characters around the first word that was met.
const AROUND: usize = 60;

/// One hit.
#[derive(Debug, Clone)]
pub struct SearchHit {
    /// The object's row.
    pub row: ObjectRow,
    /// What it is called, with the marking of everything that the hit shows.
    pub name: ObjectName,
    /// Words around the match, if they are not in the label.
    pub excerpt: Option<String>,
    /// The partner it came from; `None` = this agency.
    pub originator: Option<PartyName>,
}

/// A type among the hits, how many there are, and whether there are more than were counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeCount {
    /// STIX type.
    pub kind: String,
    /// Hits counted.
    pub count: usize,
    /// More exist.
    pub capped: bool,
}

/// A page of hits.
#[derive(Debug)]
pub struct SearchView {
    /// The hits of this page.
    pub hits: Vec<SearchHit>,
    /// Hits counted.
    pub total: usize,
    /// Whether there are more than were counted.
    pub capped: bool,
    /// Types among all hits of the text, most frequent first.
    pub types: Vec<TypeCount>,
}

impl Node {
    /// Full-text search for the page, as [`Node::search`], with markings and types.
    pub async fn search_view(
        &self,
        actor: &Actor,
        text: &str,
        kind: Option<&str>,
        offset: usize,
        limit: usize,
    ) -> Result<SearchView, NodeError> {
        actor.require(Action::Search)?;
        let view = self.view_of(actor).await?;
        let ask = |kind: Option<&str>, offset, limit| SearchQuery {
            text: text.to_owned(),
            kinds: kind.map(str::to_owned).into_iter().collect(),
            veil: view.veil(),
            offset,
            limit,
        };
        let SearchPage { hits, total, capped } =
            self.store.search(ask(kind, offset, limit)).await?;
        let sample = self.store.search(ask(None, 0, SAMPLE)).await?;
        let types = self.types(&view, &sample, text).await?;
        self.log_search(actor, text, &hits).await?;
        let mut found = Vec::with_capacity(hits.len());
        for row in hits {
            found.push(self.hit(&view, row, text).await?);
        }
        Ok(SearchView { hits: found, total, capped, types })
    }

    async fn hit(&self, view: &View, row: ObjectRow, text: &str) -> Result<SearchHit, NodeError> {
        let mut name = self.name_of(view, &row).await?;
        let mut excerpt = None;
        if let Some(marked) = self.marked(&row).await?
            && !meets(&name.label, text)
            && let Some((words, marking)) = words_around(&marked, text)
        {
            join(&mut name.marking, &marking);
            excerpt = Some(words);
        }
        let originator = self.party(&row.channel).await?;
        Ok(SearchHit { row, name, excerpt, originator })
    }

    /// How many hits each type has: all of a small result, else of the types among the best hits.
    async fn types(
        &self,
        view: &View,
        sample: &SearchPage,
        text: &str,
    ) -> Result<Vec<TypeCount>, NodeError> {
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for hit in &sample.hits {
            *counted.entry(hit.kind.as_str()).or_default() += 1;
        }
        let mut types: Vec<TypeCount> = counted
            .into_iter()
            .map(|(kind, count)| TypeCount { kind: kind.to_owned(), count, capped: false })
            .collect();
        types.sort_by_key(|t| std::cmp::Reverse(t.count));
        if sample.total > sample.hits.len() {
            types.truncate(TYPES);
            for one in &mut types {
                let kinds = vec![one.kind.clone()];
                let text = text.to_owned();
                let query =
                    SearchQuery { text, kinds, veil: view.veil(), ..SearchQuery::default() };
                let found = self.store.search(query).await?;
                (one.count, one.capped) = (found.total, found.capped);
            }
            types.sort_by_key(|t| std::cmp::Reverse(t.count));
        }
        Ok(types)
    }
}

/// Whether a text holds all words of a question.
fn meets(text: &str, asked: &str) -> bool {
    let held = tokens(text);
    question(asked).iter().all(|word| {
        word.tokens.iter().any(|t| {
            held.iter().any(|h| if word.prefix { h.starts_with(t.as_str()) } else { h == t })
        })
    })
}

/// Words around the first match in the texts of an object, with the marking of that text.
fn words_around(marked: &Marked, asked: &str) -> Option<(String, Effective)> {
    let words = question(asked);
    for (name, value) in marked.object.view() {
        if matches!(name.as_str(), "type" | "id" | "created" | "modified" | "spec_version") {
            continue;
        }
        let mut texts = Vec::new();
        collect(value, &mut texts);
        for text in texts {
            let text: String = text.chars().take(LONGEST).collect();
            let met = |part: &str| {
                let held = tokens(part);
                words.iter().any(|w| w.tokens.iter().any(|t| held.contains(t)))
            };
            if met(&text)
                && let Some(at) = text.split_whitespace().position(met)
            {
                return Some((cut(&text, at), marked.at(name)));
            }
        }
    }
    None
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.parse::<enlace_stix::Id>().is_err() => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => members.values().for_each(|inner| collect(inner, texts)),
        _ => {}
    }
}

/// The words around the word with this number.
fn cut(text: &str, at: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (mut start, mut end) = (at, (at + 1).min(words.len()));
    let mut long = 0;
    while start > 0 && long < AROUND {
        start -= 1;
        long += words.get(start).map_or(0, |w| w.len() + 1);
    }
    long = 0;
    while end < words.len() && long < AROUND {
        long += words.get(end).map_or(0, |w| w.len() + 1);
        end += 1;
    }
    let shown = words.get(start..end).unwrap_or_default().join(" ");
    let before = if start > 0 { "… " } else { "" };
    let behind = if end < words.len() { " …" } else { "" };
    format!("{before}{shown}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_the_match_with_words_around_it() {
        let text = "uno dos ".repeat(40) + "contenedor " + &"tres cuatro ".repeat(40);
        let words = cut(&text, 80);
        assert!(words.starts_with("… ") && words.ends_with(" …") && words.contains("contenedor"));
        assert!(words.len() < 200, "{words}");
        assert_eq!(cut("solo contenedor", 1), "solo contenedor");
    }

    #[test]
    fn a_label_that_holds_all_words_needs_no_excerpt() {
        assert!(meets("Los Calamares del Sur", "calamar sur"));
        assert!(!meets("Los Calamares del Sur", "calamares norte"));
    }
}
