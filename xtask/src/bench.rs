//! `cargo xtask bench …`: measurements worth repeating. Sizes today; the place for later ones.

use std::fs;

use anyhow::Result;

use crate::build;
use crate::build::Flavour;
use crate::front::{self, Page};
use crate::site;
use crate::steps::{Steps, say};
use crate::workspace::Workspace;

/// How large each file of the page is, and all together.
pub(crate) fn sizes(workspace: &Workspace) -> Result<()> {
    let mut steps = Steps::new(2);
    steps.run("compiling the page", |line| {
        front::ensure_browser_target()?;
        build::compile_page(workspace, Flavour::Quick, line)
    })?;
    let site = steps.run("making the bundle", |_| {
        front::bundle(workspace, Flavour::Quick.page_profile(), Page::Small)
    })?;

    say(&format!(
        "\n{:<44}{:>12}{:>12}{:>12}",
        "file", "raw", "gzip", "brotli"
    ));
    let package = site::package(&site)?;
    let mut total = [0; 3];
    for file in site::files(&package)? {
        let kind = file
            .extension()
            .and_then(|kind| kind.to_str())
            .unwrap_or_default();
        if !matches!(kind, "wasm" | "js" | "css") {
            continue;
        }
        let data = fs::read(&file)?;
        let sizes = [
            data.len(),
            site::gzip(&data, flate2::Compression::best())?.len(),
            site::brotli(&data)?.len(),
        ];
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        say(&row(&name, sizes));
        for (sum, size) in total.iter_mut().zip(sizes) {
            *sum += size;
        }
    }
    say(&row("together", total));
    Ok(())
}

fn row(name: &str, [raw, gzip, brotli]: [usize; 3]) -> String {
    format!("{name:<44}{raw:>12}{gzip:>12}{brotli:>12}")
}
