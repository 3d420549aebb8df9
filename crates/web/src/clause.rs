//! Why something leaves or stays, in words that a lawyer reads.

use crate::text::{Arg, Lang, Texts};

/// The sentence of a clause that decided.
pub fn sentence(texts: &Texts, lang: Lang, clause: &enlace_node::Clause) -> String {
    let args = clause.args.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    words(texts, lang, &clause.id, clause.code, args)
}

/// The sentence of `code`, with the number of the clause or the name of the rule.
pub(crate) fn words<'a>(
    texts: &Texts,
    lang: Lang,
    id: &str,
    code: &str,
    args: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let values: Vec<(&str, String)> =
        args.map(|(name, value)| (name, argument(texts, lang, name, value))).collect();
    let mut args: Vec<(&str, Arg<'_>)> = vec![("id", id.into())];
    args.extend(values.iter().map(|(name, value)| (*name, Arg::from(value))));
    texts.t(lang, code, &args)
}

/// A value as the sentence of a clause says it.
fn argument(texts: &Texts, lang: Lang, name: &str, value: &str) -> String {
    let each = |word: &dyn Fn(&str) -> String| {
        value.split(',').map(|item| word(item.trim())).collect::<Vec<_>>().join(", ")
    };
    match name {
        "type" | "category" | "purpose" | "caveat" => {
            each(&|item| texts.word(lang, name, item, &[]))
        }
        // A fixed text stands for itself.
        "mask" => texts.word(lang, "mask", value.strip_prefix("fixed:").unwrap_or(value), &[]),
        "max" | "found" => value.to_uppercase(),
        _ => value.to_owned(),
    }
}
