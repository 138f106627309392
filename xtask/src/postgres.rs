//! A PostgreSQL cluster that lives as long as one test run: its own folder, a free port on loopback,
//! gone at the end, also after a failure.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::install::{find, is_root};
use crate::interrupt;
use crate::process;

const FOLDER: &str = "vestibule-postgres-";
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The folder with initdb and postgres in it.
pub(crate) fn programs() -> Option<PathBuf> {
    let mut folders = Vec::new();
    if find("pg_config").is_some() {
        let named = process::quietly(Command::new("pg_config").arg("--bindir")).ok();
        folders.extend(named.map(|folder| PathBuf::from(folder.trim())));
    }
    // Debian keeps the server's programs off the path, one folder per version.
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    owner: Option<Owner>,
    server: Child,
    port: u16,
}

impl Cluster {
    pub(crate) fn start() -> Result<Self> {
        sweep();
        let programs = programs().context("PostgreSQL's server is not installed")?;
        let owner = if is_root() {
            Some(Owner::find()?)
        } else {
            None
        };
        let folder = std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        if let Some(owner) = &owner {
            chown(&folder, Some(owner.user), Some(owner.group))?;
        }
        let data = folder.join("data");
        let mut initdb = program(&programs.join("initdb"), owner.as_ref(), &folder);
        initdb
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(&data);
        process::quietly(&mut initdb)?;

        // Asked for just before it is used; another program taking it in between fails loudly.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = fs::File::create(folder.join("log"))?;
        let mut postgres = program(&programs.join("postgres"), owner.as_ref(), &folder);
        postgres
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k"])
            .arg(&folder);
        // Nothing here has to survive a power cut.
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ] {
            postgres.args(["-c", setting]);
        }
        let server = postgres
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres does not start")?;
        let mut cluster = Self {
            folder,
            programs,
            owner,
            server,
            port,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        let port = self.port.to_string();
        loop {
            let mut probe = Command::new(self.programs.join("pg_isready"));
            if process::answers(probe.args([
                "-q",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-p",
                &port,
            ])) {
                return Ok(());
            }
            interrupt::check()?;
            let ended = self.server.try_wait()?;
            if ended.is_some() || started.elapsed() > READY_WITHIN {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL did not become ready:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&self.programs, self.owner.as_ref(), &self.folder);
        // Cleaning up is best effort: the next run sweeps what is left.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn stop(programs: &Path, owner: Option<&Owner>, folder: &Path) {
    let mut command = program(&programs.join("pg_ctl"), owner, folder);
    process::answers(
        command
            .args(["stop", "-m", "immediate", "-s", "-D"])
            .arg(folder.join("data")),
    );
}

/// Clusters of runs that were killed.
fn sweep() {
    let Some(programs) = programs() else { return };
    let owner = if is_root() { Owner::find().ok() } else { None };
    for entry in fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
    {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(|name| name.strip_prefix(FOLDER)) else {
            continue;
        };
        if !process::answers(Command::new("kill").args(["-0", process])) {
            stop(&programs, owner.as_ref(), &entry.path());
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn program(path: &Path, owner: Option<&Owner>, folder: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(folder);
    if let Some(owner) = owner {
        command.uid(owner.user).gid(owner.group);
    }
    command
}

/// Whom the cluster runs as when we are root, which PostgreSQL refuses to be.
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    fn find() -> Result<Self> {
        let users = fs::read_to_string("/etc/passwd").context("no list of users")?;
        let entry = |wanted: &str| {
            let fields: Vec<&str> = users
                .lines()
                .map(|line| line.split(':'))
                .map(Iterator::collect)
                .find(|fields: &Vec<&str>| fields.first() == Some(&wanted))?;
            Some(Self {
                user: fields.get(2)?.parse().ok()?,
                group: fields.get(3)?.parse().ok()?,
            })
        };
        entry("postgres")
            .or_else(|| entry("nobody"))
            .context("neither postgres nor nobody is a user here; PostgreSQL does not run as root")
    }
}

#[cfg(test)]
mod tests {
    use super::Cluster;
    use std::net::TcpStream;

    #[test]
    fn a_cluster_answers_while_it_lives_and_leaves_nothing() {
        let cluster = Cluster::start().unwrap();
        let (port, folder) = (cluster.port, cluster.folder.clone());
        assert!(cluster.url().ends_with(&format!(":{port}/postgres")));
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(cluster);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }
}
