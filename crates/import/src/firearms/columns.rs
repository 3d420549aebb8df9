//! Which column of a header means which property.

use std::collections::HashMap;

use enlace_stix::validate::{Finding, Level};
use serde_json::{Map, Value, json};

use crate::ImportError;
use crate::outcome::finding;

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Column {
    Serial,
    SerialStatus,
    Manufacturer,
    Model,
    Calibre,
    FirearmType,
    CountryOfManufacture,
    Importer,
    ImportMark,
    OtherMarks,
    Status,
    RecoveredOn,
    Place,
    Province,
    Country,
    Latitude,
    Longitude,
    Case,
}

/// Header names, folded by [`fold`]; the first is the name in messages.
pub(crate) const NAMES: &[(Column, &[&str])] = &[
    (
        Column::Serial,
        &[
            "serial",
            "serial_number",
            "serial_no",
            "serie",
            "no_serie",
            "no_de_serie",
            "n_de_serie",
            "num_serie",
            "numero_serie",
            "numero_de_serie",
        ],
    ),
    (
        Column::SerialStatus,
        &["serial_status", "estado_serie", "estado_de_serie", "estado_de_la_serie"],
    ),
    (Column::Manufacturer, &["make", "manufacturer", "marca", "fabricante"]),
    (Column::Model, &["model", "modelo"]),
    (Column::Calibre, &["calibre", "caliber"]),
    (
        Column::FirearmType,
        &["type", "firearm_type", "weapon_type", "tipo", "tipo_arma", "tipo_de_arma"],
    ),
    (
        Column::CountryOfManufacture,
        &[
            "country_of_manufacture",
            "country_of_origin",
            "pais_fabricacion",
            "pais_de_fabricacion",
            "pais_de_origen",
        ],
    ),
    (Column::Importer, &["importer", "importador"]),
    (Column::ImportMark, &["import_mark", "marca_importacion", "marca_de_importacion"]),
    (Column::OtherMarks, &["other_marks", "additional_markings", "otras_marcas"]),
    (Column::Status, &["status", "estado"]),
    (
        Column::RecoveredOn,
        &[
            "recovered_on",
            "recovery_date",
            "date",
            "fecha",
            "fecha_recuperacion",
            "fecha_de_recuperacion",
            "fecha_de_incautacion",
            "fecha_de_decomiso",
        ],
    ),
    (Column::Place, &["place", "recovery_place", "city", "lugar", "ciudad"]),
    (Column::Province, &["province", "state", "region", "provincia", "departamento"]),
    (Column::Country, &["country", "recovery_country", "pais", "pais_de_recuperacion"]),
    (Column::Latitude, &["latitude", "lat", "latitud"]),
    (Column::Longitude, &["longitude", "lon", "lng", "longitud"]),
    (Column::Case, &["case", "case_number", "case_no", "caso", "expediente"]),
];

/// Where each property stands in the rows of one table.
#[derive(Debug)]
pub(crate) struct Columns {
    found: HashMap<Column, usize>,
    /// Whether the date column is headed in Spanish, so that 03/04/2026 is the third of April.
    pub day_first: bool,
}

impl Columns {
    /// Reads a header. It must have a column for the serial number and one that tells makes apart.
    pub fn read(header: &[String]) -> Result<Self, ImportError> {
        let mut found: HashMap<Column, usize> = HashMap::new();
        let mut day_first = false;
        for (i, name) in header.iter().enumerate() {
            let folded = fold(name);
            let Some((column, names)) =
                NAMES.iter().find(|(_, names)| names.contains(&folded.as_str()))
            else {
                continue;
            };
            if let Some(first) = found.insert(*column, i) {
                return Err(ImportError::RepeatedColumn {
                    column: names.first().copied().unwrap_or_default(),
                    first: header.get(first).cloned().unwrap_or_default(),
                    second: name.clone(),
                });
            }
            day_first |= folded.starts_with("fecha");
        }
        let missing = |column: &'static str, wanted: &[Column]| ImportError::NoColumn {
            column,
            accepted: accepted(wanted),
        };
        if !found.contains_key(&Column::Serial) {
            return Err(missing("serial", &[Column::Serial]));
        }
        let model = [Column::Manufacturer, Column::Model, Column::Calibre];
        if !model.iter().any(|c| found.contains_key(c)) {
            return Err(missing("make, model or calibre", &model));
        }
        Ok(Self { found, day_first })
    }

    /// The place of a column in a row.
    pub fn index(&self, column: Column) -> Option<usize> {
        self.found.get(&column).copied()
    }

    /// A warning for each column that no property is read from.
    pub fn unread<'a>(&'a self, header: &'a [String]) -> impl Iterator<Item = Finding> + 'a {
        let is_read = |i: usize| self.found.values().any(|at| *at == i);
        header.iter().enumerate().filter(move |(i, _)| !is_read(*i)).map(|(_, name)| {
            let expected = "a column of the firearms table: its cells are kept as they stand";
            finding(Level::Should, "firearms.column.unread", name, name, expected)
        })
    }

    /// What tells a row from another: every cell that is not empty, by column.
    pub fn row_key(&self, header: &[String], cells: &[&str]) -> Value {
        let mut key = Map::new();
        for (i, cell) in cells.iter().map(|c| c.trim()).enumerate() {
            let known = NAMES
                .iter()
                .find(|(column, _)| self.index(*column) == Some(i))
                .and_then(|(_, names)| names.first());
            let name = match known {
                Some(name) => (*name).to_owned(),
                None => format!("{i} {}", header.get(i).map_or("", String::as_str)),
            };
            if !cell.is_empty() {
                key.insert(name, json!(cell));
            }
        }
        Value::Object(key)
    }
}

fn accepted(wanted: &[Column]) -> String {
    let names = NAMES.iter().filter(|(c, _)| wanted.contains(c)).flat_map(|(_, n)| n.iter());
    names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// Lower case, without accents, everything but letters and digits as one `_`.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::new();
    for c in text.trim_start_matches('\u{feff}').chars().flat_map(char::to_lowercase) {
        let plain = match c {
            'á' | 'à' | 'â' | 'ã' => 'a',
            'é' | 'è' | 'ê' => 'e',
            'í' | 'ì' | 'î' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            'º' | 'ª' | '°' | '\u{300}'..='\u{36f}' => continue,
            c => c,
        };
        if plain.is_alphanumeric() {
            out.push(plain);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    while out.ends_with('_') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn headers_are_read_without_case_accents_and_punctuation() {
        for name in ["Nº de serie", "N.º DE SERIE", "Número de serie", " serial_NUMBER "] {
            let columns = Columns::read(&header(&format!("x,{name},Marca")));
            assert_eq!(columns.ok().and_then(|c| c.index(Column::Serial)), Some(1), "{name}");
        }
    }

    #[test]
    fn a_table_needs_a_serial_and_something_that_tells_makes_apart() {
        let rule = |line: &str| Columns::read(&header(line)).map_err(|e| e.code()).err();
        assert_eq!(rule("make,model"), Some("import.table.no-column"));
        assert_eq!(rule("serial,date"), Some("import.table.no-column"));
        assert_eq!(rule("serial,marca,make"), Some("import.table.repeated-column"));
        assert_eq!(rule("serial,make"), None);
    }

    #[test]
    fn no_header_name_means_two_things() {
        let mut all: Vec<&str> = NAMES.iter().flat_map(|(_, n)| n.iter().copied()).collect();
        all.iter().for_each(|n| assert_eq!(fold(n), *n));
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
