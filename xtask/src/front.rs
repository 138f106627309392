//! From `frontend.wasm` to what a browser loads: lazy routes split off, the JavaScript glue written,
//! everything in one folder named by its hash. All by library, so there is no tool to install and no
//! version to get wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::process;
use crate::site::{self, Inputs};
use crate::style;
use crate::wasm;
use crate::workspace::{BROWSER, Workspace};

/// What the page's files are called; .cargo/config.toml tells leptos the same name.
const NAME: &str = "vestibule";

/// Which files a page needs that is in files of its own; leptos reads it by this name.
const MANIFEST: &str = "__wasm_split_manifest.json";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// With names for stack traces, compressed in passing.
    Debug,
    /// As `Debug`, and it loads itself again when `run --dev` has rebuilt it.
    Reloading,
    /// Stripped, with a brotli and a gzip copy beside each file.
    Small,
}

/// The standard library for the browser. rustup fetches it once, where it is missing.
pub(crate) fn ensure_browser_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    let folder = process::quietly(rustc.args(["--print", "target-libdir", "--target", BROWSER]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if process::answers(Command::new("rustup").args(["target", "add", BROWSER])) {
        return Ok(());
    }
    bail!(
        "the Rust target {BROWSER} is missing and rustup could not add it; run: rustup target add {BROWSER}"
    )
}

/// Makes the site folder from what Cargo has built, unless it is there already from the same inputs.
pub(crate) fn bundle(workspace: &Workspace, profile: &str, page: Page) -> Result<PathBuf> {
    let folder = if profile == "dev" { "debug" } else { profile };
    let built = workspace
        .target
        .join(BROWSER)
        .join(folder)
        .join("frontend.wasm");
    let wasm = fs::read(&built).with_context(|| format!("no {}", built.display()))?;
    let css = style::sheet(&workspace.root.join("style"))?;
    let public = workspace.root.join("public");
    let site = workspace.target.join(match page {
        Page::Debug | Page::Reloading => "site-dev",
        Page::Small => "site",
    });

    let inputs = Inputs::new(page, &wasm, &css, &public)?;
    if inputs.are_those_of(&site) {
        return Ok(site);
    }
    let new = site.with_extension("new");
    remove_dir(&new)?;
    let package = new.join("pkg").join("new");
    fs::create_dir_all(&package)?;
    write_page(&package, &wasm, page)?;
    fs::write(package.join(format!("{NAME}.css")), &css)?;
    site::copy_dir(&public, &new)?;
    site::finish(&new, &package, page, &inputs)?;
    remove_dir(&site)?;
    fs::rename(&new, &site)?;
    Ok(site)
}

/// The files that a browser loads only for a page that needs them, by name without extension.
pub(crate) fn loaded_later(package: &Path) -> Result<BTreeSet<String>> {
    let manifest = fs::read(package.join(MANIFEST)).context("the page has no list of its parts")?;
    let parts: BTreeMap<String, Vec<String>> = serde_json::from_slice(&manifest)?;
    Ok(parts.into_values().flatten().collect())
}

fn write_page(package: &Path, wasm: &[u8], page: Page) -> Result<()> {
    // 1. Lazy routes become files of their own. The link name is fixed by leptos's macro.
    let main = package.join(format!("{NAME}.unbound.wasm"));
    let glue = format!("./{NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(wasm);
    options.output_dir = package;
    options.main_out_path = &main;
    options.main_module = &glue;
    options.link_name = "./__wasm_split.______________________.js";
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("splitting the page failed: {error:?}"))?;
    fs::write(
        package.join(MANIFEST),
        serde_json::to_vec(&split.prefetch_map)?,
    )?;

    let small = page == Page::Small;
    if small {
        // wasm-bindgen does this for the main file.
        for file in site::files(package)? {
            if file != main && file.extension().is_some_and(|kind| kind == "wasm") {
                fs::write(&file, wasm::without_custom_sections(&fs::read(&file)?)?)?;
            }
        }
    }

    // 2. The JavaScript between the browser and the wasm.
    Bindgen::new()
        .input_path(&main)
        .web(true)?
        .out_name(NAME)
        .typescript(false)
        .keep_lld_exports(true) // the split-off files import them
        .demangle(false)
        .remove_name_section(small)
        .remove_producers_section(small)
        .generate(package)
        .context("wasm-bindgen failed")?;
    fs::remove_file(&main)?;
    // leptos asks for NAME.wasm.
    fs::rename(
        package.join(format!("{NAME}_bg.wasm")),
        package.join(format!("{NAME}.wasm")),
    )?;
    if page == Page::Reloading {
        let path = package.join(format!("{NAME}.js"));
        let mut glue = fs::read_to_string(&path)?;
        glue.push_str(include_str!("dev/reload.js"));
        fs::write(path, glue)?;
    }
    Ok(())
}

fn remove_dir(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", dir.display()))
        }
        _ => Ok(()),
    }
}
