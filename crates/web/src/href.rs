//! The addresses of the pages: route patterns for the router, and links made from values.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Sign in: form and its answer.
pub const LOGIN: &str = "/login";
/// One-time link: a page with a button (GET), which signs in (POST).
pub const LOGIN_LINK: &str = "/login/{token}";
/// Sign out (POST).
pub const LOGOUT: &str = "/logout";
/// What waits for whoever is signed in.
pub const HOME: &str = "/";
/// POST: alerts of requests are marked read (`id`: of this request alone).
pub const ALERTS_READ: &str = "/alerts/read";
/// Search: `?q=&type=&page=`.
pub const SEARCH: &str = "/search";
/// One object: `?from=` channel, `?version=` its `modified`.
pub const OBJECT: &str = "/object/{id}";
/// Hit or no hit: `?id=` of an object. POST: the question (`id` or `kind` and `value`, `partner`,
/// `purpose`, `case`).
pub const ASK: &str = "/ask";
/// The flattened copy of a document, to look at before it leaves.
pub const OBJECT_COPY: &str = "/object/{id}/copy";
/// Recall of one object (POST `id`; `release`: from its partner alone; `earlier`: `yes` for the
/// earlier versions alone).
pub const RECALL: &str = "/recall";
/// Releases by stage: `?stage=`. POST: a new draft (`id`…, `agreement`, `purpose`).
pub const RELEASES: &str = "/releases";
/// Dry run that is not kept: `?id=…&agreement=&purpose=`.
pub const RELEASE_NEW: &str = "/releases/new";
/// One release: the same view side by side, with its stage.
pub const RELEASE: &str = "/releases/{id}";
/// What is done with a release (POST): `approve`, `send`, `send-slot`.
pub const RELEASE_ACT: &str = "/releases/{id}/{act}";
/// POST: a release as an encrypted file (`for`: `person` for the one person it is for).
pub const RELEASE_FILE: &str = "/releases/{id}/file";
/// Changes that partners would see. POST: let out what waits for its slot.
pub const UPDATES: &str = "/releases/updates";
/// What partners sent.
pub const INCOMING: &str = "/incoming";
/// One delivery.
pub const DELIVERY: &str = "/incoming/{id}";
/// What is done with a delivery (POST): `accept`, `reject`.
pub const DELIVERY_ACT: &str = "/incoming/{id}/{act}";
/// Partners. POST: pin a card (`card`).
pub const PARTNERS: &str = "/partners";
/// One partner, by its key id.
pub const PARTNER: &str = "/partners/{id}";
/// What is done with a partner (POST): `vet`, `sync`, `token`, `token-end`, `revoke`,
/// `person-add`, `person-remove`.
pub const PARTNER_ACT: &str = "/partners/{id}/{act}";
/// Our own card, to be given to partners.
pub const CARD: &str = "/partners/card";
/// POST: a file that a partner's node wrote for this one.
pub const PARTNER_INBOX: &str = "/partners/inbox";
/// POST: all that a partner has not got, as an encrypted file.
pub const PARTNER_OUTBOX: &str = "/partners/{id}/outbox";
/// POST: the papers that wait for a partner, in clear.
pub const PARTNER_PAPERS: &str = "/partners/{id}/papers";
/// Our own keys.
pub const KEYS: &str = "/keys";
/// Accounts of our own people and tools.
pub const ACCOUNTS: &str = "/accounts";
/// POST: `create`, `link`, `token`.
pub const ACCOUNT_ACT: &str = "/accounts/{act}";
/// Plain collections of our own tools.
pub const COLLECTIONS: &str = "/collections";
/// POST: `create`, `grant`.
pub const COLLECTION_ACT: &str = "/collections/{act}";
/// Servers that are asked or given to on a schedule.
pub const FEEDS: &str = "/feeds";
/// POST: `add`, `run`, `pause`, `resume`, `remove`.
pub const FEED_ACT: &str = "/feeds/{act}";
/// What is owed, under agreements and after meetings: `?overdue=yes`.
pub const COMMITMENTS: &str = "/commitments";
/// POST: `add`, `set`.
pub const COMMITMENT_ACT: &str = "/commitments/{act}";
/// Own holds.
pub const HOLDS: &str = "/holds";
/// POST: `place`, `lift`.
pub const HOLD_ACT: &str = "/holds/{act}";
/// Agreements: `?within= days until the end.
pub const AGREEMENTS: &str = "/agreements";
/// A draft: `?model=&with=…&title=&basis=`. POST: `check`, `replay`, `sign` it.
pub const AGREEMENT_NEW: &str = "/agreements/new";
/// A later version of an agreement: `?released=`. POST: `check`, `replay`, `sign` it.
pub const AGREEMENT_AMEND: &str = "/agreements/{id}/amend";
/// POST: papers of a partner from a file, in clear.
pub const AGREEMENT_IMPORT: &str = "/agreements/import";
/// One agreement.
pub const AGREEMENT: &str = "/agreements/{id}";
/// What is done with an agreement (POST): `sign`, `suspend`, `suspend-silently`, `resume`,
/// `terminate`, `commit`, `met`.
pub const AGREEMENT_ACT: &str = "/agreements/{id}/{act}";
/// Oversight: `?q=&page=`.
pub const OVERSIGHT: &str = "/oversight";
/// One release as the log has it, with its proof.
pub const OVERSIGHT_RELEASE: &str = "/oversight/releases/{id}";

/// Warnings of danger to life, ours and partners'.
pub const DANGER: &str = "/danger";
/// POST: `check`, `release`, `review`, `recall`, `seen`.
pub const DANGER_ACT: &str = "/danger/{act}";
/// The compartments of the account. POST: a new one (`name`, `kind`, `why`).
pub const COMPARTMENTS: &str = "/compartments";
/// What was asked of us and by us about consent.
pub const CONSENTS: &str = "/consents";
/// POST: `ask`, `grant`, `give` (unasked), `refuse`, `withdraw`.
pub const CONSENT_ACT: &str = "/consents/{act}";
/// Joint cases. POST: a new one (`agreement`, `purpose`, `number`, `title`).
pub const CASES: &str = "/cases";
/// One case.
pub const CASE: &str = "/cases/{id}";
/// What is done in a case (POST): `accept`, `decline`, `withdraw`, `member`, `leave`, `task`,
/// `progress`, `say`, `share`, `exhibit`, `file`, `unfile`, `close`.
pub const CASE_ACT: &str = "/cases/{id}/{act}";
/// Requests in and out. POST: a new one.
pub const REQUESTS: &str = "/requests";
/// Templates of requests (POST): `set`, `remove`.
pub const REQUEST_TEMPLATE: &str = "/request-templates/{act}";
/// One request with its thread.
pub const REQUEST: &str = "/requests/{id}";
/// What is done with a request (POST): `approve`, `send`, `discard`, or a step of its thread.
pub const REQUEST_ACT: &str = "/requests/{id}/{act}";
/// One compartment with its members and objects.
pub const COMPARTMENT: &str = "/compartments/{id}";
/// What is done with a compartment (POST): `add`, `remove`, `member`, `out`, `lead`.
pub const COMPARTMENT_ACT: &str = "/compartments/{id}/{act}";
/// What a source handler was told, and his holds.
pub const SOURCES: &str = "/sources";
/// What is done with the register (POST): `open`, `init`, `add`, `link`, `unlink`, `status`,
/// `handler`, `hold`, `lift`.
pub const SOURCE_ACT: &str = "/sources/{act}";
/// Protected persons and what is proposed.
pub const PROTECTED: &str = "/protected";
/// POST: `set`, `decide`.
pub const PROTECTED_ACT: &str = "/protected/{act}";
/// What partners are to erase, and what they stated.
pub const RECALLS: &str = "/recalls";
/// Legal holds.
pub const LEGAL_HOLDS: &str = "/legal-holds";
/// What is done with a legal hold (POST): `place`, `lift`.
pub const LEGAL_HOLD_ACT: &str = "/legal-holds/{act}";
/// What is kept for a legal hold alone.
pub const RESTRICTED: &str = "/restricted/{id}";
/// What is overdue for review.
pub const REVIEWS: &str = "/reviews";
/// POST: `keep`, `erase`.
pub const REVIEW_ACT: &str = "/reviews/{act}";
/// Files being read and other work that takes long. POST: a file (`marking`, `source`,
/// `compartment`, `file`).
pub const JOBS: &str = "/jobs";
/// One job.
pub const JOB: &str = "/jobs/{id}";
/// What is done with a job (POST): `cancel`.
pub const JOB_ACT: &str = "/jobs/{id}/{act}";
/// Own notes beside an object (POST): `add`, `remove`.
pub const NOTE_ACT: &str = "/notes/{act}";

/// Everything but the unreserved characters of RFC 3986 §2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn with(pattern: &str, name: &str, value: &str) -> String {
    pattern.replace(&format!("{{{name}}}"), &escaped(value))
}

/// A path with the parameters that have a value.
pub fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut mark = if path.contains('?') { '&' } else { '?' };
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(mark);
        text.push_str(&escaped(name));
        text.push('=');
        text.push_str(&escaped(value));
        mark = '&';
    }
    text
}

/// The page of an object.
pub fn object(id: &str) -> String {
    with(OBJECT, "id", id)
}

/// Where the flattened copy of a document is.
pub fn object_copy(id: &str) -> String {
    with(OBJECT_COPY, "id", id)
}

/// The page of one version of an object, as one channel gave it.
pub fn object_version(id: &str, channel: &str, version: &str) -> String {
    query(&object(id), &[("from", channel), ("version", version)])
}

/// The question whether partners hold an object.
pub fn ask(id: &str) -> String {
    query(ASK, &[("id", id)])
}

/// The dry run of releasing one object with all it refers to.
pub fn release_new(id: &str) -> String {
    query(RELEASE_NEW, &[("id", id)])
}

/// The page of a release.
pub fn release(id: &str) -> String {
    with(RELEASE, "id", id)
}

/// Where a form about a release goes.
pub fn release_act(id: &str, act: &str) -> String {
    with(&with(RELEASE_ACT, "id", id), "act", act)
}

/// Where the file of a release comes from.
pub fn release_file(id: &str) -> String {
    with(RELEASE_FILE, "id", id)
}

/// The page of a delivery.
pub fn delivery(id: &str) -> String {
    with(DELIVERY, "id", id)
}

/// Where a form about a delivery goes.
pub fn delivery_act(id: &str, act: &str) -> String {
    with(&with(DELIVERY_ACT, "id", id), "act", act)
}

/// The page of a job.
pub fn job(id: &str) -> String {
    with(JOB, "id", id)
}

/// Where a form about a job goes.
pub fn job_act(id: &str, act: &str) -> String {
    with(&with(JOB_ACT, "id", id), "act", act)
}

/// The page of a partner.
pub fn partner(key_id: &str) -> String {
    with(PARTNER, "id", key_id)
}

/// Where a form about a partner goes.
pub fn partner_act(key_id: &str, act: &str) -> String {
    with(&with(PARTNER_ACT, "id", key_id), "act", act)
}

/// Where the file with all that a partner has not got comes from.
pub fn partner_outbox(key_id: &str) -> String {
    with(PARTNER_OUTBOX, "id", key_id)
}

/// Where the papers that wait for a partner come from.
pub fn partner_papers(key_id: &str) -> String {
    with(PARTNER_PAPERS, "id", key_id)
}

/// Where a form about an account goes.
pub fn account_act(act: &str) -> String {
    with(ACCOUNT_ACT, "act", act)
}

/// Where a form about a plain collection goes.
pub fn collection_act(act: &str) -> String {
    with(COLLECTION_ACT, "act", act)
}

/// Where a form about a feed goes.
pub fn feed_act(act: &str) -> String {
    with(FEED_ACT, "act", act)
}

/// Where a form about a commitment goes.
pub fn commitment_act(act: &str) -> String {
    with(COMMITMENT_ACT, "act", act)
}

/// Where a form about a hold goes.
pub fn hold_act(act: &str) -> String {
    with(HOLD_ACT, "act", act)
}

/// The page of an agreement.
pub fn agreement(id: &str) -> String {
    with(AGREEMENT, "id", id)
}

/// The page of an amendment to an agreement.
pub fn agreement_amend(id: &str) -> String {
    with(AGREEMENT_AMEND, "id", id)
}

/// Where a form about an agreement goes.
pub fn agreement_act(id: &str, act: &str) -> String {
    with(&with(AGREEMENT_ACT, "id", id), "act", act)
}

/// Where a form about consent goes.
pub fn consent_act(act: &str) -> String {
    with(CONSENT_ACT, "act", act)
}

/// The page of a case.
pub fn case(id: &str) -> String {
    with(CASE, "id", id)
}

/// Where a form about a case goes.
pub fn case_act(id: &str, act: &str) -> String {
    with(&with(CASE_ACT, "id", id), "act", act)
}

/// The page of a request.
pub fn request(id: &str) -> String {
    with(REQUEST, "id", id)
}

/// Where a form about a request goes.
pub fn request_act(id: &str, act: &str) -> String {
    with(&with(REQUEST_ACT, "id", id), "act", act)
}

/// Where a form about a template of requests goes.
pub fn request_template(act: &str) -> String {
    with(REQUEST_TEMPLATE, "act", act)
}

/// The page of a compartment.
pub fn compartment(id: &str) -> String {
    with(COMPARTMENT, "id", id)
}

/// Where a form about a compartment goes.
pub fn compartment_act(id: &str, act: &str) -> String {
    with(&with(COMPARTMENT_ACT, "id", id), "act", act)
}

/// Where a form about a danger to life goes.
pub fn danger_act(act: &str) -> String {
    with(DANGER_ACT, "act", act)
}

/// Where a form about the register of sources goes.
pub fn source_act(act: &str) -> String {
    with(SOURCE_ACT, "act", act)
}

/// Where a form about protected persons goes.
pub fn protected_act(act: &str) -> String {
    with(PROTECTED_ACT, "act", act)
}

/// An act on legal holds.
pub fn legal_hold_act(act: &str) -> String {
    with(LEGAL_HOLD_ACT, "act", act)
}

/// The page of what is kept for a legal hold alone.
pub fn restricted(id: &str) -> String {
    with(RESTRICTED, "id", id)
}

/// Where a form about a review goes.
pub fn review_act(act: &str) -> String {
    with(REVIEW_ACT, "act", act)
}

/// Where a form about an own note goes.
pub fn note_act(act: &str) -> String {
    with(NOTE_ACT, "act", act)
}

/// A release as the log has it.
pub fn oversight_release(id: &str) -> String {
    with(OVERSIGHT_RELEASE, "id", id)
}

/// Where the button of a one-time link goes.
pub fn login_link(token: &str) -> String {
    with(LOGIN_LINK, "token", token)
}

/// The same page in another language: `lang` set in the query, everything else as it was except
/// `said` ([`crate::layout::Said`]), which is shown once.
///
/// ```
/// use enlace_web::{href, text::Lang};
/// assert_eq!(href::in_language("/search?q=x&lang=en", Lang::Es), "/search?q=x&lang=es");
/// ```
pub fn in_language(path_and_query: &str, lang: crate::text::Lang) -> String {
    let (path, old) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let mut text = format!("{path}?");
    let dropped = |pair: &str| pair.starts_with("lang=") || pair.starts_with("said=");
    for pair in old.split('&').filter(|pair| !pair.is_empty() && !dropped(pair)) {
        text.push_str(pair);
        text.push('&');
    }
    text.push_str("lang=");
    text.push_str(lang.code());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_links_are_escaped() {
        assert_eq!(object("a/b?c"), "/object/a%2Fb%3Fc");
        assert_eq!(
            query(SEARCH, &[("q", "Ñato & co"), ("type", "")]),
            "/search?q=%C3%91ato%20%26%20co"
        );
        assert_eq!(release_act("r1", "approve"), "/releases/r1/approve");
    }

    #[test]
    fn the_language_link_keeps_the_page() {
        use crate::text::Lang;
        assert_eq!(in_language("/login", Lang::En), "/login?lang=en");
        assert_eq!(
            in_language("/search?lang=es&said=sent&q=a%20b", Lang::En),
            "/search?q=a%20b&lang=en"
        );
    }
}
