//! The walls between the crates, held against what Cargo says is there. A new edge between crates is
//! a commit of its own that edits the table here and in ARCHITECTURE.md.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this file is a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// One crate: which of ours it may import, and what it must never import directly.
struct Wall {
    name: &'static str,
    ours: &'static [&'static str],
    never: &'static [&'static [&'static str]],
}

const ASYNC: &[&str] = &[
    "async-trait",
    "futures",
    "smol",
    "tokio",
    "tokio-stream",
    "tokio-util",
];
const HTTP: &[&str] = &[
    "axum",
    "http",
    "hyper",
    "reqwest",
    "tokio-tungstenite",
    "tower",
    "tower-http",
    "tower-sessions",
];
const CLIENT: &[&str] = &["hyper", "reqwest", "tokio-tungstenite"];
const PAGE: &[&str] = &[
    "leptos",
    "leptos_axum",
    "leptos_meta",
    "leptos_router",
    "server_fn",
    "web-sys",
];
const SQL: &[&str] = &["rusqlite", "sqlx", "tokio-postgres"];
const RANDOM: &[&str] = &["fastrand", "getrandom", "rand"];
const CLOCK: &[&str] = &["chrono", "jiff", "time"];
const SERVER_FRAMEWORK: &[&str] = &["axum", "tower", "tower-http", "tower-sessions"];

const WALLS: &[Wall] = &[
    Wall {
        name: "domain",
        ours: &[],
        never: &[ASYNC, HTTP, SQL, PAGE, RANDOM],
    },
    Wall {
        name: "runtime",
        ours: &["domain"],
        never: &[HTTP, SQL, PAGE],
    },
    Wall {
        name: "redact",
        ours: &["domain"],
        never: &[ASYNC, HTTP, SQL, PAGE],
    },
    Wall {
        name: "policy",
        ours: &["domain"],
        never: &[ASYNC, HTTP, SQL, PAGE, RANDOM, CLOCK],
    },
    Wall {
        name: "vault",
        ours: &["domain"],
        never: &[HTTP, SQL, PAGE],
    },
    Wall {
        name: "store",
        ours: &["domain"],
        never: &[HTTP, PAGE],
    },
    Wall {
        name: "realtime",
        ours: &["domain", "runtime"],
        never: &[SQL, PAGE],
    },
    Wall {
        name: "rehearsal",
        ours: &["domain", "runtime"],
        never: &[SQL, PAGE],
    },
    Wall {
        name: "caller",
        ours: &["runtime"],
        never: &[HTTP, SQL, PAGE],
    },
    Wall {
        name: "service",
        ours: &[
            "domain", "runtime", "policy", "redact", "vault", "store", "realtime", "caller",
        ],
        never: &[SERVER_FRAMEWORK, PAGE, SQL, CLIENT],
    },
    Wall {
        name: "app",
        ours: &["domain", "service"],
        never: &[SQL, CLIENT, SERVER_FRAMEWORK],
    },
    Wall {
        name: "frontend",
        ours: &["app"],
        never: &[ASYNC, HTTP, SQL],
    },
    Wall {
        name: "server",
        ours: &[
            "app",
            "domain",
            "runtime",
            "service",
            "rehearsal",
            "store",
            "realtime",
            "policy",
            "vault",
            // Only in telemetry.rs: every line of the log passes it.
            "redact",
        ],
        never: &[SQL, CLIENT],
    },
    Wall {
        name: "testkit",
        ours: EVERYTHING,
        never: &[],
    },
    Wall {
        name: "xtask",
        ours: EVERYTHING,
        never: &[],
    },
];

/// Only tests and the build tool may be built from all of it.
const EVERYTHING: &[&str] = &[
    "app",
    "caller",
    "domain",
    "policy",
    "realtime",
    "redact",
    "rehearsal",
    "runtime",
    "server",
    "service",
    "store",
    "testkit",
    "vault",
];

/// All that the browser's entry point is made of.
const FRONTEND: &[&str] = &["app", "console_error_panic_hook", "leptos", "wasm-bindgen"];

/// What must not be reachable from the page by any road.
const NOT_IN_THE_PAGE: &[&str] = &[
    "axum",
    "caller",
    "policy",
    "realtime",
    "rehearsal",
    "reqwest",
    "server",
    "service",
    "sqlx",
    "store",
    "testkit",
    "tokio",
    "vault",
];

/// Words that may stand only in some files below a folder.
struct Room {
    folder: &'static str,
    words: &'static [&'static str],
    only_in: &'static [&'static str],
    because: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        folder: "server/src",
        words: &["store::", "realtime::", "policy::", "vault::"],
        only_in: &["state.rs", "state/"],
        because: "the server knows these crates only where it is put together; the rest asks `service`",
    },
    Room {
        folder: "app/src",
        words: &["service::", "leptos_axum::"],
        only_in: &["ssr.rs", "ssr/"],
        because: "the page's server side enters through one door",
    },
    Room {
        folder: "app/src",
        words: &[
            "RtcPeerConnection",
            "RtcDataChannel",
            "MediaStream",
            "AudioContext",
            "AnalyserNode",
        ],
        only_in: &["rtc.rs", "rtc/"],
        because: "the browser's media types stay in one module",
    },
];

#[test]
fn every_member_has_a_wall_and_every_wall_a_member() {
    let walls: BTreeSet<&str> = WALLS.iter().map(|wall| wall.name).collect();
    let members = Members::load();
    assert_eq!(
        members.names(),
        walls,
        "the table in this file and the workspace must name the same crates"
    );
}

#[test]
fn crates_import_only_what_the_table_allows() {
    let members = Members::load();
    let mut broken = Vec::new();
    for wall in WALLS {
        for dependency in members.normal_dependencies(wall.name) {
            let is_ours = members.names().contains(dependency.as_str());
            if is_ours && !wall.ours.contains(&dependency.as_str()) {
                broken.push(format!("{} must not import our {dependency}", wall.name));
            }
            if wall
                .never
                .iter()
                .any(|list| list.contains(&dependency.as_str()))
            {
                broken.push(format!(
                    "{} must not import {dependency} directly",
                    wall.name
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_page_reaches_the_service_only_in_server_rendering() {
    let members = Members::load();
    let service = members
        .dependencies("app")
        .find(|dependency| dependency["name"] == "service")
        .expect("app has a server side");
    assert_eq!(
        service["optional"], true,
        "without the `ssr` feature the page must not know `service`"
    );
}

#[test]
fn the_browsers_entry_point_stays_a_doorstep() {
    let allowed: BTreeSet<&str> = FRONTEND.iter().copied().collect();
    let there = Members::load().normal_dependencies("frontend");
    let more: Vec<_> = there
        .iter()
        .filter(|name| !allowed.contains(name.as_str()))
        .collect();
    assert!(more.is_empty(), "frontend imports {more:?}");
}

#[test]
fn the_page_contains_nothing_of_the_server() {
    let page = [
        "tree",
        "-p",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "-e",
        "normal",
    ];
    let tree = cargo(&[&page[..], &["--prefix", "none", "--format", "{lib}"]].concat());
    let tree = String::from_utf8_lossy(&tree.stdout);
    let there: BTreeSet<&str> = tree.lines().map(str::trim).collect();
    assert!(
        there.contains("app") && there.contains("leptos"),
        "the tree was not read"
    );
    let wrong: Vec<_> = NOT_IN_THE_PAGE
        .iter()
        .filter(|name| there.contains(**name))
        .collect();
    assert!(wrong.is_empty(), "the page contains {wrong:?}");

    // The same said the other way round: Cargo knows no road from the page to `service`.
    let inverse = cargo(&[
        "tree",
        "-p",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "-i",
        "service",
    ]);
    assert!(!inverse.status.success());
}

#[test]
fn nothing_of_the_product_is_built_from_tests_or_tools() {
    let members = Members::load();
    for member in members.names() {
        let dependencies = members.normal_dependencies(member);
        assert!(
            !dependencies.contains("testkit") && !dependencies.contains("xtask"),
            "{member} has a test crate or the build tool as a normal dependency"
        );
    }
}

#[test]
fn every_member_inherits_the_lints() {
    for (name, folder) in Members::load().folders() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let mut lines = manifest
            .lines()
            .map(str::trim)
            .skip_while(|line| *line != "[lints]");
        lines.next();
        assert_eq!(
            lines.next(),
            Some("workspace = true"),
            "{name} does not inherit the workspace's lints"
        );
    }
}

#[test]
fn every_member_says_what_it_is_in_a_readme() {
    for (name, folder) in Members::load().folders() {
        let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        assert!(
            readme.starts_with(&format!("# {name}\n")),
            "{name} has no README.md with its name as the title"
        );
        assert!(
            readme.lines().count() > 2,
            "the README of {name} says nothing"
        );
    }
}

#[test]
fn the_architecture_page_names_exactly_the_crates_there_are() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, table) = page
        .split_once("| crate |")
        .expect("ARCHITECTURE.md has the table of crates");
    let named: BTreeSet<&str> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('`').nth(1))
        .collect();
    assert_eq!(named, Members::load().names());
}

#[test]
fn words_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for room in ROOMS {
        let folder = root().join(room.folder);
        for file in rust_files(&folder) {
            let place = file
                .strip_prefix(&folder)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if room
                .only_in
                .iter()
                .any(|allowed| place.starts_with(allowed))
            {
                continue;
            }
            let source = fs::read_to_string(&file).unwrap();
            for word in room.words.iter().filter(|word| stands_in(&source, word)) {
                broken.push(format!(
                    "{}/{place} says `{word}`: {}",
                    room.folder, room.because
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Whether a word stands in the code (not in a comment) as a path of its own: `store::` is found in
/// `use store::Store`, but not in `login_store::` or `crate::store::`.
fn stands_in(source: &str, word: &str) -> bool {
    source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .any(|line| {
            line.match_indices(word).any(|(start, _)| {
                let before = line[..start].chars().next_back().unwrap_or(' ');
                !before.is_alphanumeric() && before != '_' && before != ':'
            })
        })
}

#[test]
fn a_word_is_found_only_where_it_is_a_path_of_its_own() {
    assert!(stands_in("use store::Store;", "store::"));
    assert!(stands_in("let x = (store::open)();", "store::"));
    assert!(!stands_in("use crate::login_store::Store;", "store::"));
    assert!(!stands_in("use crate::store::Store;", "store::"));
    assert!(!stands_in("// use store::Store;", "store::"));
}

/// The workspace as `cargo metadata` tells it.
struct Members(BTreeMap<String, Value>);

impl Members {
    fn load() -> Self {
        let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap().iter();
        Self(
            packages
                .map(|package| {
                    (
                        package["name"].as_str().unwrap().to_owned(),
                        package.clone(),
                    )
                })
                .collect(),
        )
    }

    fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn folders(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        self.0.iter().map(|(name, package)| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            (name.as_str(), manifest.parent().unwrap().to_owned())
        })
    }

    fn dependencies(&self, member: &str) -> impl Iterator<Item = &Value> {
        self.0[member]["dependencies"].as_array().unwrap().iter()
    }

    /// Neither for tests nor for build scripts.
    fn normal_dependencies(&self, member: &str) -> BTreeSet<String> {
        self.dependencies(member)
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn cargo(arguments: &[&str]) -> Output {
    Command::new(variable("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap()
}

fn root() -> PathBuf {
    Path::new(&variable("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells a test where it is by variables, at run time"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}
