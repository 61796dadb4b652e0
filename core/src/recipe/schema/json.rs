//! The list as a JSON Schema (draft 2020-12): editors complete and check recipes by it.

use serde_json::{Map, Value, json};

use super::{Default, Key, Kind, SWEEP, TABLES, Table};

/// The schema as JSON text with a line for each value.
///
/// It refuses unknown tables and keys, wrong types and values out of range. What depends on several keys together is said in the
/// descriptions and checked by [`Recipe::parse`](crate::recipe::Recipe::parse) alone.
#[must_use]
pub fn json_schema() -> String {
    let all = || TABLES.iter().chain([SWEEP]);
    let tables: Map<String, Value> = all().map(|table| (table.name.to_owned(), of_table(table))).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stitchscope recipe",
        "type": "object",
        "additionalProperties": false,
        "properties": tables,
        // What a study must have, the axes and rows of a sweep may give.
        "if": {"not": {"required": [SWEEP.name]}},
        "then": must(),
    });
    // A value of maps, lists, texts and finite numbers always has a JSON form.
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// The tables that every recipe of a study has, and in each table the keys that must be given.
fn must() -> Value {
    let required: Vec<&str> = TABLES.iter().filter(|table| table.required).map(|table| table.name).collect();
    let keys = |table: &Table| -> Vec<&str> {
        table.keys.iter().filter(|key| matches!(key.default, Default::Required)).map(|key| key.name).collect()
    };
    let of = TABLES.iter().map(|table| (table.name.to_owned(), json!({"required": keys(table)})));
    json!({"required": required, "properties": of.collect::<Map<String, Value>>()})
}

fn of_table(table: &Table) -> Value {
    let keys: Map<String, Value> = table.keys.iter().map(|key| (key.name.to_owned(), of_key(key))).collect();
    json!({"type": "object", "description": table.about, "additionalProperties": false, "properties": keys})
}

fn of_key(key: &Key) -> Value {
    let mut schema = of_kind(key.kind);
    let mut about = key.hint();
    if let Default::Depends(words) = key.default {
        about.push_str(&format!(" Left out: {words}."));
    }
    if let Some(value) = key.default_value() {
        schema["default"] = json!(value);
    }
    schema["description"] = Value::String(about);
    schema
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::Network | Kind::Images => json!({"type": "string", "minLength": 1}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
        Kind::Word(words) => json!({"enum": words()}),
        Kind::Words(words) => json!({"type": "array", "uniqueItems": true, "items": {"enum": words()}}),
        Kind::Whole(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        Kind::Wholes { from, to, count: (least, most) } => json!({
            "type": "array", "uniqueItems": true, "minItems": least, "maxItems": most,
            "items": {"type": "integer", "minimum": from, "maximum": to},
        }),
        Kind::Number { from, to } => {
            let mut schema = json!({"type": "number"});
            schema[if from.1 { "minimum" } else { "exclusiveMinimum" }] = json!(from.0);
            if let Some((to, included)) = to {
                schema[if included { "maximum" } else { "exclusiveMaximum" }] = json!(to);
            }
            schema
        }
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Strength => json!({"type": ["string", "number"], "examples": ["8/255", "0.5"]}),
        Kind::Sides { to, square } => {
            let side = json!({"type": "integer", "minimum": 1, "maximum": to});
            let both = json!({"type": "array", "minItems": 2, "maxItems": 2, "items": side});
            if square { json!({"anyOf": [side, both]}) } else { both }
        }
        Kind::Pairs => {
            let name = json!({"type": "string", "minLength": 1});
            let pair = json!({"type": "array", "minItems": 2, "maxItems": 2, "items": name});
            json!({"anyOf": [
                {"enum": ["same", "all"]},
                {"type": "array", "minItems": 1, "uniqueItems": true, "items": pair},
            ]})
        }
        Kind::Axes => {
            let values = json!({"type": "array", "minItems": 1});
            let table = json!({"type": "object", "additionalProperties": values});
            json!({"type": "object", "additionalProperties": {"anyOf": [values, table]}})
        }
    }
}
