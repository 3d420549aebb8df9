//! RFC 9497, appendix A.1.2: ristretto255-SHA512, VOPRF mode, single and batch.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use curve25519_dalek::scalar::Scalar;

use crate::key::Key;
use crate::query::{Class, Query};
use crate::suite::elements;
use crate::value::Value;

const APPENDIX: &str = include_str!("../tests/vectors/rfc9497-a.1.2.txt");

/// The one reading of `Name = hex`, continued on the lines that follow.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(" = ") {
            Some((name, value)) => all.push((name.to_owned(), value.to_owned())),
            None if line.starts_with("A.1.2") => {}
            None => all.last_mut().unwrap().1.push_str(line),
        }
    }
    all
}

fn list(fields: &[(String, String)], name: &str) -> Vec<Vec<u8>> {
    let found = fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    found.unwrap().split(',').map(|one| hex::decode(one.trim()).unwrap()).collect()
}

fn scalar(bytes: &[u8]) -> Scalar {
    Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap()
}

#[test]
fn the_vectors_of_rfc_9497_pass_single_and_batch() {
    let mut sections = APPENDIX.split("Test Vector ");
    let head = fields(sections.next().unwrap().trim_end_matches("A.1.2.1.").trim());
    let seed: [u8; 32] = list(&head, "Seed")[0].clone().try_into().unwrap();
    let key = Key::derive_pair(&seed, &list(&head, "KeyInfo")[0]).unwrap();
    assert_eq!(hex::encode(key.public().to_bytes()), hex::encode(&list(&head, "pkSm")[0]));
    let mut sizes = Vec::new();
    for section in sections {
        let (_, body) = section.split_once('\n').unwrap();
        let vector = fields(body);
        let inputs = list(&vector, "Input").into_iter().map(Value::of_bytes).collect::<Vec<_>>();
        let blinds = list(&vector, "Blind").iter().map(|b| scalar(b)).collect();
        sizes.push(inputs.len());
        let mut query = Query::with(Class::One, inputs, blinds);
        query.encode();
        assert_eq!(query.bytes(), list(&vector, "BlindedElement").concat());
        let random = scalar(&list(&vector, "ProofRandomScalar")[0]);
        let answer = key.evaluate(&query.bytes(), &random).unwrap();
        let (body, proof) = answer.split_last_chunk::<64>().unwrap();
        assert_eq!(body, list(&vector, "EvaluationElement").concat());
        assert_eq!(hex::encode(proof), hex::encode(&list(&vector, "Proof")[0]));
        let (_, evaluated) = elements(body).unwrap();
        query.check(&key.public(), body, proof).unwrap();
        assert_eq!(query.unblind(&evaluated).concat(), list(&vector, "Output").concat());
        // The own set goes the short way, without blinding, to the same outputs.
        assert_eq!(
            key.outputs(&query.values().iter().collect::<Vec<_>>()).concat(),
            list(&vector, "Output").concat()
        );
    }
    assert_eq!(sizes, [1, 1, 2]);
}
