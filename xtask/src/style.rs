//! The style sheet: the files of style/ in the order that style/order.txt states. It is not minified:
//! brotli leaves a minifier little to save.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

const ORDER: &str = "order.txt";

/// All files as one text. A file that the list forgets, or a name without a file, is an error: it
/// would be a page that looks wrong for no visible reason.
pub(crate) fn sheet(folder: &Path) -> Result<String> {
    let order = fs::read_to_string(folder.join(ORDER))
        .with_context(|| format!("no {ORDER} in {}", folder.display()))?;
    let listed: Vec<&str> = order
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut present = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".css") {
            present.insert(name);
        }
    }
    let mut sheet = String::new();
    for name in listed {
        if !present.remove(name) {
            bail!("style/{ORDER} lists `{name}` twice, or it does not exist");
        }
        sheet.push_str(&fs::read_to_string(folder.join(name))?);
        sheet.push('\n');
    }
    match present.first() {
        None => Ok(sheet),
        Some(forgotten) => bail!("style/{ORDER} does not list `{forgotten}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::sheet;
    use std::fs;
    use std::path::PathBuf;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("vestibule-style-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        folder
    }

    #[test]
    fn the_stated_order_is_kept() {
        let folder = folder(
            "order",
            &[
                ("order.txt", "# first\nz.css\n\na.css\n"),
                ("a.css", "a{}"),
                ("z.css", "z{}"),
            ],
        );
        assert_eq!(sheet(&folder).unwrap(), "z{}\na{}\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_forgotten_file_is_an_error() {
        let folder = folder(
            "forgotten",
            &[("order.txt", "a.css\n"), ("a.css", ""), ("b.css", "")],
        );
        assert!(sheet(&folder).unwrap_err().to_string().contains("b.css"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_name_without_a_file_is_an_error() {
        let folder = folder("missing", &[("order.txt", "a.css\n")]);
        assert!(sheet(&folder).unwrap_err().to_string().contains("a.css"));
        fs::remove_dir_all(folder).unwrap();
    }
}
