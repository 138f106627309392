//! The site folder: `pkg/<hash>/` with the page, and beside it what lies in public/.
//!
//! One hash over the whole page names its folder, so that no file has to be renamed or rewritten and
//! each can be cached for ever. `pkg/current.txt` tells the server which folder it is.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use flate2::Compression;
use sha2::{Digest, Sha256};

use crate::front::Page;

/// Below this a compressed copy saves nothing.
const WORTH_COMPRESSING: usize = 256;

/// A digest of everything a site is made from, this program included.
pub(crate) struct Inputs(String);

impl Inputs {
    pub(crate) fn new(page: Page, wasm: &[u8], css: &str, public: &Path) -> Result<Self> {
        let mut digest = Sha256::new();
        digest.update(match page {
            Page::Debug => "debug",
            Page::Reloading => "reloading",
            Page::Small => "small",
        });
        digest.update(this_program()?);
        digest.update(wasm);
        digest.update(css);
        for file in files(public)? {
            digest.update(file.strip_prefix(public)?.as_os_str().as_encoded_bytes());
            digest.update(fs::read(&file)?);
        }
        Ok(Self(hex(&digest.finalize())))
    }

    pub(crate) fn are_those_of(&self, site: &Path) -> bool {
        fs::read_to_string(marker(site)).is_ok_and(|recorded| recorded == self.0)
    }
}

/// Linux has it at hand even when it was built anew since it was started.
fn this_program() -> Result<Vec<u8>> {
    fs::read("/proc/self/exe")
        .or_else(|_| fs::read(std::env::current_exe()?))
        .context("this program cannot be read")
}

fn marker(site: &Path) -> PathBuf {
    site.join("pkg").join("inputs.txt")
}

/// Names the package folder by its hash, writes the compressed copies and the two small text files.
pub(crate) fn finish(site: &Path, package: &Path, page: Page, inputs: &Inputs) -> Result<()> {
    let mut digest = Sha256::new();
    for file in files(package)? {
        digest.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        digest.update(fs::read(&file)?);
    }
    let mut hash = hex(&digest.finalize());
    hash.truncate(16);
    compress_all(files(site)?, page)?;
    let folder = site.join("pkg");
    fs::rename(package, folder.join(&hash))?;
    fs::write(folder.join("current.txt"), &hash)?;
    fs::write(marker(site), &inputs.0)?;
    Ok(())
}

/// The folder with the page's files in a finished site.
pub(crate) fn package(site: &Path) -> Result<PathBuf> {
    let folder = site.join("pkg");
    let hash = fs::read_to_string(folder.join("current.txt"))
        .with_context(|| format!("{} is no site folder", site.display()))?;
    Ok(folder.join(hash.trim()))
}

fn compress_all(files: Vec<PathBuf>, page: Page) -> Result<()> {
    let waiting = std::sync::Mutex::new(files);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || -> Result<()> {
        loop {
            let next = waiting
                .lock()
                .map_err(|_| anyhow!("compression was lost"))?
                .pop();
            let Some(file) = next else { return Ok(()) };
            compress(&file, page)?;
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| anyhow!("compression was lost"))?)
    })
}

fn compress(file: &Path, page: Page) -> Result<()> {
    let data = fs::read(file)?;
    // Pictures and fonts are compressed already.
    let kind = file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let is_compressed = matches!(kind, "png" | "jpg" | "webp" | "woff2" | "gz" | "br");
    if data.len() < WORTH_COMPRESSING || is_compressed {
        return Ok(());
    }
    if page == Page::Small {
        fs::write(with_suffix(file, ".br"), brotli(&data)?)?;
        fs::write(with_suffix(file, ".gz"), gzip(&data, Compression::best())?)?;
    } else {
        // Many megabytes, and a debug server would take long to compress them at each request.
        fs::write(with_suffix(file, ".gz"), gzip(&data, Compression::fast())?)?;
    }
    Ok(())
}

pub(crate) fn brotli(data: &[u8]) -> Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
    writer.write_all(data)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

pub(crate) fn gzip(data: &[u8], level: Compression) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
    writer.write_all(data)?;
    Ok(writer.finish()?)
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Every file below a folder, in a stable order; none if there is no such folder.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let copy = to.join(file.strip_prefix(from)?);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &copy).with_context(|| format!("{} cannot be copied", file.display()))?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
