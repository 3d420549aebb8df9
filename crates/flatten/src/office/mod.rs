//! Office documents: their visible text, laid out anew.
//!
//! Nothing renders them faithfully but the programs that wrote them. So nothing is claimed of
//! their look: what is surely visible is set as plain text and tables, what may be hidden (by
//! colour, size, style, deletion) is left out, and a document where something may lie over the
//! text is refused. Slides are drawings, not text: refused, to be saved as PDF first.

mod package;
mod sheet;
mod style;
mod word;
mod xml;

use crate::note::Notes;
use crate::story::Story;
use crate::{Code, Limits, Refusal};
use package::Package;

/// Kinds of office documents that can be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Office {
    Word,
    Sheet,
    /// Made of drawings, or of a kind that we do not read.
    Other,
}

const OFFICE: &str = "application/vnd.openxmlformats-officedocument.";

/// Relationship to the main part, transitional and strict.
const MAIN: &str = "/officeDocument";

/// The kind that a media type names.
pub(crate) fn named(mime: &str) -> Option<Office> {
    let rest = mime.strip_prefix(OFFICE);
    Some(match (rest, mime) {
        (Some("wordprocessingml.document"), _) => Office::Word,
        (Some("spreadsheetml.sheet"), _) => Office::Sheet,
        (Some("presentationml.presentation" | "presentationml.slideshow"), _) => Office::Other,
        (_, "application/vnd.oasis.opendocument.text")
        | (_, "application/vnd.oasis.opendocument.spreadsheet")
        | (_, "application/vnd.oasis.opendocument.presentation") => Office::Other,
        (_, mime) if mime.contains(".macroenabled.") => Office::Other,
        _ => return None,
    })
}

/// Reads a package; `declared` = nothing was declared if `None`.
pub(crate) fn read(
    bytes: &[u8],
    declared: Option<Office>,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<Story, Refusal> {
    let package = Package::open(bytes, limits)?;
    let macros = |name: &str| {
        name.ends_with("vbaproject.bin")
            || name.starts_with("basic/")
            || name.contains("macrosheet")
    };
    if package.names().any(macros) {
        return Err(Code::Macros.into());
    }
    let Some(types) = package.text("[Content_Types].xml")? else {
        // OpenDocument, or no office document at all.
        let open = package.text("mimetype")?.is_some_and(|mime| mime.contains("opendocument"));
        return Err(if open { Code::SaveAsPdf } else { Code::TypeUnknown }.into());
    };
    let types = xml::parse(&types, limits)?;
    let main = main_part(&package, limits)?;
    let part_name = format!("/{main}");
    let kind = xml::children(types.root_element(), "Override")
        .find(|part| {
            let name = xml::attribute(*part, "PartName");
            name.is_some_and(|name| name.eq_ignore_ascii_case(&part_name))
        })
        .and_then(|part| xml::attribute(part, "ContentType"))
        .ok_or(Code::Malformed)?;
    if kind.to_ascii_lowercase().contains("macroenabled") {
        return Err(Code::Macros.into());
    }
    let kind = kind.strip_suffix(".main+xml").unwrap_or(kind);
    let found = named(kind).ok_or(Code::TypeUnknown)?;
    if declared.is_some_and(|declared| declared != found) {
        return Err(Code::TypeMismatch.into());
    }
    match found {
        Office::Word => word::read(&package, &main, limits, notes),
        Office::Sheet => sheet::read(&package, &main, limits, notes),
        Office::Other => Err(Code::SaveAsPdf.into()),
    }
}

/// The main part by the relationships of the package, as the writing programs find it.
fn main_part(package: &Package<'_>, limits: &Limits) -> Result<String, Refusal> {
    let text = package.must("_rels/.rels")?;
    let relations = xml::parse(&text, limits)?;
    let mut mains = xml::children(relations.root_element(), "Relationship")
        .filter(|one| xml::attribute(*one, "Type").is_some_and(|kind| kind.ends_with(MAIN)));
    let main = mains.next().and_then(|one| xml::attribute(one, "Target"));
    if mains.next().is_some() {
        return Err(Code::Malformed.into());
    }
    let main = main.ok_or(Code::Malformed)?.trim_start_matches('/').to_owned();
    if main.contains("..") { Err(Code::Malformed.into()) } else { Ok(main) }
}

/// What a part refers to: target and type by id. External targets are not listed.
fn relations(
    package: &Package<'_>,
    part: &str,
    limits: &Limits,
) -> Result<Vec<(String, String, String)>, Refusal> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let Some(text) = package.text(&format!("{folder}/_rels/{name}.rels"))? else {
        return Ok(Vec::new());
    };
    let document = xml::parse(&text, limits)?;
    let mut all = Vec::new();
    for one in xml::children(document.root_element(), "Relationship") {
        let (Some(id), Some(kind), Some(target)) =
            (xml::attribute(one, "Id"), xml::attribute(one, "Type"), xml::attribute(one, "Target"))
        else {
            return Err(Code::Malformed.into());
        };
        if xml::attribute(one, "TargetMode") != Some("External") {
            let kind = kind.rsplit('/').next().unwrap_or_default();
            all.push((id.to_owned(), kind.to_owned(), resolved(folder, target)));
        }
    }
    Ok(all)
}

/// A target beside the part that names it.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => {
                path.pop();
            }
            "." | "" => {}
            step => path.push(step),
        }
    }
    path.join("/")
}
