use enlace_import::{Marking, import, substance};
use enlace_stix::{Id, validate};

use crate::{NOW, SEED, read, shown, source};

const SPANISH: &str = "\
Nº de serie;Marca;Modelo;Calibre;Tipo de arma;País de fabricación;Fecha;Lugar;Provincia;País;Caso;Perito
TXZ48213;Taurus;G2C;9 mm;Pistola;Brasil;04/03/2026;Guayaquil;Guayas;EC;UNE-26-0117;Núñez
LIMADO;Glock;19;9 mm;Pistola;Austria;2026-03-05;Guayaquil;Guayas;EC;UNE-26-0117;
R?84;Romarm;;7,62x39;Fusil;Rumanía;2026-03-09;Posorja;Guayas;Ecuador;UNE-26-0121;
1,23457E+11;Beretta;92;9 mm;Pistola;Italia;2026-03-09;Posorja;Guayas;Ecuador;UNE-26-0121;
;Colt;;5,56;Carabina;EE.UU.;30/02/2026;Durán;Guayas;;UNE-26-0130;
S/N;Hechiza;;12;Trabuco;;2026-03-12;Durán;Guayas;;UNE-26-0130;
TXZ48213;Taurus;G2C;9 mm;Pistola;Brasil;04/03/2026;Guayaquil;Guayas;EC;UNE-26-0117;Núñez
;;;;;;;;;;;
";

#[test]
fn a_table_becomes_firearms_places_and_located_refusals() {
    insta::assert_snapshot!(shown(&read("decomisos.csv", SPANISH.as_bytes())));
}

#[test]
fn latin_1_and_utf_8_give_the_same_weapons() {
    let latin: Vec<u8> = SPANISH.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let (a, b) = (read("a.csv", SPANISH.as_bytes()), read("a.csv", &latin));
    let substances = |o: &enlace_import::Outcome| -> Vec<_> {
        o.objects.iter().map(|i| (i.object.id().clone(), substance(&i.object))).collect()
    };
    assert_eq!(substances(&a), substances(&b));
    assert!(b.notes.iter().any(|n| n.rule == "import.encoding.assumed"));
    assert!(!a.notes.iter().any(|n| n.rule == "import.encoding.assumed"));
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let raws = || -> Vec<String> {
        let outcome = read("dir/decomisos.csv", SPANISH.as_bytes());
        outcome.objects.iter().map(|i| i.object.raw().to_owned()).collect()
    };
    assert_eq!(raws(), raws());
}

#[test]
fn a_longer_export_of_the_table_restates_what_is_held() {
    let short = "serial,make,country,place\nA1,Colt,EC,Quito\n";
    let long = "serial,make,country,place\nB2,Glock,EC,Quito\nA1,Colt,EC,Quito\n";
    let (a, b) = (read("a.csv", short.as_bytes()), read("b.csv", long.as_bytes()));
    let held = |o: &enlace_import::Outcome, serial: &str| {
        let found = o.objects.iter().find(|i| i.object.text("serial") == Some(serial)).unwrap();
        (found.object.id().clone(), substance(&found.object))
    };
    assert_eq!(held(&a, "A1"), held(&b, "A1"));
    assert_ne!(held(&a, "A1"), held(&b, "B2"));
    assert_eq!(a.objects[0].object.id(), b.objects[0].object.id(), "the place");
}

#[test]
fn ids_depend_on_the_secret_of_the_node() {
    let csv = b"serial,make\nA1,Colt\n";
    let mut other = source("a.csv", csv);
    let seed = [8; 32];
    other.seed = &seed;
    let ids = (read("a.csv", csv), import(&other).unwrap());
    assert_ne!(ids.0.objects[0].object.id(), ids.1.objects[0].object.id());
    assert_eq!(SEED.len(), 32);
}

#[test]
fn rows_that_differ_in_an_unread_cell_are_two_weapons() {
    let outcome = read("a.csv", b"serial,make,bag\nA1,Colt,7\nA1,Colt,8\n");
    assert_eq!((outcome.objects.len(), outcome.repeated.len()), (2, 0));
}

#[test]
fn marking_and_author_are_put_on_everything_made() {
    let author: Id = "identity--c1b7b2a4-6d1e-4f0a-9a53-0e6f5a2d7b11".parse().unwrap();
    let marking = Marking::parse("amber+strict").unwrap();
    let mut source = source("a.csv", b"serial,make,country\nA1,Colt,EC\n");
    (source.marking, source.created_by) = (Some(marking.clone()), Some(author.as_str()));
    let outcome = import(&source).unwrap();
    assert_eq!(outcome.objects.len(), 2);
    for held in &outcome.objects {
        let object = &held.object;
        assert_eq!(object.text("created_by_ref"), Some(author.as_str()));
        let refs: Vec<_> = object.texts("object_marking_refs").collect();
        assert_eq!(refs, [marking.id().as_str()]);
        assert_eq!(object.time("created").unwrap().micros(), NOW);
        assert_eq!(validate::object(object), []);
    }
}

#[test]
fn every_cell_stands_in_the_provenance() {
    let outcome = read("decomisos.csv", SPANISH.as_bytes());
    let definition = enlace_stix::types::definition_id("provenance");
    let body = outcome.objects[1].object.extension(&definition).unwrap();
    let first = SPANISH.lines().nth(1).unwrap();
    let cells: Vec<_> =
        body["cells"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    assert_eq!(cells.join(";"), first);
    assert_eq!(body["row"], 1);
}

#[test]
fn limits_are_kept() {
    let mut wide = source("a.csv", b"serial,make,x\nA1,Colt,3\nA2,Colt,3\n");
    wide.limits.columns = 2;
    assert_eq!(import(&wide).unwrap_err().code(), "import.table.too-many-columns");
    (wide.limits.columns, wide.limits.items) = (3, 1);
    assert_eq!(import(&wide).unwrap_err().code(), "import.file.too-many-items");
    (wide.limits.items, wide.limits.file_bytes) = (2, 5);
    assert_eq!(import(&wide).unwrap_err().code(), "import.file.too-large");
    (wide.limits.file_bytes, wide.limits.cell_bytes) = (500, 3);
    assert_eq!(import(&wide).unwrap().rejected[0].rule, "firearms.cell.long");
}
