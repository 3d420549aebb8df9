//! Published examples, both kinds of signature, and everything that must be refused.

use proptest::prelude::*;

use super::*;

/// The example of golang.org/x/mod/sumdb/note, key and note.
const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NEUMANN_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const NEUMANN_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6\
    KE6RyyBwJnAM=\n";
/// The example of C2SP tlog-cosignature.
const BEHIND_THE_SOFA: &str = "example.com/behind-the-sofa\n20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q\
    1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2o\
    yin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn signing(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn verifier(name: &str, kind: KeyKind, seed: u8) -> VerifierKey {
    VerifierKey::new(name, kind, signing(seed).verifying_key()).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: "une.example/log".into(), size: 70_000, root: [9; 32] }
}

/// Signed by the log, cosigned by a partner.
fn channel_note() -> (Note, [VerifierKey; 2]) {
    let mut note = checkpoint().sign("une.example/log", &signing(1)).unwrap();
    note.cosign("ilc.example", &signing(2), 1_790_000_000).unwrap();
    let log = verifier("une.example/log", KeyKind::Note, 1);
    (note, [log, verifier("ilc.example", KeyKind::Cosignature, 2)])
}

#[test]
fn the_published_note_verifies_and_is_signed_alike() {
    let key: VerifierKey = NEUMANN.parse().unwrap();
    assert_eq!(key.to_string(), NEUMANN);
    let note = Note::parse(NEUMANN_NOTE).unwrap();
    let signed = note.verify(std::slice::from_ref(&key)).unwrap();
    assert_eq!(signed, [Signed { name: "PeterNeumann".into(), kind: KeyKind::Note, time: None }]);
    let seed = STANDARD.decode(NEUMANN_SEED).unwrap();
    let mut again = Note::new(note.text()).unwrap();
    again.sign("PeterNeumann", &SigningKey::from_bytes(seed[1..].try_into().unwrap())).unwrap();
    assert_eq!(again.to_string(), NEUMANN_NOTE);
}

#[test]
fn the_published_checkpoint_is_read_and_written_alike() {
    let note = Note::parse(BEHIND_THE_SOFA).unwrap();
    assert_eq!(note.to_string(), BEHIND_THE_SOFA);
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.text(), note.text());
    assert_eq!(note.signatures()[1].name, "witness.example.com/w1");
    assert_eq!(
        u64::from_be_bytes(note.signatures()[1].signature[..8].try_into().unwrap()),
        1_679_315_147
    );
}

#[test]
fn log_and_cosigner_are_told_apart_and_the_time_is_signed() {
    let (note, keys) = channel_note();
    let (read, signed) = Checkpoint::open(&note.to_string(), &keys).unwrap();
    assert_eq!(read, checkpoint());
    assert_eq!(signed.iter().map(|s| s.time).collect::<Vec<_>>(), [None, Some(1_790_000_000)]);
    // The same key and name for the other kind is another key.
    let swapped = [verifier("ilc.example", KeyKind::Note, 2)];
    assert_eq!(note.verify(&swapped), Err(NoteError::Unsigned));
    // The cosignature covers the header, the time and the whole text.
    let message = "cosignature/v1\ntime 1790000000\nune.example/log\n70000\n\
        CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
    assert_eq!(cosigned(&checkpoint().text(), 1_790_000_000), message);
}

#[test]
fn unknown_signers_are_passed_over_and_known_ones_must_verify() {
    let (note, [log, partner]) = channel_note();
    assert_eq!(note.verify(std::slice::from_ref(&log)).unwrap().len(), 1);
    assert_eq!(note.verify(&[]), Err(NoteError::Unsigned));
    let broken = Note { text: note.text.replace("70000", "70001"), ..note };
    let wrong = NoteError::Signature { name: "ilc.example".into() };
    assert_eq!(broken.verify(&[partner]), Err(wrong));
}

#[test]
fn signing_again_replaces_and_merging_adds() {
    let (mut note, keys) = channel_note();
    note.cosign("ilc.example", &signing(2), 1_790_000_060).unwrap();
    assert_eq!(note.signatures().len(), 2);
    let mut ours = checkpoint().sign("une.example/log", &signing(1)).unwrap();
    ours.merge(&note).unwrap();
    ours.merge(&note).unwrap();
    assert_eq!(ours, note);
    assert_eq!(ours.verify(&keys).unwrap()[1].time, Some(1_790_000_060));
    let other =
        Checkpoint { size: 1, ..checkpoint() }.sign("une.example/log", &signing(1)).unwrap();
    assert_eq!(ours.merge(&other), Err(NoteError::OtherText));
}

#[test]
fn what_is_no_note_is_refused_with_its_line() {
    let (note, _) = channel_note();
    let good = note.to_string();
    let line = |text: &str| match Note::parse(text) {
        Err(NoteError::Form { line }) => line,
        other => panic!("{other:?}: {text}"),
    };
    assert_eq!(line(good.trim_end()), 6);
    assert_eq!(line(&good.replace('\n', "\r\n")), 1);
    assert_eq!(line(&checkpoint().text()), 1);
    assert_eq!(line(&good.replace("— ilc", "- ilc")), 6);
    assert_eq!(line(&good.replace("une.example/log ", "une.example/log  ")), 5);
    assert_eq!(line(&format!("{good}{}", good.lines().last().unwrap())), 7);
    assert_eq!(line(&format!("{good}{}\n", good.lines().last().unwrap())), 7);
    assert_eq!(line(&format!("{}\n", checkpoint().text())), 5);
}

#[test]
fn what_is_no_checkpoint_is_refused_with_its_line() {
    let text = checkpoint().text();
    let line = |text: &str| match Checkpoint::parse(text) {
        Err(NoteError::Checkpoint { line, .. }) => line,
        other => panic!("{other:?}: {text}"),
    };
    assert_eq!(line(&text.replace("une.example/log", "")), 1);
    assert_eq!(line(&text.replace("70000", "070000")), 2);
    assert_eq!(line(&text.replace("70000", "+70000")), 2);
    assert_eq!(line(&text.replace("CQk=", "CQl=")), 3);
    assert_eq!(line(&format!("{text}extension\n")), 4);
    assert_eq!(line(text.trim_end()), 4);
    let two_lines = Checkpoint { origin: "a\nb".into(), ..checkpoint() };
    assert!(two_lines.sign("a", &signing(1)).is_err());
    assert!(checkpoint().sign("une example", &signing(1)).is_err());
}

#[test]
fn verifier_keys_have_one_spelling() {
    let key = verifier("une.example/log", KeyKind::Cosignature, 3).to_string();
    assert_eq!(key.parse::<VerifierKey>().unwrap().to_string(), key);
    for at in 0..key.len() {
        for flip in 1..=127 {
            let mut changed = key.clone().into_bytes();
            changed[at] ^= flip;
            let changed = String::from_utf8(changed).unwrap();
            assert!(changed.parse::<VerifierKey>().is_err(), "{changed}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "(?s).{0,80}") {
        if let Ok(note) = Note::parse(&text) {
            prop_assert_eq!(note.to_string(), text);
        }
    }

    #[test]
    fn a_flipped_byte_of_a_signed_checkpoint_is_refused(at in 0.0..1.0, flip in 1_u8..=255) {
        let (note, keys) = channel_note();
        let mut bytes = note.to_string().into_bytes();
        let at = (at * bytes.len() as f64) as usize;
        bytes[at] ^= flip;
        // Either it does not read, or a signature fails, or a signer is no longer known.
        let signed = String::from_utf8(bytes).ok().and_then(|t| Checkpoint::open(&t, &keys).ok());
        prop_assert!(signed.is_none_or(|(_, signed)| signed.len() < 2));
    }
}
