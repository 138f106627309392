//! The key's file: one line of 64 hex digits that only its owner may read or write, outside the
//! data folder, so that a copy of the data alone opens nothing.

use crate::{KeyError, hex};
use domain::Private;
use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// More than a key and its line end; enough to see that a file is something else.
const READ_LIMIT: u64 = 4096;

/// The text of an existing key file.
pub(crate) fn read(path: &Path) -> Result<Private<String>, KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => KeyError::Missing {
            path: path.to_owned(),
        },
        _ => failed(source),
    })?;
    // Asked of the open file, not of the path: nobody can swap it in between.
    let facts = file.metadata().map_err(failed)?;
    if !facts.is_file() {
        return Err(KeyError::NotAFile {
            path: path.to_owned(),
        });
    }
    check_mode(path, &facts)?;
    let mut text = Zeroizing::new(String::new());
    file.take(READ_LIMIT)
        .read_to_string(&mut text)
        .map_err(|source| match source.kind() {
            ErrorKind::InvalidData => KeyError::Form,
            _ => failed(source),
        })?;
    Ok(Private::new(text.trim().to_owned()))
}

/// Writes a new key file. False when there is one already: it is left alone.
pub(crate) fn create(path: &Path, key: &[u8]) -> Result<bool, KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    let line = Zeroizing::new(hex::encode(key) + "\n");
    file.write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    // The name as well must survive a power cut: values sealed with a lost key are lost too.
    #[cfg(unix)]
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(true)
}

/// Refuses a path inside the data folder, also when a link leads there.
pub(crate) fn check_outside(path: &Path, data_dir: &Path) -> Result<(), KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let real_path = resolve(path).map_err(failed)?;
    let real_data = resolve(data_dir).map_err(failed)?;
    if real_path.starts_with(&real_data) {
        return Err(KeyError::InsideDataFolder {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// The path without links and dots. What does not exist yet is taken by its name.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    let mut known = std::path::absolute(path)?;
    let mut unknown = Vec::new();
    let real = loop {
        match known.canonicalize() {
            Ok(real) => break real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let last = known
                    .components()
                    .next_back()
                    .map(|part| part.as_os_str().to_owned());
                let (Some(last), true) = (last, known.pop()) else {
                    return Err(error);
                };
                unknown.push(last);
            }
            Err(error) => return Err(error),
        }
    };
    Ok(unknown.into_iter().rev().fold(real, |mut whole, part| {
        if part == ".." {
            whole.pop();
        } else {
            whole.push(part);
        }
        whole
    }))
}

#[cfg(unix)]
fn check_mode(path: &Path, facts: &std::fs::Metadata) -> Result<(), KeyError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o7777;
    if mode == 0o600 {
        Ok(())
    } else {
        Err(KeyError::Mode {
            path: path.to_owned(),
            mode,
        })
    }
}

/// Elsewhere the folder's access list decides, which we do not read.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &std::fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}

#[cfg(test)]
mod tests;
