//! FDA's product codes in a file of the feed folder.

use crate::error::AppError;
use cordon_knowledge::fda::{Classes, Classification};
use std::fs;
use std::path::Path;

const CLASSES: &str = "classification.json";

/// A classification in its file: code, name, class, regulation, life-sustaining, implant.
type Row = (String, String, String, String, Option<bool>, Option<bool>);

/// Writes them.
pub(super) fn write_classes(folder: &Path, classes: &Classes) -> Result<(), AppError> {
    let row = |class: &Classification| -> Row {
        let Classification { code, name, class, regulation, life_sustaining, implant } = class.clone();
        (code, name, class, regulation, life_sustaining, implant)
    };
    let rows: Vec<Row> = classes.values().map(row).collect();
    let text = serde_json::to_string(&rows).map_err(|error| AppError::Defect {
        what: "encoding the classification",
        reason: error.to_string(),
    })?;
    crate::deliver::replace(&folder.join(CLASSES), text.replace("],[", "],\n[").as_bytes())
}

/// Reads them.
pub(super) fn read_classes(folder: &Path) -> Result<Classes, AppError> {
    let path = folder.join(CLASSES);
    let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
    let rows: Vec<Row> = serde_json::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    let class = |(code, name, class, regulation, life_sustaining, implant): Row| {
        (code.clone(), Classification { code, name, class, regulation, life_sustaining, implant })
    };
    Ok(rows.into_iter().map(class).collect())
}
