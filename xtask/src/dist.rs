//! `cargo xtask dist`: what is handed to an operator, as a folder and as an archive.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::build::{self, Flavour};
use crate::process;
use crate::server::BINARY;
use crate::site;
use crate::steps::{Steps, say};
use crate::workspace::Workspace;

pub(crate) fn dist(workspace: &Workspace) -> Result<()> {
    let mut steps = Steps::new(build::STEPS + 2);
    let built = build::build(workspace, &mut steps, Flavour::Release)?;
    let archive = steps.run("assembling the folder", |_| {
        let metadata = metadata(workspace)?;
        let name = format!("{BINARY}-{}-{}", version(&metadata)?, workspace.host);
        let dist = workspace.target.join("dist");
        let folder = dist.join(&name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        fs::copy(&built.server, folder.join(BINARY)).context("no server binary")?;
        site::copy_dir(&built.site, &folder.join("site"))?;
        for notice in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            fs::copy(workspace.root.join(notice), folder.join(notice))
                .with_context(|| format!("no {notice}"))?;
        }
        fs::write(folder.join("THIRD-PARTY.md"), third_party(&metadata)?)?;
        Ok((dist, name))
    })?;
    let (dist, name) = archive;
    steps.run("packing the archive", |_| pack(&dist, &name))?;
    say(&format!(
        "\n{}",
        dist.join(format!("{name}.tar.gz")).display()
    ));
    Ok(())
}

fn pack(dist: &Path, name: &str) -> Result<()> {
    let mut tar = Command::new("tar");
    // The same inputs give the same archive: no names of people, no order of the file system.
    tar.args([
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "-czf",
        &format!("{name}.tar.gz"),
        name,
    ]);
    process::quietly(tar.current_dir(dist)).map(drop)
}

fn metadata(workspace: &Workspace) -> Result<Value> {
    let mut command = workspace.cargo();
    command.args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        &workspace.host,
    ]);
    Ok(serde_json::from_str(&process::quietly(&mut command)?)?)
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'value>(package: &'value Value, name: &str) -> &'value str {
    package
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn version(metadata: &Value) -> Result<&str> {
    let server = packages(metadata)
        .find(|package| text(package, "name") == "server")
        .context("no package `server`")?;
    Ok(text(server, "version"))
}

/// Every crate of the lock file that this platform could use, with its licence: more than what is
/// linked, never less.
fn third_party(metadata: &Value) -> Result<String> {
    let mut lines: Vec<String> = packages(metadata)
        .filter(|package| package.get("source").is_some_and(Value::is_string))
        .map(|package| {
            let licence = match text(package, "license") {
                "" => "see its licence file",
                licence => licence,
            };
            format!(
                "| {} | {} | {licence} | {} |",
                text(package, "name"),
                text(package, "version"),
                text(package, "repository")
            )
        })
        .collect();
    lines.sort();
    anyhow::ensure!(!lines.is_empty(), "cargo metadata lists no third party");
    Ok(format!(
        "# Third-party software\n\n| crate | version | licence | home |\n|---|---|---|---|\n{}\n",
        lines.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::{third_party, version};
    use serde_json::json;

    #[test]
    fn third_parties_are_listed_with_their_licences_and_our_own_crates_are_not() {
        let metadata = json!({ "packages": [
            { "name": "server", "version": "1.2.3", "source": null },
            { "name": "b", "version": "2.0.0", "source": "registry", "license": "MIT", "repository": "https://b.example" },
            { "name": "a", "version": "1.0.0", "source": "registry", "license": null },
        ]});
        let list = third_party(&metadata).unwrap();
        let crates: Vec<&str> = list.lines().skip(4).collect();
        assert_eq!(
            crates,
            [
                "| a | 1.0.0 | see its licence file |  |",
                "| b | 2.0.0 | MIT | https://b.example |"
            ]
        );
        assert_eq!(version(&metadata).unwrap(), "1.2.3");
        assert!(third_party(&json!({})).is_err());
    }
}
