//! Pages of lists with forms: compartments, sources, protected persons, reviews. A handler says what
//! stands in a row and what may be done; how that looks is decided here once.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::layout::{Chrome, csrf, page};
use crate::marking::{Marking, Shows};
use crate::value::{ObjectRef, hash, object_link, time};

/// A page of lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskView {
    /// Key of the title.
    pub title: &'static str,
    /// Key of what the page is for.
    pub words: &'static str,
    /// Lists, in their order.
    pub sections: Vec<Section>,
    /// What can be done that belongs to no row.
    pub forms: Vec<Form>,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Key of the heading.
    pub title: &'static str,
    /// A name behind the heading, as people gave it.
    pub name: String,
    /// Keys of the columns.
    pub columns: Vec<&'static str>,
    /// Rows with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Key of what is said where there are none.
    pub none: &'static str,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A text as people wrote it.
    Text(String),
    /// A name of the program: family and name.
    Word(&'static str, String),
    /// A link with its words.
    Link(String, String),
    /// Objects.
    Objects(Vec<ObjectRef>),
    /// Pairs of names of the program, each a family and a name.
    Pairs(Vec<[(&'static str, String); 2]>),
    /// A day that is over.
    Late(String),
    /// What is written down as it stands.
    Code(String),
    /// What is due: family and name of where it stands, whether its time is over, whole hours since.
    Due(&'static str, String, bool, Option<u64>),
    /// A limit: family and name of where it stands, whether somebody has to look at it, seconds that
    /// are left or by which it passed.
    Left(&'static str, String, bool, Option<i64>),
    /// Where something stands: family and name, and whether somebody has to look at it.
    State(&'static str, String, bool),
    /// An instant.
    Time(Timestamp),
    /// A count.
    Count(usize),
    /// What can be done with the row.
    Forms(Vec<Form>),
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// Key of the button, and of the summary that the form is behind.
    pub button: &'static str,
    /// Whether it takes something away.
    pub stop: bool,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The page is for this form: it lies open.
    Open,
    /// Known already.
    Hidden(&'static str, String),
    /// One line: name, key of the label.
    Line(&'static str, &'static str),
    /// Several lines.
    Lines(&'static str, &'static str),
    /// A day.
    Date(&'static str, &'static str),
    /// A number from 1.
    Number(&'static str, &'static str),
    /// What the form does, in a sentence.
    Words(&'static str),
    /// A box without which the form is not sent.
    Confirm(&'static str, &'static str),
    /// A passphrase.
    Secret(&'static str, &'static str),
    /// A secret that may be left out.
    Password(&'static str, &'static str),
    /// One of these names of a family: name, key of the label, family, names.
    Choice(&'static str, &'static str, &'static str, &'static [&'static str]),
    /// One of these: name, key of the label, values with what people read.
    Pick(&'static str, &'static str, Vec<(String, String)>),
    /// A file of the reader's machine.
    File(&'static str, &'static str),
    /// Yes or no.
    Check(&'static str, &'static str),
    /// Objects to pick, all picked at first, each with words: name, key of the label.
    Objects(&'static str, &'static str, Vec<(ObjectRef, String)>),
}

impl Shows for DeskView {
    fn marking(&self) -> Marking {
        let cells = self.sections.iter().flat_map(|s| &s.rows).flatten();
        let objects = cells.filter_map(|cell| match cell {
            Cell::Objects(objects) => Some(objects),
            _ => None,
        });
        let fields = self.forms.iter().flat_map(|form| &form.fields);
        let picked = fields.filter_map(|field| match field {
            Field::Objects(_, _, all) => Some(all.iter().map(|(object, _)| object)),
            _ => None,
        });
        let all = objects.flatten().chain(picked.flatten());
        all.map(|object| &object.marking).collect()
    }
}

/// The page.
pub fn render(view: &DeskView, chrome: &Chrome<'_>) -> Markup {
    render_bearing(view, &Marking::nothing(), chrome)
}

/// The page of lists that show content beside objects, with the marking of that content.
pub(crate) fn render_bearing(view: &DeskView, bears: &Marking, chrome: &Chrome<'_>) -> Markup {
    render_below(&html! {}, view, bears, chrome)
}

/// The same below something that comes before all else.
pub(crate) fn render_below(
    first: &Markup,
    view: &DeskView,
    bears: &Marking,
    chrome: &Chrome<'_>,
) -> Markup {
    let title = chrome.t(view.title);
    let body = html! {
        (first)
        div .title {
            h1 { (title) }
            p .title__under .quiet { (chrome.t(view.words)) }
        }
        @for (place, one) in view.sections.iter().enumerate() { (section(place, one, chrome)) }
        @if !view.forms.is_empty() {
            section .box {
                @for one in &view.forms { (form(one, chrome)) }
            }
        }
    };
    page(chrome, &view.marking().join(bears), &title, &body)
}

fn section(place: usize, section: &Section, chrome: &Chrome<'_>) -> Markup {
    let id = format!("list-{}", place + 1);
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (chrome.t(section.title)) " " (section.name) }
            @if section.rows.is_empty() {
                p .quiet { (chrome.t(section.none)) }
            } @else {
                table .table .table--rows {
                    caption .hidden { (chrome.t(section.title)) " " (section.name) }
                    thead {
                        tr { @for key in &section.columns { th scope="col" { (chrome.t(key)) } } }
                    }
                    tbody {
                        @for row in &section.rows {
                            tr {
                                @for (key, cell) in section.columns.iter().zip(row) {
                                    td data-label=(chrome.t(key)) { (shown(cell, chrome)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn shown(cell: &Cell, chrome: &Chrome<'_>) -> Markup {
    html! {
        @match cell {
            Cell::Text(text) => span .prose { (text) },
            Cell::Word(family, name) => (chrome.word(family, name)),
            Cell::Pairs(pairs) => ul .plain {
                @for [(of, what), (family, name)] in pairs {
                    li { (chrome.word(of, what)) ": " (chrome.word(family, name)) }
                }
            },
            Cell::Link(href, words) => a href=(href) { (words) },
            Cell::Objects(objects) =>
                ul .plain { @for object in objects { li { (object_link(chrome, object)) } } },
            Cell::Due(family, name, over, hours) => (due((*family, name.as_str()), *over, *hours, chrome)),
            Cell::Left(family, name, bad, seconds) =>
                (left((*family, name.as_str()), *bad, *seconds, chrome)),
            Cell::State(family, name, bad) => {
                span .state .state--bad[*bad] { (chrome.word(family, name)) }
            },
            Cell::Late(day) => {
                span .nowrap { (day) }
                div { span .state .state--bad { (chrome.t("commitment-overdue")) } }
            },
            Cell::Code(text) => (hash(text)),
            Cell::Time(at) => span .nowrap { (time(at)) },
            Cell::Count(count) => (chrome.lang.number(*count as u64)),
            Cell::Forms(forms) => @for one in forms { (form(one, chrome)) },
        }
    }
}

/// In words, and by the look that every date has that is over.
fn due(word: (&str, &str), over: bool, hours: Option<u64>, chrome: &Chrome<'_>) -> Markup {
    let class = if over { "state state--bad" } else { "state state--over" };
    html! {
        span class=(class) { (chrome.word(word.0, word.1)) }
        @if let Some(hours) = hours {
            div .quiet { (chrome.ta("desk-hours-since", &[("count", hours.into())])) }
        }
    }
}

/// How long, in the two largest units: nobody reckons in his head what remains.
fn left(word: (&str, &str), bad: bool, seconds: Option<i64>, chrome: &Chrome<'_>) -> Markup {
    let minutes = seconds.map(|seconds| seconds.unsigned_abs() / 60);
    let long = minutes.map(|minutes| {
        let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
        match days {
            0 if minutes == 0 => chrome.t("desk-under-minute"),
            0 => chrome
                .ta("desk-hours-minutes", &[("hours", hours.into()), ("minutes", rest.into())]),
            _ => chrome.ta("desk-days-hours", &[("days", days.into()), ("hours", hours.into())]),
        }
    });
    html! {
        span .state .state--bad[bad] { (chrome.word(word.0, word.1)) }
        @if let Some(long) = long { div .nowrap { (long) } }
    }
}

/// A form behind its own name, so that nothing is done by a slip of the hand.
pub(crate) fn form(form: &Form, chrome: &Chrome<'_>) -> Markup {
    let class = if form.stop { "button button--stop" } else { "button button--main" };
    let files = form.fields.iter().any(|one| matches!(one, Field::File(..)));
    let kind = files.then_some("multipart/form-data");
    // What is to be picked from lies open, and what the page is for.
    let open = |one: &Field| matches!(one, Field::Objects(..) | Field::Open);
    let open = form.fields.iter().any(open);
    html! {
        details .confirm .confirm--stop[form.stop] open[open] {
            summary { (chrome.t(form.button)) }
            form .stack method="post" action=(form.action) enctype=[kind] {
                // First of all fields: a file is not read before it.
                (csrf(chrome))
                @for one in &form.fields { (field(one, chrome)) }
                button class=(class) type="submit" { (chrome.t(form.button)) }
            }
        }
    }
}

fn field(field: &Field, chrome: &Chrome<'_>) -> Markup {
    let labelled = |key: &str, input: Markup| {
        html! { div .field { label { (chrome.t(key)) " " (input) } } }
    };
    match field {
        Field::Open => html! {},
        Field::Hidden(name, value) => html! { input type="hidden" name=(name) value=(value); },
        Field::Line(name, key) => labelled(
            key,
            html! { input .input type="text" name=(name) autocomplete="off" spellcheck="false"; },
        ),
        Field::Lines(name, key) => {
            labelled(key, html! { textarea .input name=(name) rows="3" spellcheck="false" {} })
        }
        Field::Date(name, key) => {
            labelled(key, html! { input .input type="date" name=(name) required; })
        }
        Field::Number(name, key) => {
            labelled(key, html! { input .input type="number" name=(name) min="1"; })
        }
        Field::Words(key) => html! { p { (chrome.t(key)) } },
        Field::Confirm(name, key) => html! {
            label .check {
                input type="checkbox" name=(name) value="yes" required; " " (chrome.t(key))
            }
        },
        Field::Secret(name, key) => labelled(
            key,
            html! { input .input type="password" name=(name) required autocomplete="off"; },
        ),
        Field::Password(name, key) => {
            labelled(key, html! { input .input type="password" name=(name) autocomplete="off"; })
        }
        Field::Choice(name, key, family, names) => labelled(
            key,
            html! {
                select .input name=(name) {
                    @for one in *names { option value=(one) { (chrome.word(family, one)) } }
                }
            },
        ),
        Field::Pick(name, key, all) => labelled(
            key,
            html! {
                select .input name=(name) {
                    @for (value, words) in all { option value=(value) { (words) } }
                }
            },
        ),
        Field::File(name, key) => {
            labelled(key, html! { input .input type="file" name=(name) required; })
        }
        Field::Check(name, key) => html! {
            label .check { input type="checkbox" name=(name) value="yes"; " " (chrome.t(key)) }
        },
        Field::Objects(name, key, all) => html! {
            fieldset .stack {
                legend { (chrome.t(key)) }
                @for (object, words) in all {
                    label .check {
                        input type="checkbox" name=(name) value=(object.id) checked;
                        " " (object.label) " · " (chrome.word("type", &object.kind))
                        @if *words != object.label { " · " (words) }
                    }
                }
            }
        },
    }
}
