//! The fixtures as they lie in their folder.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// One fixture, such as `requests/session`.
pub(crate) fn fixture(name: &str) -> Value {
    let path = folder(&format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every fixture of a folder by its name, so that none can lie there unused.
pub(crate) fn fixtures(of: &str) -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder(of)).unwrap();
    files
        .map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            let name = name.strip_suffix(".json").unwrap().to_owned();
            let value = fixture(&format!("{of}/{name}"));
            (name, value)
        })
        .collect()
}
