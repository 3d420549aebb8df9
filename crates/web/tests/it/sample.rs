//! Every page filled with an invented case: for snapshots, and for `examples/gallery.rs`.

use enlace_stix::Timestamp;
use enlace_stix::marking::{Handling, Tlp};
use enlace_web::href;
use enlace_web::layout::Chrome;
use enlace_web::marking::Marking;
use enlace_web::page::agreement::{
    self, AgreementAct, AgreementView, CommitmentRow, PartyRow, StatementRow, TermRow,
};
use enlace_web::page::agreement_draft::{
    self, AgreementDraftView, FaultRow, ReplayRow, ReplayView, Start,
};
use enlace_web::page::agreements::{self, AgreementRow, AgreementsView};
use enlace_web::page::document::DocumentPreview;
use enlace_web::page::dry_run::{
    self, Act, AgreementChoice, Asked, DryRunView, FieldPreview, ObjectPreview, Side, Stage,
};
use enlace_web::page::error::{self, ErrorView};
use enlace_web::page::incoming::{
    self, AsideRow, DeliveryObject, DeliveryValue, DeliveryView, IncomingRow, IncomingView, Length,
};
use enlace_web::page::keys::{self, KeysView};
use enlace_web::page::login::{self, LoginFault, LoginLinkView, LoginView};
use enlace_web::page::object::{
    self, Direction, Fact, FactValue, Holder, HolderState, LinkEnd, LinkRow, ObjectView,
    RecallAnswer, VersionRow,
};
use enlace_web::page::oversight::{
    self, ChannelLog, ChannelState, Disclosure, LogSignature, LogState, OversightView,
};
use enlace_web::page::partner::{self, Exchanged, PartnerView, PersonRow, TokenRow};
use enlace_web::page::partners::{self, PartnerRow, PartnersView, Vetting};
use enlace_web::page::release_proof::{
    self, FieldOutcome, LogEvent, ObjectOutcome, Proof, ReleaseProofView,
};
use enlace_web::page::releases::{self, Receipt, ReleaseRow, ReleasesView};
use enlace_web::page::search::{self, Hit, KindCount, SearchView};
use enlace_web::page::updates::{self, UpdateRow, UpdatesView};
use enlace_web::value::{
    Clause, ClauseOrigin, ObjectRef, Origin, PartnerName, SourceLink, Tally, Total, Verdict,
};
use maud::Markup;

/// Name of each sample page, as in its address in the gallery.
pub const PAGES: &[&str] = &[
    "login",
    "login-fault",
    "login-link",
    "search-first",
    "search",
    "search-none",
    "object",
    "object-recalled",
    "release-choose",
    "release",
    "release-approve",
    "release-asked",
    "release-scheduled",
    "release-document",
    "release-person",
    "releases",
    "updates",
    "incoming",
    "incoming-delivery",
    "partners",
    "partner",
    "partner-token",
    "own-keys",
    "agreement-draft",
    "agreement-faults",
    "agreement-replay",
    "agreements",
    "agreement",
    "agreement-unreadable",
    "oversight",
    "oversight-release",
    "error-404",
    "error-403",
    "error-500",
];

/// Renders a sample page.
pub fn render(name: &str, chrome: &Chrome<'_>) -> Option<Markup> {
    Some(match name {
        "login" => login::render(&LoginView::default(), chrome),
        "login-fault" => login::render(
            &LoginView {
                account: "m.cevallos".into(),
                fault: Some(LoginFault::Wrong),
                next: Some("/releases".into()),
            },
            chrome,
        ),
        "login-link" => login::render_link(&LoginLinkView { token: "Zk3-example".into() }, chrome),
        "search-first" => search::render(&SearchView::default(), chrome),
        "search" => search::render(&search_view(), chrome),
        "search-none" => search::render(
            &SearchView {
                query: "Petronio Xavier".into(),
                total: Some(Total::Exactly(0)),
                page: 1,
                ..SearchView::default()
            },
            chrome,
        ),
        "object" => object::render(&firearm_view(), chrome),
        "object-recalled" => object::render(&recalled_view(), chrome),
        "release-choose" => dry_run::render(&choose_view(), chrome),
        "release" => dry_run::render(&dry_run_view(), chrome),
        "release-document" => dry_run::render(&document_view(), chrome),
        "release-approve" => dry_run::render(&approve_view(), chrome),
        "release-asked" => dry_run::render(&asked_view(), chrome),
        "release-scheduled" => dry_run::render(
            &DryRunView {
                stage: Stage::Scheduled { by: "j.ordonez".into(), at: at("2026-11-20T23:37:00Z") },
                acts: vec![Act::Send],
                ..approve_view()
            },
            chrome,
        ),
        "updates" => updates::render(&updates_view(), chrome),
        "incoming" => incoming::render(&incoming_view(), chrome),
        "incoming-delivery" => incoming::render_delivery(&delivery_view(), chrome),
        "partners" => partners::render(&partners_view(), chrome),
        "partner" => partner::render(&partner_view(), chrome),
        "partner-token" => partner::render(
            &PartnerView { token: Some("enl_Zk3ExampleOnly0000".into()), ..partner_view() },
            chrome,
        ),
        "own-keys" => keys::render(&keys_view(), chrome),
        "agreement-draft" => agreement_draft::render(&draft_view(), chrome),
        "agreement-faults" => agreement_draft::render(&faults_view(), chrome),
        "agreement-replay" => agreement_draft::render(&replay_view(), chrome),
        "release-person" => dry_run::render(&person_view(), chrome),
        "releases" => releases::render(&releases_view(), chrome),
        "agreements" => agreements::render(&agreements_view(), chrome),
        "agreement" => agreement::render(&agreement_view(), chrome),
        "agreement-unreadable" => agreement::render(&unreadable_view(), chrome),
        "oversight" => oversight::render(&oversight_view(), chrome),
        "oversight-release" => release_proof::render(&proof_view(), chrome),
        "error-404" => error::render(&ErrorView::NotFound, chrome),
        "error-403" => error::render(&ErrorView::Forbidden, chrome),
        "error-500" => {
            error::render(&ErrorView::Internal { reference: "7f3a-0c12".into() }, chrome)
        }
        _ => return None,
    })
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ilc() -> PartnerName {
    PartnerName { name: "Interagency Liaison Cell (ILC)".into(), country: "US".into() }
}

fn une() -> PartnerName {
    PartnerName { name: "Unidad Nacional de Enlace (UNE)".into(), country: "EC".into() }
}

const AGREEMENT: &str = "agreement--2b9e6d4c-1f7a-4c58-9d3e-6a5b8c7f0e33";

fn agreement_row(state: &str) -> AgreementRow {
    AgreementRow {
        id: AGREEMENT.into(),
        title: "Memorandum on tracing firearms found in Guayaquil and Miami".into(),
        state: state.into(),
        parties: vec![(une().name, true), (ilc().name, state != "awaiting-signatures")],
        until: Some(at("2028-02-01T00:00:00Z")),
        days_left: matches!(state, "active" | "suspended").then_some(12),
        suspended_by: Vec::new(),
        silent: false,
        faults: Vec::new(),
    }
}

fn agreements_view() -> AgreementsView {
    let suspended =
        AgreementRow { suspended_by: vec![ilc().name], silent: true, ..agreement_row("suspended") };
    let unreadable = AgreementRow {
        until: None,
        title: String::new(),
        faults: vec!["agreement property `embargo`: found one that is not known".into()],
        ..agreement_row("unreadable")
    };
    let mut rows = vec![agreement_row("awaiting-signatures"), unreadable];
    rows.extend([agreement_row("active"), suspended, agreement_row("replaced")]);
    AgreementsView { rows, within: None, may_draft: true, may_import: true }
}

fn agreement_view() -> AgreementView {
    let party = |name: PartnerName, unit: &str, digit: &str| PartyRow {
        name,
        unit: unit.into(),
        key_id: digit.repeat(64),
        signed: true,
    };
    let term = |clause: &str, section: &str, kind: Option<&str>, key: &str, says: &str| TermRow {
        clause: clause.into(),
        section: section.into(),
        kind: kind.map(str::to_owned),
        says: vec![(key.into(), says.into())],
    };
    let owed = |what: &str, state: &str, overdue: bool| CommitmentRow {
        id: "commitment--f6d394cb-48c8-48b2-88da-7b76d6be595a".into(),
        obligation: what.into(),
        owed_by: une().name,
        owed_to: vec![ilc().name],
        due: Some("2026-06-30".into()),
        state: state.into(),
        overdue,
        may_meet: overdue,
    };
    AgreementView {
        row: AgreementRow { suspended_by: vec![ilc().name], ..agreement_row("suspended") },
        legal_basis: "Memorandum of understanding of 12 January 2026, articles 3 to 9".into(),
        from: Some(at("2026-02-01T00:00:00Z")),
        parties: vec![party(une(), "Guayaquil", "1"), party(ilc(), "Miami desk", "2")],
        statements: vec![StatementRow {
            by: ilc().name,
            said: "suspended".into(),
            made: at("2026-03-02T08:30:00.000Z"),
            effective: Some(at("2026-03-05T00:00:00Z")),
            note: Some("Until the review of 12 March".into()),
        }],
        versions: vec![agreement_row("replaced")],
        amends: Some("narrow".into()),
        effects: Some([2, 5, 31, 1]),
        sha256: "5f".repeat(32),
        text_sha256: Some("98".repeat(32)),
        sentences: vec!["3.2 Up to TLP:AMBER leaves.".into(), "3.6 Documents stay.".into()],
        terms: vec![
            term("2.1", "purposes", None, "", "Firearms tracing"),
            term("3.2", "tlp", None, "max", "AMBER"),
            term("4.2", "fields", Some("firearm"), "keep", "serial, model"),
        ],
        cedar: "permit (principal, action == Action::\"release\", resource);".into(),
        commitments: vec![owed("Answer urgent traces", "open", true), owed("Train", "met", false)],
        acts: AgreementAct::ALL.to_vec(),
        may_note: true,
        may_amend: true,
    }
}

fn unreadable_view() -> AgreementView {
    AgreementView {
        row: agreements_view().rows.swap_remove(1),
        parties: Vec::new(),
        statements: Vec::new(),
        versions: Vec::new(),
        amends: None,
        effects: None,
        text_sha256: None,
        sentences: Vec::new(),
        terms: Vec::new(),
        cedar: String::new(),
        commitments: Vec::new(),
        acts: Vec::new(),
        may_note: false,
        may_amend: false,
        ..agreement_view()
    }
}

fn amber() -> Marking {
    Marking { handling: vec![Handling::H1], ..Marking::of(Tlp::Amber) }
}

const PISTOL: &str = "firearm--5b0a3c1e-6d3b-4c55-9d27-3a8d3d6f1a01";
const REPORT: &str = "report--0d5c9a77-1c42-4f5e-8d11-2f7f0b9a4c02";
const WILMER: &str = "identity--c2b1a9d4-7e1f-4b0a-9a63-51de88f01203";
const GANG: &str = "identity--9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b04";
const CONTAINER: &str = "shipping-container--11f2e3d4-c5b6-47a8-99a0-b1c2d3e4f505";
const VICTIM: &str = "identity--77aa66bb-55cc-44dd-83ee-22ff11008806";
const ACCOUNT: &str = "bank-account--3d2c1b0a-9f8e-5d7c-8b6a-594837261507";
const RED_NOTE: &str = "note--e1d2c3b4-a596-4877-9869-5a4b3c2d1e08";

fn object(id: &str, kind: &str, label: &str, marking: Marking) -> ObjectRef {
    ObjectRef { id: id.into(), kind: kind.into(), label: label.into(), marking }
}

fn pistol() -> ObjectRef {
    object(PISTOL, "firearm", "Pistola 9 mm, serie KX-40718-B", amber())
}
fn report() -> ObjectRef {
    object(
        REPORT,
        "report",
        "Informe 114: armas y contenedores, Posorja",
        Marking { handling: vec![Handling::H1, Handling::H2], ..Marking::of(Tlp::Amber) },
    )
}
fn wilmer() -> ObjectRef {
    object(WILMER, "identity", "Wilmer Tagua Choez, «Caracol»", amber())
}
fn gang() -> ObjectRef {
    object(GANG, "identity", "Los Calamares del Sur", Marking::of(Tlp::Green))
}
fn container() -> ObjectRef {
    object(CONTAINER, "shipping-container", "CSQU3054383", Marking::of(Tlp::Green))
}
fn victim() -> ObjectRef {
    object(VICTIM, "identity", "Rosa Elvira Mite Bajaña", amber())
}
fn account() -> ObjectRef {
    object(ACCOUNT, "bank-account", "EC · 2204417790", Marking::absent())
}

fn file(name: &str, place: &str) -> SourceLink {
    SourceLink { label: name.into(), place: Some(place.into()), href: Some("#".into()) }
}

fn hit(object: ObjectRef, origin: Origin, received: &str) -> Hit {
    Hit {
        id: object.id,
        kind: object.kind,
        label: object.label,
        excerpt: None,
        marking: object.marking,
        origin,
        received: at(received),
        revoked: false,
    }
}

fn search_view() -> SearchView {
    let counted = |kind: &str, count| KindCount { kind: kind.into(), count: Total::Exactly(count) };
    let received = "2026-11-20T21:14:09Z";
    let mut hits = vec![
        hit(report(), Origin::Own, received),
        hit(pistol(), Origin::Own, "2026-11-20T21:14:02Z"),
        hit(wilmer(), Origin::Own, received),
        hit(gang(), Origin::Partner(ilc()), "2026-11-18T03:02:51Z"),
        hit(container(), Origin::Own, "2026-11-17T16:40:00Z"),
        hit(account(), Origin::Own, "2026-11-15T09:21:33Z"),
    ];
    hits[0].excerpt =
        Some("… entregadas en Posorja a los Calamares, según la bitácora del …".into());
    hits[3].revoked = true;
    SearchView {
        query: "calamares posorja".into(),
        kind: None,
        kinds: vec![
            KindCount { kind: "relationship".into(), count: Total::MoreThan(10_000) },
            counted("identity", 412),
            counted("report", 96),
            counted("firearm", 31),
            counted("shipping-container", 17),
            counted("bank-account", 4),
        ],
        total: Some(Total::MoreThan(10_000)),
        hits,
        page: 2,
        more: true,
        alerts: vec![],
    }
}

fn fact(path: &str, value: FactValue) -> Fact {
    Fact { path: path.into(), value, marking: amber(), source: None }
}

fn firearm_view() -> ObjectView {
    let text = |t: &str| FactValue::Text(t.into());
    let mut facts = vec![
        fact("serial", FactValue::Code("KX-40718-B".into())),
        fact("serial_status", text("readable")),
        fact("manufacturer", text("Andes Armaments (ficticio)")),
        fact("model", text("Cóndor 9C")),
        fact("firearm_type", text("pistol")),
        fact("calibre", text("9×19 mm")),
        fact("country_of_manufacture", text("US")),
        fact("importer", text("—")),
        fact("recovered_on", text("2026-11-12")),
        fact(
            "recovered_place_ref",
            FactValue::Objects(vec![object(
                "location--0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c09",
                "location",
                "Posorja, Guayas",
                Marking::of(Tlp::Green),
            )]),
        ),
        fact(
            "other_marks",
            FactValue::List(vec!["«CS» en la corredera".into(), "punzón 17".into()]),
        ),
        fact(
            "description",
            FactValue::Prose(
                "Hallada bajo la tarima del contenedor durante la inspección conjunta.\n\
                 La pieza muestra intento de borrado en la letra B."
                    .into(),
            ),
        ),
        fact("x_evidence_bag", FactValue::Code("GYE-2026-004417".into())),
    ];
    facts[11].marking = Marking { handling: vec![Handling::H2], ..Marking::of(Tlp::AmberStrict) };
    facts[11].source = Some(file("parte-114.html", "§ 3"));
    ObjectView {
        object: pistol(),
        origin: Origin::Own,
        source: Some(file("armas-recuperadas.csv", "fila 18")),
        received: at("2026-11-20T21:14:02.120Z"),
        revoked: false,
        recalled: None,
        restricted: false,
        answered: None,
        facts,
        versions: vec![
            version("2026-11-20T21:14:02Z", true),
            version("2026-11-13T10:00:00Z", false),
        ],
        links: vec![
            link(Direction::In, "object_refs[3]", LinkEnd::Held(report())),
            link(Direction::In, "possessed-by", LinkEnd::Held(wilmer())),
            link(Direction::Out, "recovered_in", LinkEnd::Held(container())),
            link(
                Direction::Out,
                "created_by_ref",
                LinkEnd::NotHeld("identity--8f0e1d2c-3b4a-4596-8778-695a4b3c2d10".into()),
            ),
        ],
        links_beyond: 0,
        holders: Some(vec![holder(HolderState::Received { at: at("2026-11-21T02:10:44Z") }, true)]),
        consent: None,
        may_ask: true,
        may_release: true,
        notes: vec![],
        note_forms: vec![],
        forms: vec![],
    }
}

fn link(direction: Direction, path: &str, end: LinkEnd) -> LinkRow {
    LinkRow { direction, path: path.into(), end }
}

fn version(modified: &str, shown: bool) -> VersionRow {
    VersionRow {
        modified: Some(at(modified)),
        received: at("2026-11-20T21:14:02Z"),
        origin: Origin::Own,
        href: href::object_version(PISTOL, "own", modified),
        shown,
        revoked: false,
    }
}

fn holder(state: HolderState, may_recall: bool) -> Holder {
    Holder {
        partner: ilc(),
        release_id: "r-0007".into(),
        agreement: "Acuerdo EC–US sobre armas y puertos".into(),
        released: at("2026-11-20T23:05:00Z"),
        state,
        may_recall,
    }
}

fn recalled_view() -> ObjectView {
    let answer = RecallAnswer::Restricted { ground: "Evidence in case 26-cr-118".into() };
    ObjectView {
        object: wilmer(),
        origin: Origin::Partner(ilc()),
        source: None,
        revoked: true,
        recalled: Some(at("2026-11-21T07:30:00Z")),
        restricted: false,
        answered: None,
        facts: vec![
            fact("name", FactValue::Text("Wilmer Tagua Choez".into())),
            fact("person.birth_date", FactValue::Text("1991-04-30".into())),
            fact("person.subject_categories[0].category", FactValue::Text("suspect".into())),
        ],
        links: vec![],
        holders: Some(vec![holder(
            HolderState::Recalled { at: at("2026-11-21T08:00:00Z"), answer: Some(answer) },
            false,
        )]),
        may_release: false,
        ..firearm_view()
    }
}

fn clause(id: &str, code: &str, args: &[(&str, &str)]) -> Clause {
    let origin = match id.split('.').next() {
        Some("private") => ClauseOrigin::Private,
        Some(n) if n.parse::<u32>().is_ok() => ClauseOrigin::Agreement,
        _ => ClauseOrigin::Product,
    };
    let args = args.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Clause { id: id.into(), code: code.into(), args, origin }
}

fn kept(path: &str, value: &str, number: &str) -> FieldPreview {
    FieldPreview {
        path: path.into(),
        held: Side::Text(value.into()),
        seen: Side::Text(value.into()),
        marking: Marking::nothing(),
        verdict: Verdict::Kept,
        clauses: vec![clause(number, "clause-field-kept", &[])],
    }
}

fn changed(path: &str, held: Option<&str>, seen: &str, why: Clause) -> FieldPreview {
    FieldPreview {
        path: path.into(),
        held: held.map(str::to_owned).into(),
        seen: Side::Text(seen.into()),
        marking: Marking::nothing(),
        verdict: Verdict::Changed,
        clauses: vec![why],
    }
}

fn withheld(path: &str, held: &str, why: Clause) -> FieldPreview {
    FieldPreview {
        path: path.into(),
        held: Side::Text(held.into()),
        seen: Side::Nothing,
        marking: Marking::nothing(),
        verdict: Verdict::Withheld,
        clauses: vec![why],
    }
}

fn choices() -> Vec<AgreementChoice> {
    vec![
        AgreementChoice {
            id: "agreement--a0".into(),
            title: "Acuerdo EC–US sobre armas y puertos".into(),
            partner: ilc(),
            purposes: vec!["firearms-tracing".into(), "drug-trafficking".into()],
            chosen: true,
        },
        AgreementChoice {
            id: "agreement--a1".into(),
            title: "Memorando de cooperación portuaria".into(),
            partner: PartnerName {
                name: "Landelijk Koppelpunt (LKP)".into(),
                country: "NL".into(),
            },
            purposes: vec!["port-security".into()],
            chosen: false,
        },
    ]
}

fn choose_view() -> DryRunView {
    DryRunView { partner: None, purpose: None, objects: vec![], acts: vec![], ..dry_run_view() }
}

fn dry_run_view() -> DryRunView {
    DryRunView {
        picked: vec![REPORT.into()],
        agreements: choices(),
        partner: Some(ilc()),
        purpose: Some("firearms-tracing".into()),
        objects: previews(),
        stage: Stage::Preview,
        acts: vec![Act::Submit],
        release_id: None,
        protected: vec!["Nadia Orrala".into()],
        asked: Asked::default(),
        file: false,
    }
}

fn asked_view() -> DryRunView {
    DryRunView {
        asked: Asked {
            offences: vec!["drug-trafficking".into(), "firearms-tracing".into()],
            offence: Some("firearms-tracing".into()),
            derogation: true,
            reason: Some("Threat to life in Posorja \"today\"".into()),
            person: None,
            persons: vec![("p1".into(), "Mariana Ortiz".into())],
            exact: false,
        },
        ..dry_run_view()
    }
}

fn updates_view() -> UpdatesView {
    let row = |object: ObjectRef, slot: Option<&str>| UpdateRow {
        object,
        partner: ilc().name,
        agreement: "Acuerdo EC–US sobre armas y puertos".into(),
        rule: None,
        reads: vec![],
        slot: slot.map(at),
        release: None,
        clauses: vec![],
        look: Some(href::release_new(PISTOL)),
    };
    let mut selected = row(container(), Some("2026-11-21T03:37:00Z"));
    selected.rule = Some("containers".into());
    selected.reads = vec!["status".into()];
    let draft = UpdateRow { release: Some("r-0008".into()), ..row(report(), None) };
    let stays = UpdateRow { clauses: vec!["3.2".into()], look: None, ..row(wilmer(), None) };
    UpdatesView {
        rows: vec![row(pistol(), Some("2026-11-21T03:37:00Z")), selected, draft, stays],
        may_send: true,
    }
}

const RECORD: &str = "release-record--6c5d4e3f-2a1b-4c0d-9e8f-7a6b5c4d3e10";

fn incoming_view() -> IncomingView {
    let row = |id: &str, title: &str, state: &str, objects| IncomingRow {
        id: id.into(),
        agreement: id == AGREEMENT,
        title: title.into(),
        partner: ilc().name,
        objects,
        state: state.into(),
        received: at("2026-11-21T02:10:44Z"),
    };
    let aside = |rule: &str, path: &str, expected: &str| AsideRow {
        at: at("2026-11-21T02:10:45Z"),
        source: ilc().name,
        object: Some(PISTOL.into()),
        rule: rule.into(),
        path: path.into(),
        expected: expected.into(),
    };
    IncomingView {
        rows: vec![
            row(RECORD, "firearms-tracing", "pending", 14),
            row(AGREEMENT, "Memorandum on tracing firearms", "pending", 1),
            row("release-record--0", "drug-trafficking", "held", 3),
            row("release-record--1", "drug-trafficking", "rejected", 3),
        ],
        beyond: 2,
        aside: Some(vec![aside("exchange.bad-signature", "signature", "")]),
        own: vec![
            aside("stix.timestamp.not-utc", "modified", "a timestamp in UTC that ends with Z"),
            aside("stix.lang.malformed", "lang", "a language tag"),
        ],
    }
}

fn delivery_view() -> DeliveryView {
    let value = |path: &str, now: Option<&str>, before: Option<&str>, changed| DeliveryValue {
        path: path.into(),
        now: now.map(|text| (FactValue::Text(text.into()), None)),
        before: before.map(|text| (FactValue::Text(text.into()), None)),
        changed,
        marking: amber(),
    };
    let seen = |object: ObjectRef, news, values| DeliveryObject { object, news, values, beyond: 0 };
    let long = DeliveryValue {
        now: Some((FactValue::Prose("First lines of it".into()), Some(Length::Characters(2_400)))),
        ..value("description", None, None, false)
    };
    let pistol_values = vec![
        value("serial", Some("BKT4127"), None, false),
        value("model", Some("G19 Gen5"), Some("G19"), true),
        value("calibre", None, Some("9x19"), true),
        value("finish", Some("<b>black</b>"), None, true),
    ];
    DeliveryView {
        id: RECORD.into(),
        partner: ilc(),
        purpose: "firearms-tracing".into(),
        agreement: (AGREEMENT.into(), "Acuerdo EC–US sobre armas y puertos".into()),
        received: at("2026-11-21T02:10:44Z"),
        state: "pending".into(),
        objects: vec![
            seen(report(), "new", vec![value("name", Some("Calamares"), None, false), long]),
            DeliveryObject { beyond: 3, ..seen(pistol(), "changed", pistol_values) },
            seen(container(), "same", vec![value("number", Some("MSKU7551264"), None, false)]),
        ],
        total: 53,
        page: 1,
        more: true,
        may_judge: true,
    }
}

fn partner_row(vetting: Vetting, revoked: bool) -> PartnerRow {
    PartnerRow {
        key_id: "2".repeat(64),
        name: ilc(),
        words: "abandon canoe ladder orbit sugar velvet anchor mango brisk lunar copper river"
            .into(),
        revoked,
        vetting,
        agreements: Some(2),
        added: at("2026-02-01T10:00:00Z"),
    }
}

fn partners_view() -> PartnersView {
    let until = || "2027-01-31".to_owned();
    PartnersView {
        rows: vec![
            partner_row(Vetting::Valid { until: until() }, false),
            partner_row(Vetting::Over { until: until() }, false),
            partner_row(Vetting::Failed, false),
            partner_row(Vetting::Nothing, true),
        ],
        may_manage: true,
        may_sync: true,
    }
}

fn partner_view() -> PartnerView {
    PartnerView {
        row: partner_row(Vetting::Valid { until: "2027-01-31".into() }, false),
        url: "https://ilc.example/taxii2/".into(),
        vetted: Some(("Office of vetting (invented)".into(), at("2026-02-01T10:00:00Z"))),
        agreements: Some(vec![
            (AGREEMENT.into(), "Acuerdo EC–US sobre armas y puertos".into(), "active".into()),
            ("agreement--a1".into(), "Memorando de 2025".into(), "expired".into()),
        ]),
        exchanged: Some((
            at("2026-11-21T02:10:44Z"),
            Exchanged { objects: 14, releases: 1, delivered: 2, ..Exchanged::default() },
        )),
        failed: Some((at("2026-11-21T03:10:44Z"), "node.partner".into())),
        tokens: Some(vec![
            TokenRow { begins: "enl_Zk3x81".into(), until: at("2027-02-01T00:00:00Z") },
            TokenRow { begins: String::new(), until: at("2026-12-01T00:00:00Z") },
        ]),
        persons: vec![PersonRow {
            id: "p1".into(),
            name: "Mariana Ortiz".into(),
            recipient: format!("age1{}", "q".repeat(58)),
            basis: "Annex 2, <person> 1".into(),
            since: at("2026-02-03T10:00:00Z"),
        }],
        token: None,
        may_sync: true,
    }
}

fn keys_view() -> KeysView {
    let since = at("2026-03-01T10:00:00Z");
    KeysView {
        party: "1".repeat(64),
        key_id: "3".repeat(64),
        words: "abandon canoe ladder orbit sugar velvet anchor mango brisk lunar copper river"
            .into(),
        recovery_here: true,
        former: vec![("mF3exampleKey".into(), at("2026-03-02T08:00:00Z"), Some(since))],
    }
}

fn draft_view() -> AgreementDraftView {
    AgreementDraftView {
        start: Some(Start {
            models: vec!["police-cooperation".into(), "cyber".into()],
            model: "cyber".into(),
            partners: vec![("2".repeat(64), ilc(), true)],
            title: "Acuerdo \"de prueba\"".into(),
            basis: String::new(),
        }),
        terms: "[agreement]\ntitle = \"A </textarea><b>\"\n".into(),
        text: "# 1.1 Parties\n".into(),
        may_draft: true,
        may_sign: true,
        ..AgreementDraftView::default()
    }
}

fn faults_view() -> AgreementDraftView {
    AgreementDraftView {
        faults: Some(vec![FaultRow {
            line: 12,
            column: 7,
            there: "max = \"ultraviolet\"".into(),
            key: "tlp.max".into(),
            found: "`ultraviolet`".into(),
            allowed: "clear, green, amber, amber+strict, red".into(),
        }]),
        refused: true,
        ..draft_view()
    }
}

fn replay_view() -> AgreementDraftView {
    let line = |verdict: &str, why: &str| ReplayRow {
        object: PISTOL.into(),
        kind: "firearm".into(),
        partner: ilc().name,
        verdict: verdict.into(),
        why: why.into(),
    };
    AgreementDraftView {
        amends: Some((AGREEMENT.into(), "Acuerdo EC–US sobre armas y puertos".into())),
        released: "narrow".into(),
        start: None,
        replay: Some(ReplayView {
            against: Some("Acuerdo EC–US sobre armas y puertos".into()),
            planned: 1311,
            cut: true,
            counts: vec![
                ("more".into(), "firearm".into(), "3.1".into(), 31),
                ("fewer".into(), "identity".into(), "3.3".into(), 1),
            ],
            lines: vec![line("more", "3.1"), line("fewer", "3.3"), line("changed", "importer")],
            history: vec![("r-0006".into(), 12, 1)],
        }),
        ..draft_view()
    }
}

/// Of two objects, documents: one leaves as a copy, one stays.
fn document_view() -> DryRunView {
    let mut view = dry_run_view();
    let notes = vec![("tracked-changes".into(), 2)];
    let (mime, pages) = ("application/pdf".into(), 3);
    let copy = DocumentPreview::Copy { mime, pages, size: 12_345, notes };
    let stays = DocumentPreview::Withheld { reason: "encrypted".into(), page: Some(4) };
    for (object, document) in view.objects.iter_mut().zip([copy, stays]) {
        object.document = Some(document);
    }
    view
}

fn approve_view() -> DryRunView {
    DryRunView {
        agreements: vec![],
        stage: Stage::Submitted { by: "m.cevallos".into(), at: at("2026-11-20T22:41:00Z") },
        acts: vec![Act::Approve, Act::Refuse],
        release_id: Some("r-0007".into()),
        ..dry_run_view()
    }
}

fn person_view() -> DryRunView {
    DryRunView {
        stage: Stage::Approved { by: "j.ordonez".into(), at: at("2026-11-20T23:05:00Z") },
        acts: vec![],
        asked: Asked { person: Some("Mariana Ortiz".into()), ..Asked::default() },
        file: true,
        ..approve_view()
    }
}

fn previews() -> Vec<ObjectPreview> {
    let permitted = |kind: &str| vec![clause("3.1", "clause-type-permitted", &[("type", kind)])];
    let preview = |object: ObjectRef, through: Option<&str>, verdict, clauses, fields| {
        let through = through.map(str::to_owned);
        ObjectPreview { object, through, verdict, clauses, fields, document: None }
    };
    vec![
        preview(report(), None, Verdict::Changed, permitted("report"), report_fields()),
        preview(
            pistol(),
            Some("object_refs[0]"),
            Verdict::Kept,
            permitted("firearm"),
            vec![
                kept("serial", "KX-40718-B", "4.2"),
                kept("manufacturer", "Andes Armaments (ficticio)", "4.2"),
                kept("calibre", "9×19 mm", "4.2"),
                kept("recovered_on", "2026-11-12", "4.2"),
            ],
        ),
        preview(
            wilmer(),
            Some("object_refs[1]"),
            Verdict::Changed,
            permitted("identity"),
            person_fields(),
        ),
        preview(
            victim(),
            Some("object_refs[2]"),
            Verdict::Withheld,
            vec![clause("3.3", "clause-subject", &[("category", "victim")])],
            vec![withheld(
                "name",
                "Rosa Elvira Mite Bajaña",
                clause("default.deny", "default-deny", &[]),
            )],
        ),
        preview(
            object(RED_NOTE, "note", "Entrevista del 9 de noviembre", Marking::of(Tlp::Red)),
            Some("note.object_refs[0]"),
            Verdict::Withheld,
            vec![
                clause("3.2", "clause-tlp-max", &[("max", "amber"), ("found", "red")]),
                clause("private.source-identity", "private-source-identity", &[]),
            ],
            vec![],
        ),
    ]
}

fn report_fields() -> Vec<FieldPreview> {
    let tear_line = "Una pistola recuperada en Posorja el 12 de noviembre de 2026 corresponde a \
                     un lote vendido en Florida. Se solicita rastreo de la serie.";
    let description = "Según la fuente «Manglar», tres armas llegaron ocultas en banano de \
                       Frutas Marbrisa S.A. y fueron entregadas a Los Calamares del Sur.";
    let mut text =
        withheld("description", description, clause("default.free-text", "free-text", &[]));
    text.marking =
        Marking { caveats: vec!["source-identity".into()], ..Marking::of(Tlp::AmberStrict) };
    vec![
        changed(
            "name",
            Some("Informe 114: armas y contenedores, Posorja"),
            "Pistola recuperada en Posorja",
            clause("3.5", "clause-tear-line", &[]),
        ),
        text,
        changed("tear-line", None, tear_line, clause("3.5", "clause-tear-line", &[])),
        kept("published", "2026-11-14T15:00:00Z", "4.6"),
        changed(
            "object_refs",
            Some("pistola · Wilmer Tagua Choez · Rosa Elvira Mite Bajaña"),
            "pistola · Wilmer Tagua Choez",
            clause("closure.not-released", "closure-not-released", &[("target", VICTIM)]),
        ),
        withheld(
            "extensions.provenance",
            "parte-114.html, SHA-256 9b2f…e1",
            clause("default.internal", "default-internal", &[]),
        ),
    ]
}

fn person_fields() -> Vec<FieldPreview> {
    vec![
        kept("name", "Wilmer Tagua Choez", "4.1"),
        changed(
            "person.birth_date",
            Some("1991-04-30"),
            "1991",
            clause("4.1", "clause-field-changed", &[("mask", "year")]),
        ),
        withheld(
            "person.identity_documents",
            "cédula 0999999994, EC",
            clause("default.deny", "default-deny", &[]),
        ),
    ]
}

fn release_row(id: &str, object: ObjectRef, stage: Stage, receipt: Receipt) -> ReleaseRow {
    ReleaseRow {
        id: id.into(),
        label: object.label,
        marking: object.marking,
        partner: ilc(),
        person: None,
        agreement: "Acuerdo EC–US sobre armas y puertos".into(),
        purpose: "firearms-tracing".into(),
        objects: Tally { kept: 9, changed: 3, withheld: 5 },
        stage,
        by: "m.cevallos".into(),
        made: at("2026-11-20T22:40:11Z"),
        receipt,
        recalled: 0,
    }
}

fn releases_view() -> ReleasesView {
    let by = || "j.ordonez".to_owned();
    let when = || at("2026-11-20T23:05:00Z");
    let signed = Receipt::Signed { at: at("2026-11-21T02:10:44Z") };
    let mut sent = release_row("r-0006", pistol(), Stage::Sent { by: by(), at: when() }, signed);
    sent.recalled = 1;
    ReleasesView {
        rows: vec![
            release_row(
                "r-0007",
                report(),
                Stage::Submitted { by: "m.cevallos".into(), at: when() },
                Receipt::NotSent,
            ),
            release_row("r-0005", container(), Stage::Draft, Receipt::NotSent),
            sent,
            release_row("r-0004", gang(), Stage::Sent { by: by(), at: when() }, Receipt::Awaited),
            release_row(
                "r-0003",
                wilmer(),
                Stage::Recalled { by: by(), at: when() },
                Receipt::Awaited,
            ),
        ],
        beyond: 3,
        may_hold: true,
    }
}

fn root(seed: u8) -> String {
    (0..32_u8).map(|i| format!("{:02x}", i.wrapping_mul(37).wrapping_add(seed))).collect()
}

fn signature(name: &str, seed: u8, holds: bool) -> LogSignature {
    LogSignature { name: name.into(), key_id: root(seed), holds }
}

fn log(origin: &str, size: u64, seed: u8, signatures: Vec<LogSignature>) -> LogState {
    LogState {
        origin: origin.into(),
        size,
        root: root(seed),
        at: Some(at("2026-11-21T02:11:00Z")),
        signatures,
    }
}

fn disclosure() -> Disclosure {
    Disclosure {
        leaf: 1_204,
        at: at("2026-11-20T23:05:00Z"),
        release_id: "r-0006".into(),
        partner: ilc(),
        agreement: "Acuerdo EC–US sobre armas y puertos".into(),
        purpose: "firearms-tracing".into(),
        clauses: vec![
            clause("3.1", "clause-type-permitted", &[("type", "firearm,report,identity")]),
            clause("4.1", "clause-field-changed", &[("mask", "year")]),
        ],
        objects: vec![report(), pistol(), wilmer()],
        counts: Tally { kept: 9, changed: 3, withheld: 5 },
        requested_by: "m.cevallos".into(),
        approved_by: "j.ordonez".into(),
        receipt: Receipt::Signed { at: at("2026-11-21T02:10:44Z") },
        recalled: 1,
    }
}

fn oversight_view() -> OversightView {
    let mut older = disclosure();
    older.objects = vec![gang()];
    older.counts = Tally { kept: 1, changed: 0, withheld: 0 };
    older.recalled = 0;
    older.leaf = 988;
    older.receipt = Receipt::Awaited;
    let channel = |name: &str, country: &str, state| ChannelLog {
        partner: PartnerName { name: name.into(), country: country.into() },
        ours: log("channel", 41, 3, vec![signature("UNE", 9, true), signature("ILC", 21, true)]),
        theirs: log(
            "channel",
            38,
            77,
            vec![signature("ILC", 21, true), signature("UNE", 9, state != ChannelState::Conflict)],
        ),
        state,
    };
    OversightView {
        query: "tagua".into(),
        total: Total::Exactly(2),
        disclosures: vec![disclosure(), older],
        page: 1,
        more: false,
        log: log("une.ec/enlace/node", 1_311, 140, vec![signature("UNE", 9, true)]),
        channels: vec![
            channel("Interagency Liaison Cell (ILC)", "US", ChannelState::Agreed),
            channel("Landelijk Koppelpunt (LKP)", "NL", ChannelState::Conflict),
        ],
    }
}

fn proof_view() -> ReleaseProofView {
    let outcome = |object: ObjectRef, verdict, why: Clause, fields| ObjectOutcome {
        twin_id: (verdict != Verdict::Withheld)
            .then(|| format!("{}--4d5e6f70-8192-4a3b-8c4d-5e6f70819212", object.kind)),
        sha256: (verdict != Verdict::Withheld).then(|| root(201)),
        object,
        verdict,
        clauses: vec![why],
        fields,
        recalled: None,
    };
    let event = |when: &str, leaf, kind: &str, by: &str| LogEvent {
        at: at(when),
        leaf,
        kind: kind.into(),
        by: by.into(),
    };
    let proof = |leaf, log| Proof {
        leaf,
        leaf_hash: root(5),
        path: vec![root(17), root(33), root(49)],
        log,
        holds: true,
    };
    let mut pistol = outcome(
        pistol(),
        Verdict::Kept,
        clause("3.1", "clause-type-permitted", &[("type", "firearm")]),
        vec![],
    );
    pistol.recalled = Some(at("2026-11-21T08:00:00Z"));
    let view = oversight_view();
    ReleaseProofView {
        disclosure: disclosure(),
        legal_basis: "Convenio de cooperación, Registro Oficial 118, art. 7".into(),
        agreement_sha256: root(90),
        objects: vec![
            outcome(
                report(),
                Verdict::Changed,
                clause("3.1", "clause-type-permitted", &[("type", "report")]),
                vec![
                    FieldOutcome {
                        path: "description".into(),
                        verdict: Verdict::Withheld,
                        clauses: vec![clause("default.free-text", "free-text", &[])],
                    },
                    FieldOutcome {
                        path: "name".into(),
                        verdict: Verdict::Changed,
                        clauses: vec![clause("3.5", "clause-tear-line", &[])],
                    },
                ],
            ),
            pistol,
            outcome(
                victim(),
                Verdict::Withheld,
                clause("3.3", "clause-subject", &[("category", "victim")]),
                vec![],
            ),
        ],
        events: vec![
            event("2026-11-20T22:40:11Z", 1_198, "release-drafted", "m.cevallos"),
            event("2026-11-20T23:01:00Z", 1_203, "release-approved", "j.ordonez"),
            event("2026-11-20T23:05:00Z", 1_204, "release-sent", "m.cevallos"),
            event("2026-11-21T02:10:44Z", 1_240, "receipt", "Interagency Liaison Cell (ILC)"),
            event("2026-11-21T08:00:00Z", 1_302, "recall", "m.cevallos"),
        ],
        proof: proof(1_204, view.log.clone()),
        channel_proof: view.channels.first().map(|c| proof(36, c.ours.clone())),
    }
}
