//! A table of firearms (recovered, lost or stolen), one row a weapon.
//!
//! Delimiter `,`, `;` or tab; UTF-8 or Windows-1252; header in English or Spanish, in any order,
//! read without regard to case, accents and punctuation:
//!
//! | property | English | Spanish |
//! |---|---|---|
//! | `serial` | serial, serial number | número de serie, serie |
//! | `serial_status` | serial status | estado de la serie |
//! | `manufacturer` | make, manufacturer | marca, fabricante |
//! | `model` | model | modelo |
//! | `calibre` | calibre, caliber | calibre |
//! | `firearm_type` | type, weapon type | tipo, tipo de arma |
//! | `country_of_manufacture` | country of manufacture, country of origin | país de fabricación |
//! | `importer`, `import_mark` | importer, import mark | importador, marca de importación |
//! | `other_marks` | other marks | otras marcas |
//! | `status` | status | estado |
//! | `recovered_on` | recovered on, date | fecha, fecha de recuperación |
//! | `external_references` | case, case number | caso, expediente |
//! | place (a `location`) | place, city; province, state; country; latitude, longitude | lugar, ciudad; provincia; país; latitud, longitud |
//!
//! The exact list is `columns::NAMES`. Each row gives a `firearm`; equal places of a file share
//! one `location`. Every cell, read or not, stands in the firearm's provenance beside its column,
//! so nothing of the table is lost and one row can be erased alone: that is why the table itself
//! is not kept as a blob. Where a value cannot be what it says (a day that does not exist, a
//! serial that a spreadsheet turned into a number), the row is rejected with its number, its
//! column and what was expected; a value that is merely unknown to us is a warning.

mod columns;
mod countries;
mod row;
mod values;

use std::collections::{HashMap, HashSet};

use csv::{ReaderBuilder, StringRecord};
use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Id, Object, ParseError};
use serde_json::{Map, Value, json};

use crate::encoding::{self, Encoding};
use crate::outcome::{Position, finding};
use crate::own::{Maker, SourceRow};
use crate::{Format, ImportError, Imported, Outcome, Repeated, Source};
use columns::Columns;
use row::{Place, Row};

/// Whether a line is the header of such a table.
pub(crate) fn is_header(line: &str) -> bool {
    let names: Vec<String> =
        line.split(delimiter(line)).map(|c| c.trim_matches('"').to_owned()).collect();
    Columns::read(&names).is_ok()
}

pub(crate) fn read(source: &Source<'_>) -> Result<Outcome, ImportError> {
    let maker = Maker::new(source, "enlace firearms-csv 1");
    let mut outcome = Outcome::new(Format::FirearmsCsv, maker.sha256().to_owned());
    let (text, encoding) = encoding::decode(source.bytes);
    if encoding == Encoding::Windows1252 {
        let expected = "UTF-8: read as windows-1252";
        let found = "not UTF-8";
        let note = finding(Level::Should, "import.encoding.assumed", "", found, expected);
        outcome.notes.push(note);
    }
    let header_line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let mut reader = ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter(header_line)).unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let read_header = reader.read_record(&mut record).unwrap_or(false);
    let header: Vec<String> = record.iter().map(|c| c.trim().to_owned()).collect();
    if header.len() > source.limits.columns {
        let limit = source.limits.columns;
        return Err(ImportError::TooManyColumns { found: header.len(), limit });
    }
    let columns = Columns::read(if read_header { &header } else { &[] })?;
    outcome.notes.extend(columns.unread(&header));
    let mut table = Table { source, maker, header, columns, seen: HashSet::new(), outcome };
    let mut places = HashMap::new();
    let mut item = 0;
    // Text that is UTF-8 already and of any width has no way to fail; a failure ends the table.
    while reader.read_record(&mut record).unwrap_or(false) {
        if record.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        item += 1;
        if item > source.limits.items as u64 {
            return Err(ImportError::TooManyItems { limit: source.limits.items });
        }
        let line = record.position().map_or(0, csv::Position::line);
        table.take(&record, Position { what: "row", item, line }, &mut places);
    }
    Ok(table.outcome)
}

/// The most frequent of the delimiters in the header; `,` where there is none.
fn delimiter(header: &str) -> char {
    let count = |d: char| header.chars().filter(|c| *c == d).count();
    let best = [';', '\t'].into_iter().max_by_key(|d| count(*d)).unwrap_or(',');
    if count(best) > count(',') { best } else { ',' }
}

/// The table while it is read.
struct Table<'a> {
    source: &'a Source<'a>,
    maker: Maker<'a>,
    header: Vec<String>,
    columns: Columns,
    seen: HashSet<Id>,
    outcome: Outcome,
}

impl Table<'_> {
    fn take(
        &mut self,
        record: &StringRecord,
        position: Position,
        places: &mut HashMap<String, Id>,
    ) {
        let row = Row { header: &self.header, columns: &self.columns, record };
        let parsed = row.parse(&self.source.limits, self.source.imported_us);
        let (firearm, warnings) = match parsed {
            Ok(parsed) => parsed,
            Err(findings) => return self.reject(record, position, findings),
        };
        let mut properties = firearm.properties;
        let mut new_place = None;
        if let Some(place) = firearm.place {
            let (id, made) = match self.place(&place, places, position) {
                Ok(found) => found,
                Err(finding) => return self.reject(record, position, vec![finding]),
            };
            properties.insert("recovered_place_ref".into(), json!(id.as_str()));
            new_place = made.map(|object| (place.key(), id, object));
        }
        match self.firearm(properties, record, position) {
            Ok(object) if self.seen.contains(object.id()) => {
                self.outcome
                    .repeated
                    .push(Repeated { id: object.id().clone(), position: position.to_string() });
            }
            Ok(object) => {
                self.seen.insert(object.id().clone());
                let (row, position) = (Some(position.item), position.to_string());
                if let Some((key, id, object)) = new_place {
                    places.insert(key, id);
                    let position = position.clone();
                    let place = Imported {
                        object,
                        position,
                        row,
                        warnings: Vec::new(),
                        changes: Vec::new(),
                    };
                    self.outcome.objects.push(place);
                }
                self.outcome.objects.push(Imported {
                    object,
                    position,
                    row,
                    warnings,
                    changes: Vec::new(),
                });
            }
            Err(finding) => self.reject(record, position, vec![finding]),
        }
    }

    /// The id of the row's place and, the first time, its object.
    fn place(
        &self,
        place: &Place,
        places: &HashMap<String, Id>,
        position: Position,
    ) -> Result<(Id, Option<Object>), Finding> {
        let key = place.key();
        if let Some(id) = places.get(&key) {
            return Ok((id.clone(), None));
        }
        let id = self.maker.derive_id("location", &json!(key));
        let row = SourceRow { number: position.item, cells: None };
        let object = self.maker.sdo(&id, place.properties(), Some(&row));
        Ok((id, Some(checked(object)?)))
    }

    fn firearm(
        &self,
        properties: Map<String, Value>,
        record: &StringRecord,
        position: Position,
    ) -> Result<Object, Finding> {
        let cells: Vec<&str> = record.iter().collect();
        // Rows that differ in any cell are two weapons, also where we do not read the cell.
        let id = self.maker.derive_id("firearm", &self.columns.row_key(&self.header, &cells));
        let row = SourceRow { number: position.item, cells: Some((&self.header, cells)) };
        checked(self.maker.sdo(&id, properties, Some(&row)))
    }

    fn reject(&mut self, record: &StringRecord, position: Position, findings: Vec<Finding>) {
        let cells: Vec<&str> = record.iter().collect();
        let raw = json!({"columns": self.header, "cells": cells}).to_string();
        self.outcome.reject(None, position, &raw, findings);
    }
}

/// What we make must hold what we ask of others.
fn checked(made: Result<Object, ParseError>) -> Result<Object, Finding> {
    let object = made.map_err(|e| finding(Level::Must, e.rule(), e.path(), "", e.to_string()))?;
    match validate::object(&object).into_iter().find(|f| f.level == Level::Must) {
        Some(finding) => Err(finding),
        None => Ok(object),
    }
}
