//! A mix of questions as people ask them, one after the other in turns.

use std::error::Error;
use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use enlace_store::postgres::PostgresStore;
use enlace_store::sqlite::SqliteStore;
use enlace_store::{OWN, ObjectQuery, SearchQuery, Store, StoreError, Veil};

/// How often each question is asked, each time about something else where it can be.
const TURNS: usize = 40;
/// Objects among which those that are asked about are chosen.
const SAMPLE: usize = 500;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'a>>;
type Ask = for<'a> fn(&'a dyn Store, &'a Sample, usize) -> Answer<'a>;

/// What is asked about.
struct Sample {
    /// Ids of objects all over the store.
    ids: Vec<String>,
    /// Row numbers of these.
    rows: Vec<i64>,
    /// Words of their texts: the first ones are frequent, see `bench/store/made.py`.
    words: Vec<String>,
}

/// The mix, as published in `bench/README.md`. "bababa" is the word that most texts have.
const MIX: &[(&str, Ask)] = &[
    ("search, the most common word", |s, _, _| search(s, "bababa".to_owned(), &[])),
    ("search, the most common word, one type", |s, _, _| {
        search(s, "bababa".to_owned(), &["report"])
    }),
    ("search, a prefix of three letters", |s, m, n| search(s, format!("{:.3}*", m.word(n)), &[])),
    ("search, a common word and a rarer one", |s, m, n| {
        search(s, format!("bababa {}", m.word(n)), &[])
    }),
    ("search, a name with its number", |s, m, n| search(s, format!("Persona {}", m.row(n)), &[])),
    ("search, three words", |s, m, n| {
        search(s, format!("{} {} {}", m.word(n), m.word(n + 7), m.word(n + 13)), &[])
    }),
    ("an object by its id", |s, m, n| {
        Box::pin(async move { s.object(m.id(n), None).await.map(drop) })
    }),
    ("all versions of an object", |s, m, n| {
        Box::pin(async move { s.versions(m.id(n)).await.map(drop) })
    }),
    ("what refers to an object", |s, m, n| {
        Box::pin(async move { s.referring(m.id(n), &Veil::default(), 100).await.map(drop) })
    }),
    ("relationships of an object", |s, m, n| {
        Box::pin(async move { s.relations_from(OWN, m.id(n), 100).await.map(drop) })
    }),
    ("a page of a list by type", |s, m, n| {
        let (kinds, after) = (vec!["report".to_owned()], Some(m.row(n)));
        let query = ObjectQuery { kinds, after, limit: 50, ..ObjectQuery::default() };
        Box::pin(async move { s.objects(query).await.map(drop) })
    }),
];

fn search<'a>(store: &'a dyn Store, text: String, kinds: &[&str]) -> Answer<'a> {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let query = SearchQuery { text, kinds, limit: 50, ..SearchQuery::default() };
    Box::pin(async move { store.search(query).await.map(drop) })
}

impl Sample {
    async fn of(store: &dyn Store) -> Result<Self, Box<dyn Error>> {
        let last = ObjectQuery { limit: 1, ..ObjectQuery::default() };
        let all = i64::try_from(store.stats().await?.objects)?;
        let first = store.objects(last).await?.first().map_or(0, |object| object.row);
        let (mut ids, mut rows, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..SAMPLE {
            // Prime steps: all types, all over.
            let after = Some(first + (i64::try_from(n)? * 7_919 * (all / 10_000).max(1)) % all);
            let query = ObjectQuery { after, limit: 1, ..ObjectQuery::default() };
            let Some(found) = store.objects(query).await?.pop() else { continue };
            let body: serde_json::Value = serde_json::from_str(&found.raw)?;
            let text = body.get("description").and_then(|d| d.as_str()).unwrap_or_default();
            words.extend(text.split(' ').nth(n % 5).map(str::to_owned));
            ids.push(found.id);
            rows.push(found.row);
        }
        Ok(Self { ids, rows, words })
    }

    fn id(&self, n: usize) -> &str {
        self.ids.get(n % self.ids.len()).map_or("", String::as_str)
    }

    fn row(&self, n: usize) -> i64 {
        self.rows.get(n % self.rows.len()).copied().unwrap_or_default()
    }

    fn word(&self, n: usize) -> &str {
        self.words.get(n % self.words.len()).map_or("", String::as_str)
    }
}

pub(crate) fn run(place: &str) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let store: Arc<dyn Store> = if place.contains("://") {
            let blobs = tempfile::tempdir()?;
            Arc::new(PostgresStore::open(place, blobs.path()).await?)
        } else {
            Arc::new(SqliteStore::open_read_only(Path::new(place))?)
        };
        ask(&*store).await
    })
}

async fn ask(store: &dyn Store) -> Result<(), Box<dyn Error>> {
    let sample = Sample::of(store).await?;
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(TURNS); MIX.len()];
    for turn in 0..TURNS {
        for ((_, question), times) in MIX.iter().zip(&mut times) {
            let started = Instant::now();
            question(store, &sample, turn * 11).await?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    let together: Vec<f64> = times.iter().flatten().copied().collect();
    let all = MIX.iter().map(|(name, _)| *name).zip(times);
    for (name, times) in all.chain([("all together", together)]) {
        let (p50, p95) = (quantile(&times, 0.5), quantile(&times, 0.95));
        let line = serde_json::json!({"question": name, "p50_ms": p50, "p95_ms": p95});
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}

fn quantile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
