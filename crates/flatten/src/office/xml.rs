//! Access to XML: elements by local name within the namespaces of one vocabulary.

use roxmltree::{Document, Error, Node, ParsingOptions};

use crate::{Code, Limits, Refusal};

/// Parses a part. Document types, and with them entities, are refused.
pub(super) fn parse<'t>(text: &'t str, limits: &Limits) -> Result<Document<'t>, Refusal> {
    let nodes_limit = u32::try_from(limits.parts.saturating_mul(16)).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: false, nodes_limit, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        Error::NodesLimitReached => Code::Parts,
        _ => Code::Malformed,
    })?;
    let depth = limits.depth.saturating_mul(4);
    for node in document.descendants().filter(|node| !node.has_children()) {
        if node.ancestors().nth(depth).is_some() {
            return Err(Code::Depth.into());
        }
    }
    Ok(document)
}

/// Whether a node is the element `name` of a vocabulary (a part of its namespace's name).
pub(super) fn is(node: Node<'_, '_>, vocabulary: &str, name: &str) -> bool {
    node.tag_name().name() == name
        && node.tag_name().namespace().is_some_and(|space| space.contains(vocabulary))
}

/// The first child element of this local name in the same vocabulary as its parent.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// Child elements of this local name in the same vocabulary as their parent.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    let space = node.tag_name().namespace();
    node.children()
        .filter(move |kid| kid.tag_name().name() == name && kid.tag_name().namespace() == space)
}

/// An attribute by its local name.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|a| a.value())
}

/// Whether an attribute of office documents is true; its absence is `None`.
pub(super) fn flag(node: Node<'_, '_>, name: &str) -> Option<bool> {
    attribute(node, name).map(|value| !matches!(value, "0" | "false" | "off"))
}
