//! A made set of ten thousand objects that hang together: reports that list thousands of objects,
//! relationships, chains, tear-lines that name people; a part of it stays and takes others along.

use std::error::Error;

use enlace_policy::kinds::own_definition;
use enlace_release::Candidate;
use enlace_stix::{Object, marking::Tlp, types};
use serde_json::{Value, json};

/// SplitMix64: the same set every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

fn id(kind: &str, number: usize) -> String {
    format!("{kind}--{number:08x}-0000-4000-8000-000000000000")
}

/// Name of the person of this number, as unlike others as names are.
fn name(number: usize) -> String {
    const FIRST: [&str; 8] =
        ["Ana", "Braulio", "Carmen", "Darío", "Elena", "Fausto", "Gladys", "Hernán"];
    const LAST: [&str; 6] = ["Quimbal", "Orrelas", "Tumbarco", "Pincayo", "Zamarra", "Chiribal"];
    let first = FIRST.get(number % 8).copied().unwrap_or_default();
    let last = LAST.get(number / 8 % 6).copied().unwrap_or_default();
    format!("{first} {last}{:x} del Sur{:x}", number / 7, number)
}

fn made(kind: &str, number: usize, properties: Value) -> Result<Candidate, Box<dyn Error>> {
    let mut object = json!({
        "type": kind, "spec_version": "2.1", "id": id(kind, number),
        "created": "2026-05-01T10:00:00.000Z", "modified": "2026-05-02T10:00:00.000Z",
        "description": format!("Invented text {number}, as long as what analysts write down. ")
            .repeat(4),
        "object_marking_refs": [Tlp::Amber.marking_id()],
    });
    let members = object.as_object_mut().ok_or("no dictionary")?;
    if let Some((definition, form)) = own_definition(kind) {
        members.insert("extensions".into(), json!({ definition: { "extension_type": form } }));
    }
    if let Value::Object(more) = properties {
        members.extend(more);
    }
    Ok(Candidate::new(Object::parse(&object.to_string())?, true))
}

/// A set of `count` objects.
pub fn set(count: usize) -> Result<Vec<Candidate>, Box<dyn Error>> {
    let mut dice = Dice(7);
    let (persons, firearms, places) = (count * 3 / 10, count * 15 / 100, count / 10);
    let (notes, reports) = (count / 10, 5);
    let mut all = Vec::with_capacity(count);
    for n in 0..persons {
        // One in five is a victim and stays.
        let category = if dice.below(5) == 0 { "victim" } else { "suspect" };
        all.push(made("identity", n, person(n, category))?);
    }
    for n in 0..places {
        let red = if dice.below(10) == 0 { Tlp::Red } else { Tlp::Green };
        let place = json!({ "name": format!("Bodega {n:x}"), "country": "EC", "city": "Guayaquil",
            "object_marking_refs": [red.marking_id()] });
        all.push(made("location", n, place)?);
    }
    for n in 0..firearms {
        let place = id("location", dice.below(places));
        let firearm = json!({ "serial": format!("KX{n:06}"), "serial_status": "readable",
            "manufacturer": "Taurus", "model": "G3C", "recovered_on": "2026-04-30",
            "recovered_place_ref": place });
        all.push(made("firearm", n, firearm)?);
    }
    for n in 0..notes {
        // Chains that fall from their far end: each note is about the next one, the last of every
        // hundred about a person.
        let about = match n % 100 {
            99 => id("identity", dice.below(persons)),
            _ => id("note", n + 1),
        };
        all.push(made("note", n, told(&format!("Nota {n}"), dice.below(persons), &[about]))?);
    }
    for n in 0..count.saturating_sub(all.len() + reports) {
        let ends = [id("identity", dice.below(persons)), id("firearm", dice.below(firearms))];
        let relation = json!({ "relationship_type": "related-to", "source_ref": ends.first(),
            "target_ref": ends.last() });
        all.push(made("relationship", n, relation)?);
    }
    let listed: Vec<String> = all.iter().map(|c: &Candidate| c.object.id().to_string()).collect();
    for n in 0..reports {
        let refs: Vec<String> = listed.iter().skip(n).step_by(reports).cloned().collect();
        all.push(made("report", n, told(&format!("Informe {n}"), dice.below(persons), &refs))?);
    }
    Ok(all)
}

fn person(number: usize, category: &str) -> Value {
    json!({
        "name": name(number), "identity_class": "individual",
        "extensions": { types::definition_id("person"): {
            "extension_type": "property-extension",
            "names": [{ "full": name(number), "kind": "primary" }],
            "birth_date": "1984-05-17", "birth_place": "Durán, Guayas, EC",
            "nationalities": ["EC"],
            "identity_documents": [{ "kind": "passport", "number": format!("P{number:07}") }],
            "subject_categories": [{ "category": category, "case": format!("2026-{number}") }],
        } },
    })
}

/// A note or report that refers to `refs`, with a tear-line that names a person.
fn told(title: &str, named: usize, refs: &[String]) -> Value {
    json!({
        "name": title, "content": title, "published": "2026-05-01T10:00:00Z", "object_refs": refs,
        "report_types": ["x-arms"],
        "extensions": { types::definition_id("tear-line"): {
            "extension_type": "property-extension", "title": title,
            "text": format!("{} moves pistols through the port of Posorja and pays {} boxes.",
                name(named), named),
        } },
    })
}
