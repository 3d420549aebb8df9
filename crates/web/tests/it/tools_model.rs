//! Random envelopes, deletions and questions to a plain collection, beside a list that is slow and
//! obvious.

use proptest::prelude::*;
use serde_json::Value;

use crate::site::Site;
use crate::tools::{self, Client, objects_of};

const NOTES: [&str; 3] = [
    "note--00000000-0000-4000-8000-000000000001",
    "note--00000000-0000-4000-8000-000000000002",
    "note--00000000-0000-4000-8000-000000000003",
];
const ADDRESS: &str = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4";
/// In the order of instants.
const VERSIONS: [&str; 4] = [
    "2026-01-01T00:00:00.000Z",
    "2026-01-01T00:00:00.000001Z",
    "2026-01-01T00:00:00.001Z",
    "2026-02-01T00:00:00.000Z",
];

/// Object (3 = the address, without version), version, content.
type Sent = (usize, usize, u8);

#[derive(Debug, Clone)]
enum Step {
    Post(Vec<Sent>),
    Delete(usize, Filter),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Filter {
    Unsaid,
    First,
    Last,
    All,
    At(usize),
    FirstAndAt(usize),
}

#[derive(Debug, Clone)]
struct Question {
    ids: Vec<usize>,
    kind: Option<&'static str>,
    filter: Filter,
    limit: usize,
    after: Option<usize>,
}

#[derive(Debug, Clone)]
struct Row {
    id: &'static str,
    /// Empty for the address.
    version: &'static str,
    raw: String,
}

fn id_of(object: usize) -> &'static str {
    NOTES.get(object).copied().unwrap_or(ADDRESS)
}

fn raw_of((object, version, content): Sent) -> String {
    match NOTES.get(object) {
        Some(id) => tools::note(id, VERSIONS[version], &format!("content {content}")),
        None => format!(
            r#"{{"type":"ipv4-addr","id":"{ADDRESS}","value":"198.51.100.3","x_n":{content}}}"#
        ),
    }
}

#[derive(Default)]
struct Model(Vec<Row>);

impl Model {
    /// Successes and failures.
    fn post(&mut self, sent: &[Sent]) -> (u64, u64) {
        let (mut kept, mut refused) = (0, 0);
        for one in sent {
            let (id, raw) = (id_of(one.0), raw_of(*one));
            let version = if id == ADDRESS { "" } else { VERSIONS[one.1] };
            let beside = self.0.iter().rev().find(|row| row.id == id && row.version == version);
            match beside {
                Some(row) if row.raw == raw => kept += 1,
                Some(_) if id != ADDRESS => refused += 1,
                _ => {
                    self.0.push(Row { id, version, raw });
                    kept += 1;
                }
            }
        }
        (kept, refused)
    }

    /// Places of the rows that a filter finds.
    fn found(&self, filter: Filter) -> Vec<usize> {
        let end = |place: usize, last: bool| {
            let of_id = self.0.iter().enumerate().filter(|(_, row)| row.id == self.0[place].id);
            // As texts, `.000Z` would come behind `.000001Z`.
            let instant = |row: &Row| VERSIONS.iter().position(|version| *version == row.version);
            let order = |(at, row): &(usize, &Row)| (instant(row), *at);
            let end = if last { of_id.max_by_key(order) } else { of_id.min_by_key(order) };
            end.map(|(at, _)| at) == Some(place)
        };
        let at = |place: usize, version: usize| self.0[place].version == VERSIONS[version];
        let fits = |place: &usize| match filter {
            Filter::Last => end(*place, true),
            Filter::First => end(*place, false),
            Filter::All | Filter::Unsaid => true,
            Filter::At(version) => at(*place, version),
            Filter::FirstAndAt(version) => end(*place, false) || at(*place, version),
        };
        (0..self.0.len()).filter(fits).collect()
    }

    fn delete(&mut self, object: usize, filter: Filter) -> bool {
        let found = self.found(filter);
        let before = self.0.len();
        let mut place = 0;
        self.0.retain(|row| {
            place += 1;
            row.id != id_of(object) || !found.contains(&(place - 1))
        });
        self.0.len() < before
    }
}

fn filter() -> impl Strategy<Value = Filter> {
    let version = 0..VERSIONS.len();
    prop_oneof![
        2 => Just(Filter::Unsaid),
        1 => Just(Filter::First),
        1 => Just(Filter::Last),
        2 => Just(Filter::All),
        1 => version.clone().prop_map(Filter::At),
        1 => version.prop_map(Filter::FirstAndAt),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let sent = (0..4_usize, 0..VERSIONS.len(), 0..2_u8);
    prop_oneof![
        3 => prop::collection::vec(sent, 0..9).prop_map(Step::Post),
        1 => (0..4_usize, filter()).prop_map(|(object, filter)| Step::Delete(object, filter)),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    let kinds = prop::option::of(prop::sample::select(vec!["note", "ipv4-addr", "identity"]));
    let ids = prop::collection::vec(0..4_usize, 0..3);
    (ids, kinds, filter(), 1..6_usize, prop::option::of(0..9_usize))
        .prop_map(|(ids, kind, filter, limit, after)| Question { ids, kind, filter, limit, after })
}

fn version_text(filter: Filter) -> Option<String> {
    Some(match filter {
        Filter::Unsaid => return None,
        Filter::First => "first".to_owned(),
        Filter::Last => "last".to_owned(),
        Filter::All => "all".to_owned(),
        // Digits do not matter.
        Filter::At(version) => VERSIONS[version].replace('Z', "000Z"),
        Filter::FirstAndAt(version) => format!("first,{}", VERSIONS[version]),
    })
}

async fn agree(client: &Client, collection: &str, model: &Model, question: &Question) {
    let manifest = format!("/taxii2/node/collections/{collection}/manifest/?match[version]=all");
    let listed = client.get(&manifest).await.json();
    let listed = listed["objects"].as_array().cloned().unwrap_or_default();
    let shown = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let ids: Vec<String> = listed.iter().map(|line| shown(line, "id")).collect();
    assert_eq!(ids, model.0.iter().map(|row| row.id).collect::<Vec<_>>());
    let dates: Vec<String> = listed.iter().map(|line| shown(line, "date_added")).collect();
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
    let filter = match question.filter {
        Filter::Unsaid => Filter::Last,
        filter => filter,
    };
    let wanted = |place: &usize| {
        let row = &model.0[*place];
        (question.ids.is_empty() || question.ids.iter().any(|id| id_of(*id) == row.id))
            && question.kind.is_none_or(|kind| row.id.starts_with(kind))
            && question.after.is_none_or(|after| after >= dates.len() || *place > after)
    };
    let found = model.found(filter).into_iter().filter(wanted);
    let expected: Vec<Value> =
        found.map(|place| serde_json::from_str(&model.0[place].raw).unwrap()).collect();
    let mut asked = vec![format!("limit={}", question.limit)];
    if !question.ids.is_empty() {
        let ids: Vec<&str> = question.ids.iter().map(|id| id_of(*id)).collect();
        asked.push(format!("match[id]={}", ids.join(",")));
    }
    asked.extend(question.kind.map(|kind| format!("match[type]={kind}")));
    asked.extend(version_text(question.filter).map(|text| format!("match[version]={text}")));
    let after = question.after.and_then(|after| dates.get(after));
    asked.extend(after.map(|date| format!("added_after={date}")));
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let path = objects_of(collection, &format!("?{}{next}", asked.join("&")));
        let page = client.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let json = page.json();
        let objects = json["objects"].as_array().cloned().unwrap_or_default();
        assert!(objects.len() <= question.limit);
        seen.extend(objects);
        match json["next"].as_str() {
            Some(text) => next = format!("&next={text}"),
            None => break,
        }
    }
    assert_eq!(seen, expected, "{question:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_collection_agrees_with_an_obvious_list(
        steps in prop::collection::vec((step(), prop::collection::vec(question(), 3)), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let site = Site::new("UNE", "EC").await;
            let id = tools::collection(&site, "c").await;
            let client = tools::tool(&site, "tool").await;
            tools::grant(&site, &id, "tool", true, true).await;
            let mut model = Model::default();
            for (step, questions) in steps {
                match step {
                    Step::Post(sent) => {
                        let raw: Vec<String> = sent.iter().map(|one| raw_of(*one)).collect();
                        let status = client.post(&id, &raw).await.json();
                        let counts = ["success_count", "failure_count"].map(|n| status[n].as_u64());
                        let (kept, refused) = model.post(&sent);
                        assert_eq!(counts, [Some(kept), Some(refused)], "{sent:?}");
                    }
                    Step::Delete(object, filter) => {
                        let asked = version_text(filter).map(|t| format!("?match[version]={t}"));
                        let rest = format!("{}/{}", id_of(object), asked.unwrap_or_default());
                        let answer = client.send("DELETE", &objects_of(&id, &rest), "").await;
                        let expected = if model.delete(object, filter) { 200 } else { 404 };
                        assert_eq!(answer.status, expected, "{filter:?}");
                    }
                }
                for question in &questions {
                    agree(&client, &id, &model, question).await;
                }
            }
            assert_eq!(site.node.fsck(&enlace_node::Actor::console()).await.unwrap(), []);
        });
    }
}
