//! Figures of the store.
//!
//! `store replay FOLDER TO HELD`: writes the rows of a node's store in a folder once more, into an
//! empty one, and prints the CPU seconds for those behind the first `HELD` objects. `store questions
//! PLACE`: asks a mix of questions and prints each one's times.
#![forbid(unsafe_code)]

mod questions;
mod replay;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["replay", from, to, held] => replay::run(Path::new(from), Path::new(to), held.parse()?),
        ["questions", place] => questions::run(place),
        _ => Err("store replay FOLDER TO HELD | store questions PLACE".into()),
    }
}
