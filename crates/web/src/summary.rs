//! An agreement in a page of sentences, in the words of a language.

use enlace_node::{Sentence, SummaryArg};

use crate::text::{Arg, Lang, Texts};

/// The sentence in words, with the number of its clause in front: `5.2 The recipient keeps …`.
///
/// Names that the family of the argument has a word for are put in that word, the rest as they
/// stand in the terms.
pub fn sentence(texts: &Texts, lang: Lang, sentence: &Sentence) -> String {
    let words = words(texts, lang, sentence);
    match &sentence.clause {
        Some(clause) => format!("{clause} {words}"),
        None => words,
    }
}

/// The sentence without the number of its clause.
pub(crate) fn words(texts: &Texts, lang: Lang, sentence: &Sentence) -> String {
    /// An argument in words, or a count.
    enum Value {
        Text(String),
        Count(u32),
    }
    let values: Vec<(&str, Value)> = sentence
        .args
        .iter()
        .map(|(name, arg)| {
            let value = match arg {
                SummaryArg::Text(text) => Value::Text(text.clone()),
                SummaryArg::Count(count) => Value::Count(*count),
                SummaryArg::Words { family, names } => {
                    let named: Vec<String> =
                        names.iter().map(|name| word(texts, lang, family, name)).collect();
                    // Names with commas of their own are told apart all the same.
                    let comma = named.iter().any(|name| name.contains(", "));
                    Value::Text(named.join(if comma { "; " } else { ", " }))
                }
                SummaryArg::Sentences(inner) => {
                    let inner: Vec<String> =
                        inner.iter().map(|inner| words(texts, lang, inner)).collect();
                    Value::Text(inner.join(joint(sentence.code)))
                }
            };
            (*name, value)
        })
        .collect();
    let args: Vec<(&str, Arg<'_>)> = values
        .iter()
        .map(|(name, value)| match value {
            Value::Text(text) => (*name, Arg::Text(text)),
            Value::Count(count) => (*name, Arg::Count(u64::from(*count))),
        })
        .collect();
    texts.word(lang, "summary", sentence.code, &args)
}

/// What stands between sentences inside a sentence: conditions all hold, properties are a list.
fn joint(code: &str) -> &'static str {
    if code == "fields-reduced" { ", " } else { "; " }
}

fn word(texts: &Texts, lang: Lang, family: &str, name: &str) -> String {
    match family {
        "type" | "purpose" | "category" | "identifier" | "handling" | "mask" | "against" => {
            texts.word(lang, family, name, &[])
        }
        "property" => property(texts, lang, name),
        _ => name.to_owned(),
    }
}

/// A property in words, with what it belongs to: `person.birth_date` is *Person: Date of birth*.
pub(crate) fn property(texts: &Texts, lang: Lang, path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    if !texts.knows("property", last) {
        return path.to_owned();
    }
    let word = texts.word(lang, "property", last, &[]);
    match path.split_once('.') {
        Some((first, _)) if texts.knows("type", first) => {
            format!("{}: {word}", texts.word(lang, "type", first, &[]))
        }
        Some((first, _)) if texts.knows("property", first) => {
            format!("{}: {word}", texts.word(lang, "property", first, &[]))
        }
        Some(_) => path.to_owned(),
        None => word,
    }
}
