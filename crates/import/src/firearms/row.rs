//! One row of the table: its cells become the properties of a firearm and of a place.

use csv::StringRecord;
use enlace_stix::canonical;
use enlace_stix::validate::{Finding, Level};
use serde_json::{Map, Value, json};

use super::columns::{Column, Columns};
use super::countries;
use super::values::{self, SerialStatus};
use crate::Limits;
use crate::outcome::finding;

/// One row under its header.
pub(crate) struct Row<'a> {
    pub header: &'a [String],
    pub columns: &'a Columns,
    pub record: &'a StringRecord,
}

/// What a row says of a weapon.
pub(crate) struct Firearm {
    pub properties: Map<String, Value>,
    pub place: Option<Place>,
}

/// Where a weapon was recovered.
#[derive(Debug, Default)]
pub(crate) struct Place {
    name: Option<String>,
    province: Option<String>,
    country: Option<String>,
    coordinates: Option<(f64, f64)>,
}

impl Place {
    /// Equal for equal places.
    pub fn key(&self) -> String {
        canonical::to_string(&Value::Object(self.properties()))
    }

    /// The properties of its `location`.
    pub fn properties(&self) -> Map<String, Value> {
        let mut out = Map::new();
        let texts = [
            ("name", &self.name),
            ("administrative_area", &self.province),
            ("country", &self.country),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                out.insert(name.into(), json!(value));
            }
        }
        if let Some((latitude, longitude)) = self.coordinates {
            out.insert("latitude".into(), json!(latitude));
            out.insert("longitude".into(), json!(longitude));
        }
        out
    }
}

/// A row while it is read: everything wrong with it is said at once.
struct Reading<'a, 'b> {
    row: &'b Row<'a>,
    out: Map<String, Value>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Row<'_> {
    /// The weapon and the doubts about it, or what makes the row unusable.
    pub fn parse(
        &self,
        limits: &Limits,
        imported_us: i64,
    ) -> Result<(Firearm, Vec<Finding>), Vec<Finding>> {
        let mut reading =
            Reading { row: self, out: Map::new(), errors: Vec::new(), warnings: Vec::new() };
        reading.shape(limits);
        reading.serial();
        reading.texts();
        reading.words();
        reading.date(imported_us);
        let place = reading.place();
        if reading.errors.is_empty() {
            Ok((Firearm { properties: reading.out, place }, reading.warnings))
        } else {
            Err(reading.errors)
        }
    }

    /// A cell without the white space around it; `None` where there is nothing in it.
    fn cell(&self, column: Column) -> Option<&str> {
        let cell = self.record.get(self.columns.index(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The column as the file heads it.
    fn heading(&self, column: Column) -> &str {
        let index = self.columns.index(column);
        index.and_then(|i| self.header.get(i)).map_or("", String::as_str)
    }
}

impl Reading<'_, '_> {
    fn refuse(&mut self, rule: &'static str, column: Column, expected: &str) {
        let (path, found) = (self.row.heading(column), self.row.cell(column).unwrap_or(""));
        self.errors.push(finding(Level::Must, rule, path, found, expected));
    }

    fn doubt(&mut self, rule: &'static str, column: Column, expected: &str) {
        let (path, found) = (self.row.heading(column), self.row.cell(column).unwrap_or(""));
        self.warnings.push(finding(Level::Should, rule, path, found, expected));
    }

    /// As many cells as the header has columns, none too long.
    fn shape(&mut self, limits: &Limits) {
        let (cells, columns) = (self.row.record.len(), self.row.header.len());
        if cells != columns {
            let expected = format!("{columns} cells, as many as the header has");
            let found = format!("{cells} cells");
            self.errors.push(finding(Level::Must, "firearms.row.cells", "", &found, expected));
        }
        for (i, cell) in self.row.record.iter().enumerate() {
            if cell.len() > limits.cell_bytes {
                let path = self.row.header.get(i).map_or("", String::as_str);
                let expected = format!("at most {} bytes", limits.cell_bytes);
                self.errors.push(finding(Level::Must, "firearms.cell.long", path, cell, expected));
            }
        }
    }

    /// `serial` as written and `serial_status`, given or read from the serial.
    fn serial(&mut self) {
        let given = match self.row.cell(Column::SerialStatus).map(values::serial_status) {
            Some(None) => {
                let expected = "readable, partial, obliterated or none";
                self.refuse("firearms.serial-status.unknown", Column::SerialStatus, expected);
                return;
            }
            Some(given) => given,
            None => None,
        };
        let raw = self.row.cell(Column::Serial);
        if raw.is_some_and(values::is_spreadsheet_number) {
            let expected = "the serial number as text: a spreadsheet made a number of it";
            return self.refuse("firearms.serial.spreadsheet", Column::Serial, expected);
        }
        let word = raw.and_then(values::serial_status);
        let number = raw.filter(|_| word.is_none());
        let status = match (given, word, number) {
            (Some(SerialStatus::None), _, Some(_)) => {
                let expected = "no serial number where the serial status is `none`";
                return self.refuse("firearms.serial.contradiction", Column::Serial, expected);
            }
            (Some(given), _, _) => given,
            (None, Some(word), _) => word,
            (None, None, Some(number)) => values::status_of(number),
            (None, None, None) => SerialStatus::Readable,
        };
        let needs_number = matches!(status, SerialStatus::Readable | SerialStatus::Partial);
        let has_number = number.is_some_and(|n| n.chars().any(char::is_alphanumeric));
        if needs_number && !has_number {
            let expected = "a serial number, or a serial status `obliterated` or `none`";
            return self.refuse("firearms.serial.missing", Column::Serial, expected);
        }
        if let Some(number) = number {
            self.out.insert("serial".into(), json!(number));
        }
        self.out.insert("serial_status".into(), json!(status.name()));
    }

    /// What is taken over as it stands; one of make, model and calibre must be there.
    fn texts(&mut self) {
        let texts = [
            (Column::Manufacturer, "manufacturer"),
            (Column::Model, "model"),
            (Column::Calibre, "calibre"),
            (Column::Importer, "importer"),
            (Column::ImportMark, "import_mark"),
            (Column::OtherMarks, "other_marks"),
        ];
        for (column, name) in texts {
            if let Some(cell) = self.row.cell(column) {
                self.out.insert(name.into(), json!(cell));
            }
        }
        if !["manufacturer", "model", "calibre"].iter().any(|n| self.out.contains_key(*n)) {
            let expected = "make, model or calibre: a serial number alone names no weapon";
            self.refuse("firearms.make.missing", Column::Manufacturer, expected);
        }
        if let Some(case) = self.row.cell(Column::Case) {
            let reference = json!([{"source_name": "case", "external_id": case}]);
            self.out.insert("external_references".into(), reference);
        }
    }

    /// What has its own vocabulary.
    fn words(&mut self) {
        if let Some(cell) = self.row.cell(Column::FirearmType) {
            match values::firearm_type(cell) {
                Some(kind) => {
                    self.out.insert("firearm_type".into(), json!(kind));
                }
                None => {
                    self.out.insert("firearm_type".into(), json!("other"));
                    let expected = "pistol, revolver, rifle, carbine, shotgun…: read as other";
                    self.doubt("firearms.type.unknown", Column::FirearmType, expected);
                }
            }
        }
        match self.row.cell(Column::Status).map(values::status) {
            None => {
                self.out.insert("status".into(), json!("recovered"));
            }
            Some(Some(status)) => {
                self.out.insert("status".into(), json!(status));
            }
            Some(None) => {
                let expected = "recovered, lost or stolen";
                self.refuse("firearms.status.unknown", Column::Status, expected);
            }
        }
        if let Some(cell) = self.row.cell(Column::CountryOfManufacture) {
            match countries::code(cell) {
                Some(code) => {
                    self.out.insert("country_of_manufacture".into(), json!(code));
                }
                None => {
                    let expected = "an ISO 3166-1 code of two letters: kept in the source row only";
                    self.doubt("firearms.country.unknown", Column::CountryOfManufacture, expected);
                }
            }
        }
    }

    fn date(&mut self, imported_us: i64) {
        let Some(cell) = self.row.cell(Column::RecoveredOn) else { return };
        match values::date(cell, self.row.columns.day_first, imported_us) {
            Ok(date) => {
                self.out.insert("recovered_on".into(), json!(date));
            }
            Err(fault) => self.refuse(fault.rule(), Column::RecoveredOn, fault.expected()),
        }
    }

    /// A place that STIX can hold (§4.10: a country or coordinates); less is a warning.
    fn place(&mut self) -> Option<Place> {
        let text = |column| self.row.cell(column).map(str::to_owned);
        let mut place = Place {
            name: text(Column::Place),
            province: text(Column::Province),
            ..Place::default()
        };
        if let Some(cell) = self.row.cell(Column::Country) {
            place.country = countries::code(cell);
            if place.country.is_none() {
                let expected = "an ISO 3166-1 code of two letters: kept in the source row only";
                self.doubt("firearms.country.unknown", Column::Country, expected);
            }
        }
        place.coordinates = self.coordinates();
        if place.country.is_some() || place.coordinates.is_some() {
            return Some(place);
        }
        if place.name.is_some() || place.province.is_some() {
            let expected = "a country or coordinates beside the place: kept in the source row only";
            self.doubt("firearms.place.no-country", Column::Place, expected);
        }
        None
    }

    fn coordinates(&mut self) -> Option<(f64, f64)> {
        let mut read = |column, limit| match self.row.cell(column) {
            None => None,
            Some(cell) => {
                let degrees = values::degrees(cell, limit);
                if degrees.is_none() {
                    let expected = "decimal degrees: latitude −90 to 90, longitude −180 to 180";
                    self.refuse("firearms.coordinates.malformed", column, expected);
                }
                degrees
            }
        };
        let (latitude, longitude) = (read(Column::Latitude, 90.0), read(Column::Longitude, 180.0));
        if latitude.is_some() != longitude.is_some() && self.errors.is_empty() {
            let expected = "latitude and longitude together";
            self.refuse("firearms.coordinates.half", Column::Latitude, expected);
        }
        latitude.zip(longitude)
    }
}
