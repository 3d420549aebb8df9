//! How runs of a text document look, as far as it decides whether they are seen.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::xml::{attribute, child, children, flag};
use crate::story::{Rgb, legible, rgb};
use crate::{Code, Refusal};

const BLACK: Rgb = [0; 3];
const WHITE: Rgb = [255; 3];

/// Smallest letters that are read, in half points.
const LEAST_SIZE: u32 = 6;

/// Narrowest letters that are read, in percent of their width.
const LEAST_SCALE: u32 = 30;

/// Longest chain of styles.
const CHAIN: usize = 32;

/// What is set on a run or by a style; `None` = nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    hidden: Option<bool>,
    /// `Some(None)` = chosen by the program, so that it can be read.
    ink: Option<Option<Rgb>>,
    pub(super) paper: Option<Rgb>,
    size: Option<u32>,
    scale: Option<u32>,
    pub(super) bold: Option<bool>,
}

impl Look {
    /// Of run properties (`rPr`), ISO 29500-1 §17.3.2.
    pub(super) fn of(properties: Option<Node<'_, '_>>) -> Self {
        let Some(properties) = properties else { return Self::default() };
        let number = |name: &str| {
            child(properties, name).and_then(|node| attribute(node, "val")?.parse::<u32>().ok())
        };
        let on = |name: &str| child(properties, name).map(|node| flag(node, "val").unwrap_or(true));
        // Fills of later versions of the format may be transparent.
        let effects = properties.children().any(|node| {
            matches!(node.tag_name().name(), "textFill" | "glow" | "reflection")
                && node.descendants().any(|n| matches!(n.tag_name().name(), "noFill" | "alpha"))
        });
        let hidden = [on("vanish"), on("specVanish"), on("webHidden")].into_iter().flatten();
        Self {
            hidden: hidden.reduce(|a, b| a | b).or(effects.then_some(true)),
            ink: child(properties, "color").map(ink),
            paper: highlight(properties).or_else(|| child(properties, "shd").and_then(shade)),
            size: number("sz"),
            scale: number("w"),
            bold: on("b"),
        }
    }

    /// What `self` says, and where it says nothing `under`.
    fn over(self, under: Self) -> Self {
        Self {
            hidden: self.hidden.or(under.hidden),
            ink: self.ink.or(under.ink),
            paper: self.paper.or(under.paper),
            size: self.size.or(under.size),
            scale: self.scale.or(under.scale),
            bold: self.bold.or(under.bold),
        }
    }

    /// Whether text of this look is surely seen on paper of this colour.
    fn is_seen(&self, paper: Option<Rgb>) -> bool {
        let paper = self.paper.or(paper);
        let readable = match self.ink {
            // Chosen by the program: black, or white on dark shading; on a highlight always black.
            None | Some(None) => self.paper.is_none_or(|paper| legible(BLACK, paper)),
            Some(Some(ink)) => legible(ink, paper.unwrap_or(WHITE)),
        };
        self.hidden != Some(true)
            && self.size.is_none_or(|size| size >= LEAST_SIZE)
            && self.scale.is_none_or(|scale| scale >= LEAST_SCALE)
            && readable
    }
}

/// The colour of letters. A colour of the theme overrides the value beside it: its light ones count
/// as white, its dark ones as black, whatever their shade.
fn ink(color: Node<'_, '_>) -> Option<Rgb> {
    match attribute(color, "themeColor") {
        Some(name) if name.starts_with("background") || name.starts_with("light") => Some(WHITE),
        Some(name) if name.starts_with("text") || name.starts_with("dark") => Some(BLACK),
        _ => attribute(color, "val").and_then(rgb),
    }
}

/// The colour of shading (`shd`): the fill, unless it is chosen by the program.
pub(super) fn shade(shading: Node<'_, '_>) -> Option<Rgb> {
    // A pattern of full strength shows its own colour.
    let solid = attribute(shading, "val") == Some("solid");
    let fill = attribute(shading, if solid { "color" } else { "fill" });
    match fill.and_then(rgb) {
        None if solid => Some(BLACK),
        other => other,
    }
}

fn highlight(properties: Node<'_, '_>) -> Option<Rgb> {
    Some(match attribute(child(properties, "highlight")?, "val")? {
        "black" => BLACK,
        "blue" => [0, 0, 255],
        "cyan" => [0, 255, 255],
        "green" => [0, 255, 0],
        "magenta" => [255, 0, 255],
        "red" => [255, 0, 0],
        "yellow" => [255, 255, 0],
        "white" => WHITE,
        "darkBlue" => [0, 0, 128],
        "darkCyan" => [0, 128, 128],
        "darkGreen" => [0, 128, 0],
        "darkMagenta" => [128, 0, 128],
        "darkRed" => [128, 0, 0],
        "darkYellow" => [128, 128, 0],
        "darkGray" => [128; 3],
        "lightGray" => [192; 3],
        _ => return None,
    })
}

/// A style: what it is based on, how its runs look, and the level of heading it makes.
#[derive(Debug, Clone, Default)]
struct Style {
    base: Option<String>,
    look: Look,
    heading: Option<u8>,
    list: Option<(String, u8)>,
}

/// The list and level of paragraph properties (`numPr`, §17.3.1.19).
pub(super) fn list(properties: Node<'_, '_>) -> Option<(String, u8)> {
    let list = child(properties, "numPr")?;
    let value = |name: &str| child(list, name).and_then(|node| attribute(node, "val"));
    let level = value("ilvl").and_then(|level| level.parse().ok()).unwrap_or(0);
    Some((value("numId")?.to_owned(), level))
}

/// The styles of a document (§17.7).
#[derive(Debug, Default)]
pub(super) struct Styles {
    defaults: Look,
    all: BTreeMap<String, Style>,
    paragraph: Option<String>,
    character: Option<String>,
    /// Styles of tables: what each is based on, and whether it may hide text.
    tables: BTreeMap<String, (Option<String>, bool)>,
}

impl Styles {
    pub(super) fn read(document: &Document<'_>) -> Result<Self, Refusal> {
        let root = document.root_element();
        let defaults = child(root, "docDefaults")
            .and_then(|node| child(node, "rPrDefault"))
            .and_then(|node| child(node, "rPr"));
        let mut styles = Self { defaults: Look::of(defaults), ..Self::default() };
        for node in children(root, "style") {
            let Some(id) = attribute(node, "styleId") else { continue };
            let kind = attribute(node, "type").unwrap_or("paragraph");
            let base = child(node, "basedOn").and_then(|base| attribute(base, "val"));
            if kind == "table" {
                let entry = (base.map(str::to_owned), is_faint_table(node));
                styles.tables.insert(id.to_owned(), entry);
                continue;
            }
            let name = child(node, "name").and_then(|name| attribute(name, "val"));
            let title = name.is_some_and(|name| name.eq_ignore_ascii_case("title")).then_some(1);
            let level =
                name.and_then(|name| name.to_lowercase().strip_prefix("heading ")?.parse().ok());
            let style = Style {
                base: base.map(str::to_owned),
                look: Look::of(child(node, "rPr")),
                heading: level.filter(|level| (1..=6).contains(level)).or(title),
                list: child(node, "pPr").and_then(list),
            };
            if flag(node, "default") == Some(true) {
                let slot =
                    if kind == "character" { &mut styles.character } else { &mut styles.paragraph };
                *slot = Some(id.to_owned());
            }
            if styles.all.insert(id.to_owned(), style).is_some() {
                return Err(Code::Malformed.into());
            }
        }
        Ok(styles)
    }

    /// The look of a style with what it is based on.
    fn chain(&self, id: Option<&str>) -> Look {
        let mut look = Look::default();
        let mut next = id;
        for _ in 0..CHAIN {
            let Some(style) = next.and_then(|id| self.all.get(id)) else { break };
            look = look.over(style.look);
            next = style.base.as_deref();
        }
        look
    }

    /// The level of heading that a paragraph style makes.
    pub(super) fn heading(&self, id: Option<&str>) -> Option<u8> {
        let mut next = id;
        for _ in 0..CHAIN {
            let style = self.all.get(next?)?;
            if style.heading.is_some() {
                return style.heading;
            }
            next = style.base.as_deref();
        }
        None
    }

    /// The list and level that a paragraph style puts its paragraphs in.
    pub(super) fn list(&self, id: Option<&str>) -> Option<(String, u8)> {
        let mut next = id;
        for _ in 0..CHAIN {
            let style = self.all.get(next?)?;
            if style.list.is_some() {
                return style.list.clone();
            }
            next = style.base.as_deref();
        }
        None
    }

    /// Refuses a table whose style hides text, or sets it in a colour of its paper: it decides for
    /// cells that we do not follow.
    pub(super) fn refuse_faint(&self, table: Option<&str>) -> Result<(), Refusal> {
        let mut next = table;
        for _ in 0..CHAIN {
            let Some((base, faint)) = next.and_then(|id| self.tables.get(id)) else { break };
            if *faint {
                return Err(Code::Unfaithful.into());
            }
            next = base.as_deref();
        }
        Ok(())
    }

    /// Whether a run is surely seen, and whether it is bold.
    ///
    /// `vanish` of a paragraph style and of a character style cancel each other in the writing
    /// program; here either hides, unless the run itself says that it is shown.
    pub(super) fn run(
        &self,
        paragraph: Option<&str>,
        properties: Option<Node<'_, '_>>,
        paper: Option<Rgb>,
    ) -> (bool, bool) {
        let direct = Look::of(properties);
        let named =
            properties.and_then(|node| child(node, "rStyle")).and_then(|n| attribute(n, "val"));
        let character = self.chain(named.or(self.character.as_deref()));
        let paragraph = self.chain(paragraph.or(self.paragraph.as_deref()));
        let by_style = [character, paragraph, self.defaults];
        let mut look = by_style.into_iter().fold(direct, Look::over);
        if direct.hidden.is_none() && by_style.iter().any(|look| look.hidden == Some(true)) {
            look.hidden = Some(true);
        }
        (look.is_seen(paper), look.bold == Some(true))
    }
}

/// Whether a style of tables hides text, or sets it in a colour of its paper.
fn is_faint_table(style: Node<'_, '_>) -> bool {
    let paper = |part: Node<'_, '_>| {
        child(part, "tcPr").and_then(|cell| child(cell, "shd")).and_then(shade)
    };
    let of = |wanted: &str| {
        children(style, "tblStylePr").find(|part| attribute(*part, "type") == Some(wanted))
    };
    let mut parts = std::iter::once(style).chain(children(style, "tblStylePr"));
    parts.any(|part| {
        // A corner has the paper of its row.
        let row = match attribute(part, "type") {
            Some("nwCell" | "neCell") => of("firstRow"),
            Some("swCell" | "seCell") => of("lastRow"),
            _ => None,
        };
        let paper = paper(part).or_else(|| row.and_then(paper));
        !Look::of(child(part, "rPr")).is_seen(paper)
    })
}
