//! Rebuilds the crate when `ui/dist`, which is embedded in it, appears or changes.

fn main() {
    // A folder that does not exist cannot be watched; then its parent is.
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/dist");
    let watched = if std::path::Path::new(dist).exists() { "../../ui/dist" } else { "../../ui" };
    std::io::Write::write_all(
        &mut std::io::stdout(),
        format!("cargo::rerun-if-changed={watched}\ncargo::rerun-if-changed=build.rs\n").as_bytes(),
    )
    .unwrap_or_default();
}
