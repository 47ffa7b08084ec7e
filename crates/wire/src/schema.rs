//! JSON Schemas of the encodings, by name.

use crate::affected::Affected;
use crate::assessment::Assessment;
use crate::batch::BatchLine;
use crate::comparison::Comparison;
use crate::outlook::WhatIf;
use crate::segmentation::{Drift, Plan, Quarantine};
use crate::truth::Truth;
use schemars::{Schema, schema_for};

/// The names [`json`] knows, in order.
pub fn names() -> &'static [&'static str] {
    &["affected", "assessment", "batch", "comparison", "drift", "plan", "quarantine", "truth", "what_if"]
}

/// The JSON Schema of the encoding with this name; `None` when there is none.
pub fn json(name: &str) -> Option<serde_json::Value> {
    let schema: Schema = match name {
        "affected" => schema_for!(Affected),
        "assessment" => schema_for!(Assessment),
        "batch" => schema_for!(BatchLine<'static>),
        "comparison" => schema_for!(Comparison),
        "drift" => schema_for!(Drift),
        "plan" => schema_for!(Plan),
        "quarantine" => schema_for!(Quarantine),
        "truth" => schema_for!(Truth),
        "what_if" => schema_for!(WhatIf),
        _ => return None,
    };
    Some(schema.to_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_schema_that_requires_its_version() {
        for name in names() {
            let schema = json(name).unwrap();
            let required = schema["required"].as_array().unwrap();
            assert!(required.iter().any(|field| field == "schema"), "{name}");
            assert!(schema["properties"]["schema"].is_object(), "{name}");
        }
        assert_eq!(json("batches"), None);
    }
}
