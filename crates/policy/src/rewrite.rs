//! An agreement as the draft that would make it again: where people start who amend it.

use crate::agreement::Draft;

/// The TOML of a draft, without the comments and the order that people gave it. [`crate::draft::parse`]
/// reads the same draft from it. `None` for terms that TOML cannot say, which no draft has.
pub fn rewrite(draft: &Draft) -> Option<String> {
    let mut head = toml::Table::new();
    let text = |text: &str| toml::Value::String(text.to_owned());
    head.insert("title".to_owned(), text(&draft.title));
    head.insert("legal_basis".to_owned(), text(&draft.legal_basis));
    if let Some(hash) = &draft.text_sha256 {
        head.insert("text_sha256".to_owned(), text(hash));
    }
    if let Some(amends) = &draft.amends {
        head.insert("amends".to_owned(), toml::Value::try_from(amends).ok()?);
    }
    let mut first = toml::Table::new();
    first.insert("agreement".to_owned(), toml::Value::Table(head));
    first.insert("party".to_owned(), toml::Value::try_from(&draft.parties).ok()?);
    let toml::Value::Table(mut terms) = toml::Value::try_from(&draft.terms).ok()? else {
        return None;
    };
    let validity = terms.get_mut("validity")?.as_table_mut()?;
    validity.insert("from".to_owned(), text(draft.valid_from.as_str()));
    validity.insert("until".to_owned(), text(draft.valid_until.as_str()));
    let first = toml::to_string(&first).ok()?;
    Some(format!("{first}\n{}", toml::to_string_pretty(&terms).ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails here has found something")]
mod tests {
    use super::*;
    use crate::draft;
    use crate::models::{self, Head};
    use crate::{Amends, Party, ToReleased};

    fn party(digit: &str, name: &str) -> Party {
        Party {
            key_id: digit.repeat(64),
            name: name.to_owned(),
            country: "EC".to_owned(),
            unit: "Guayaquil \"desk\"".to_owned(),
            identity_ref: format!(
                "identity--{0}{0}{0}{0}{0}{0}{0}{0}-1111-4111-8111-111111111111",
                digit
            ),
        }
    }

    #[test]
    fn every_model_is_read_again_from_its_rewritten_text() {
        let parties = [party("1", "One (EC)"), party("2", "Two\n# [x]")];
        for model in models::MODELS {
            let head = Head {
                title: "A = \"title\"",
                legal_basis: model.legal_basis,
                parties: &parties,
                valid_from: "2026-01-01",
                valid_until: "2027-01-01",
            };
            let written = models::write(model.terms, model.text, &head);
            let mut draft = draft::parse(&written.terms, "a.toml").unwrap();
            for amends in [None, Some(Amends { released: ToReleased::Narrow })] {
                draft.amends = amends;
                let text = rewrite(&draft).unwrap();
                assert_eq!(draft::parse(&text, "b.toml").unwrap(), draft, "{}", model.name);
            }
        }
    }
}
