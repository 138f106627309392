//! What the provider's reference allows at each place of a request: a shape is JSON whose texts name
//! kinds of values. `"a|b"` is either; `"=word"` is that very word; `"@session"` is another shape; a
//! field whose name ends in `?` may be left out; a list holds one shape for all of its elements.

use crate::fixtures::fixture;
use serde_json::{Value, json};

/// What of a value does not fit a shape, as a path and a reason.
pub(crate) fn misfits(value: &Value, shape: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(value, shape, "", &mut found);
    found
}

fn check(value: &Value, shape: &Value, path: &str, found: &mut Vec<String>) {
    match shape {
        Value::String(kinds) if kinds.starts_with('@') => {
            check(
                value,
                &fixture(&format!("shapes/{}", &kinds[1..])),
                path,
                found,
            );
        }
        Value::String(kinds) => {
            if !kinds.split('|').any(|kind| is(value, kind)) {
                found.push(format!("{path}: {value} is no {kinds}"));
            }
        }
        // Where the reference allows a null instead of an object, the shape says so in words.
        Value::Object(fields) => {
            let Some(given) = value.as_object() else {
                found.push(format!("{path}: {value} is no object"));
                return;
            };
            let known = |name: &String| {
                fields.contains_key(name) || fields.contains_key(&format!("{name}?"))
            };
            found.extend(
                given
                    .keys()
                    .filter(|name| !known(name))
                    .map(|name| format!("{path}/{name}: not known")),
            );
            for (name, shape) in fields {
                let (name, optional) = match name.strip_suffix('?') {
                    Some(name) => (name, true),
                    None => (name.as_str(), false),
                };
                match given.get(name) {
                    Some(value) => check(value, shape, &format!("{path}/{name}"), found),
                    None if optional => {}
                    None => found.push(format!("{path}/{name}: missing")),
                }
            }
        }
        Value::Array(element) => match value.as_array() {
            Some(values) => {
                for (at, value) in values.iter().enumerate() {
                    check(value, &element[0], &format!("{path}/{at}"), found);
                }
            }
            None => found.push(format!("{path}: {value} is no list")),
        },
        other => panic!("a shape cannot hold {other}"),
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        word => word.strip_prefix('=').is_some_and(|word| {
            value.as_str() == Some(word)
                || value.as_u64().map(|number| number.to_string()).as_deref() == Some(word)
        }),
    }
}

#[test]
fn a_shape_notices_what_is_unknown_missing_or_of_another_kind() {
    let shape = json!({ "a": "integer|null", "b?": ["=x|=y"], "c?": { "d": "string" } });
    let fits = |value: Value| misfits(&value, &shape);
    assert_eq!(
        fits(json!({ "a": null, "b": ["x", "y"], "c": { "d": "" } })),
        [""; 0]
    );
    assert_eq!(fits(json!({})), ["/a: missing"]);
    assert_eq!(fits(json!({ "a": "1" })), ["/a: \"1\" is no integer|null"]);
    assert_eq!(
        fits(json!({ "a": 1, "b": ["z"] })),
        ["/b/0: \"z\" is no =x|=y"]
    );
    assert_eq!(
        fits(json!({ "a": 1, "c": { "d": "", "e": 1 } })),
        ["/c/e: not known"]
    );
    assert_eq!(
        fits(json!({ "a": 1, "c": null })),
        ["/c: null is no object"]
    );
}
