//! Tests of the one exit.

mod generate;
mod model;
mod properties;
mod reference;
mod story;
mod table;
mod through_the_store;
