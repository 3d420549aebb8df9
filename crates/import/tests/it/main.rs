//! What goes in and what comes out, format by format.
#![allow(clippy::unwrap_used)]

mod firearms;
mod hostile;
mod html;
mod old_stix;
mod scenario;
mod stix;

use enlace_import::{Outcome, Source, import};
use enlace_stix::validate::Finding;

/// 2026-03-31T23:33:20Z.
const NOW: i64 = 1_775_000_000_000_000;
const SEED: [u8; 32] = [7; 32];

fn source<'a>(name: &'a str, bytes: &'a [u8]) -> Source<'a> {
    Source::new(name, bytes, &SEED, NOW)
}

fn read(name: &str, bytes: &[u8]) -> Outcome {
    import(&source(name, bytes)).unwrap()
}

/// An outcome as people review it.
fn shown(outcome: &Outcome) -> String {
    let mut out = format!("{} {}\n", outcome.format.name(), outcome.sha256);
    for note in &outcome.notes {
        out += &format!(
            "note {} `{}` found `{}`: {}\n",
            note.rule, note.path, note.found, note.expected
        );
    }
    let finding =
        |f: &Finding| format!("  {} `{}` found `{}`: {}\n", f.rule, f.path, f.found, f.expected);
    for held in &outcome.objects {
        out += &format!("held {} {}\n", held.position, held.object.raw());
        held.warnings.iter().for_each(|w| out += &finding(w));
    }
    for r in &outcome.rejected {
        out += &format!("rejected {} {:?} {}\n", r.position, r.object_id, r.raw);
        out += &format!("  {} `{}` found `{}`: {}\n", r.rule, r.path, r.found, r.expected);
        r.more.iter().for_each(|f| out += &finding(f));
    }
    for r in &outcome.repeated {
        out += &format!("repeated {} {}\n", r.position, r.id);
    }
    for b in &outcome.blobs {
        out += &format!("blob {} {} {} bytes {}\n", b.name, b.media, b.bytes.len(), b.sha256);
    }
    for i in &outcome.inherited {
        out += &format!("inherited {} from {}: {:?}\n", i.member, i.container, i.markings);
    }
    out
}
