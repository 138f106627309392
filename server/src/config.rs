//! Configuration: flags and `VESTIBULE_*` variables, read once. Each has a default that is safe on
//! one machine.

use crate::origin::Origin;
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::{
    limits::{Rate, SECRET_SECONDS, SessionLimits},
    person::Role,
    workflow::ConnectionMode,
};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// Vestibule: voice intake that you host yourself.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct CommandLine {
    /// What to log, as `target=level` pairs.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_LOG",
        default_value = "warn,server=info,service=info"
    )]
    pub log: String,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the application.
    Serve(Box<Serve>),
    /// Look after users.
    Admin {
        /// What to do.
        #[command(subcommand)]
        command: Admin,
    },
    /// Install the demo workspace and print its sign-ins.
    Demo(Demo),
    /// Run the rehearsal provider on its own.
    Rehearsal(Box<RehearsalAlone>),
    /// Look after the provider.
    Provider {
        /// What to do.
        #[command(subcommand)]
        command: ProviderCommand,
    },
}

/// When SQLite waits for the disk (its pragma `synchronous`, with a write-ahead log).
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SqliteSynchronous {
    /// At every commit: what was answered survives a power failure.
    Full,
    /// At checkpoints: quicker, and a power failure may undo the last moments, whole commits at a time.
    Normal,
}

/// Where data lies and what seals it.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// The data folder.
    #[arg(long, env = "VESTIBULE_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// The database: `sqlite://…` or `postgres://…`. By default a SQLite file in the data folder.
    #[arg(long, env = "VESTIBULE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// When SQLite waits for the disk.
    #[arg(long, env = "VESTIBULE_SQLITE_SYNCHRONOUS", default_value = "full")]
    pub sqlite_synchronous: SqliteSynchronous,
    /// The file with the key that seals sensitive values, mode 0600, outside the data folder. By
    /// default beside the data folder, with the ending `.key`; made at the first start.
    #[arg(long, env = "VESTIBULE_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// The key itself, 64 hex digits, instead of a file.
    #[arg(
        long,
        env = "VESTIBULE_KEY",
        hide_env_values = true,
        conflicts_with = "key_file"
    )]
    pub key: Option<String>,
}

impl Data {
    /// The database to open.
    #[must_use]
    pub fn database(&self) -> String {
        let file = || format!("sqlite://{}", self.data_dir.join("vestibule.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// The key's file.
    #[must_use]
    pub fn key_path(&self) -> PathBuf {
        self.key_file
            .clone()
            .unwrap_or_else(|| beside(&self.data_dir))
    }
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".key");
    folder.with_file_name(name)
}

/// Where the demo's passwords go.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Where data lies.
    #[command(flatten)]
    pub data: Data,
    /// Also write the demo's sign-ins to this file, as JSON, readable by its owner only.
    #[arg(long, env = "VESTIBULE_DEMO_PASSWORDS_FILE")]
    pub demo_passwords_file: Option<PathBuf>,
    /// Install the demo's workflows with this connection mode instead of their own. Sealed, none of
    /// them is open to other clients.
    #[arg(long, env = "VESTIBULE_DEMO_CONNECTION")]
    pub demo_connection: Option<ConnectionMode>,
}

/// Serving.
#[derive(Debug, Args)]
pub struct Serve {
    /// Data and demo.
    #[command(flatten)]
    pub demo: Demo,
    /// Do not install the demo workspace on an empty database.
    #[arg(long, env = "VESTIBULE_NO_DEMO")]
    pub no_demo: bool,
    /// The address to listen on.
    #[arg(long, env = "VESTIBULE_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Allow demo sign-ins and the rehearsal provider on an address that others can reach.
    #[arg(long, env = "VESTIBULE_ALLOW_PUBLIC_REHEARSAL")]
    pub allow_public_rehearsal: bool,
    /// Serve plain http on an address that others can reach.
    #[arg(long, env = "VESTIBULE_ALLOW_PLAIN_HTTP")]
    pub allow_plain_http: bool,
    /// The folder with the page. By default the folder `site` beside the program.
    #[arg(long, env = "VESTIBULE_SITE_DIR")]
    pub site_dir: Option<PathBuf>,
    /// The address people reach it by, when it begins with https: cookies and headers become strict.
    #[arg(long, env = "VESTIBULE_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Origins of other pages whose clients may post offers to the calls endpoint, such as
    /// `https://desk.example`. None by default.
    #[arg(long, env = "VESTIBULE_CALLS_ORIGINS", value_delimiter = ',')]
    pub calls_origins: Vec<Origin>,
    /// The provider.
    #[command(flatten)]
    pub provider: Provider,
    /// The rehearsal provider, when it is the one.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
    /// Limits.
    #[command(flatten)]
    pub limits: Limits,
}

impl Serve {
    /// The folder with the page.
    #[must_use]
    pub fn site(&self) -> PathBuf {
        let beside = || {
            std::env::current_exe()
                .ok()?
                .parent()
                .map(|folder| folder.join("site"))
        };
        self.site_dir
            .clone()
            .or_else(beside)
            .unwrap_or_else(|| PathBuf::from("site"))
    }
}

/// A kind of provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProviderKind {
    /// OpenAI.
    #[value(name = "openai")]
    OpenAi,
    /// OpenAI's host in Europe, with a key of a project made there.
    #[value(name = "openai-eu")]
    OpenAiEu,
    /// Azure OpenAI, at `https://NAME.openai.azure.com/openai/v1`; models are deployments.
    Azure,
    /// Another server that speaks as OpenAI does.
    Compatible,
}

/// The provider of conversations. Without a kind or a base URL it is the embedded rehearsal.
#[derive(Debug, Args)]
pub struct Provider {
    /// What kind of provider it is. By default what its address tells, or else `compatible`.
    #[arg(long, env = "VESTIBULE_PROVIDER_KIND")]
    pub provider_kind: Option<ProviderKind>,
    /// Where the provider's API begins, such as `https://api.openai.com/v1`. The two kinds of OpenAI
    /// have one of their own.
    #[arg(long, env = "VESTIBULE_PROVIDER_URL")]
    pub provider_url: Option<Url>,
    /// The file with the provider's API key.
    #[arg(long, env = "VESTIBULE_PROVIDER_KEY_FILE")]
    pub provider_key_file: Option<PathBuf>,
    /// The provider's API key.
    #[arg(
        long,
        env = "VESTIBULE_PROVIDER_KEY",
        hide_env_values = true,
        conflicts_with = "provider_key_file"
    )]
    pub provider_key: Option<String>,
    /// The model, on Azure its deployment. By default gpt-realtime-2.1; Azure has no default.
    #[arg(long, env = "VESTIBULE_PROVIDER_MODEL")]
    pub provider_model: Option<String>,
    /// The model that transcribes the person's words, on Azure its deployment. By default
    /// gpt-realtime-whisper; Azure has no default.
    #[arg(long, env = "VESTIBULE_TRANSCRIPTION_MODEL")]
    pub transcription_model: Option<String>,
    /// Whether the provider accepts offers without a data channel, so that sealed workflows can run.
    /// By default what the last `provider check` saw.
    #[arg(
        long,
        env = "VESTIBULE_PROVIDER_SEALED",
        value_parser = clap::builder::BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub provider_sealed: Option<bool>,
    /// Browsers may make calls themselves, with a short-lived secret of the provider's (direct
    /// workflows). They can then do what no one of ours sees at once; `provider check` says what.
    #[arg(long, env = "VESTIBULE_PROVIDER_DIRECT")]
    pub provider_direct: bool,
    /// The provider is a rehearsal provider that runs on its own; the page marks it as such.
    #[arg(long, env = "VESTIBULE_PROVIDER_IS_REHEARSAL")]
    pub provider_is_rehearsal: bool,
}

/// How the rehearsal provider speaks.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum VoiceOut {
    /// The best of what is installed.
    Detect,
    /// The bundled prompts.
    Bundled,
    /// Captions only.
    Captions,
}

/// The rehearsal provider.
#[derive(Debug, Args)]
pub struct Rehearsal {
    /// The folder of a Whisper model, so that the rehearsal provider hears words.
    #[arg(long, env = "VESTIBULE_HEARING_MODEL")]
    pub hearing_model: Option<PathBuf>,
    /// How the rehearsal provider speaks.
    #[arg(long, env = "VESTIBULE_REHEARSAL_VOICE", default_value = "detect")]
    pub rehearsal_voice: VoiceOut,
    /// Further addresses of this machine to take media on; 127.0.0.1 is always one.
    #[arg(long, env = "VESTIBULE_REHEARSAL_MEDIA", value_delimiter = ',')]
    pub rehearsal_media: Vec<IpAddr>,
    /// The address announced for media instead of the one it is taken on.
    #[arg(long, env = "VESTIBULE_REHEARSAL_PUBLIC_IP")]
    pub rehearsal_public_ip: Option<IpAddr>,
    /// Milliseconds the rehearsal provider thinks before each step.
    #[arg(long, env = "VESTIBULE_REHEARSAL_STEP_MS", default_value_t = 150)]
    pub rehearsal_step_ms: u64,
    /// The longest call of the rehearsal provider, in seconds.
    #[arg(long, env = "VESTIBULE_REHEARSAL_MAX_SECONDS", default_value_t = 3600)]
    pub rehearsal_max_seconds: u64,
    /// Seconds a caller has to connect before the rehearsal provider drops the call.
    #[arg(
        long,
        env = "VESTIBULE_REHEARSAL_CONNECT_SECONDS",
        default_value_t = 30
    )]
    pub rehearsal_connect_seconds: u64,
    /// Serve endpoints that order faults and heard words. For tests.
    #[arg(long, env = "VESTIBULE_TEST_ENDPOINTS", value_parser = clap::builder::BoolishValueParser::new(), default_value_t = false, action = clap::ArgAction::Set)]
    pub test_endpoints: bool,
    /// Write the rehearsal provider's address and key to this file, as JSON, readable by its owner only.
    #[arg(long, env = "VESTIBULE_REHEARSAL_FILE")]
    pub rehearsal_file: Option<PathBuf>,
}

/// The rehearsal provider on its own.
#[derive(Debug, Args)]
pub struct RehearsalAlone {
    /// How it is set up.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
    /// The address to listen on.
    #[arg(
        long,
        env = "VESTIBULE_REHEARSAL_LISTEN",
        default_value = "127.0.0.1:0"
    )]
    pub listen: SocketAddr,
    /// Listen on an address that others can reach.
    #[arg(long, env = "VESTIBULE_ALLOW_PUBLIC_REHEARSAL")]
    pub allow_public_rehearsal: bool,
    /// Origins of pages that may call it directly.
    #[arg(long, env = "VESTIBULE_REHEARSAL_CORS", value_delimiter = ',')]
    pub cors: Vec<String>,
    /// The API key; a random one at each start when there is none.
    #[arg(long, env = "VESTIBULE_REHEARSAL_KEY", hide_env_values = true)]
    pub rehearsal_key: Option<String>,
}

/// Limits.
#[derive(Debug, Args)]
pub struct Limits {
    /// Session starts per user in 15 minutes.
    #[arg(long, env = "VESTIBULE_STARTS_PER_USER", default_value_t = 10)]
    pub starts_per_user: u32,
    /// Conversations at once per user.
    #[arg(long, env = "VESTIBULE_LIVE_PER_USER", default_value_t = 1)]
    pub live_per_user: u32,
    /// Conversations at once per workspace.
    #[arg(long, env = "VESTIBULE_LIVE_PER_WORKSPACE", default_value_t = 20)]
    pub live_per_workspace: u32,
    /// Conversations at once on the whole server, of all its processes.
    #[arg(long, env = "VESTIBULE_LIVE_ON_SERVER", default_value_t = 200)]
    pub live_on_server: u32,
    /// Requests of one conversation in a minute, the assistant's among them.
    #[arg(long, env = "VESTIBULE_REQUESTS_PER_MINUTE", default_value_t = 100)]
    pub requests_per_minute: u32,
    /// Seconds without a word until the assistant asks whether the person is still there. After as long
    /// again the conversation ends.
    #[arg(long, env = "VESTIBULE_IDLE_SECONDS", default_value_t = 60)]
    pub idle_seconds: u64,
    /// Seconds of talking after which a person gives their password again.
    #[arg(long, env = "VESTIBULE_PROVE_AGAIN_SECONDS", default_value_t = 3600)]
    pub prove_again_seconds: u64,
    /// Seconds after which another process takes over the calls of one that says nothing (2 to 60).
    #[arg(
        long,
        env = "VESTIBULE_LEASE_SECONDS",
        default_value_t = 6,
        hide = true
    )]
    pub lease_seconds: u64,
    /// Seconds a page has to connect with its secret (10 to 7200).
    #[arg(long, env = "VESTIBULE_SECRET_SECONDS", default_value_t = 60)]
    pub secret_seconds: u64,
    /// The longest conversation in seconds, whatever a workflow says (at most 3300).
    #[arg(long, env = "VESTIBULE_SESSION_SECONDS", default_value_t = 3300)]
    pub session_seconds: u64,
    /// Attempts to sign in per account, and three times as many per network address, in 10 minutes.
    #[arg(long, env = "VESTIBULE_SIGN_INS_PER_ACCOUNT", default_value_t = 10)]
    pub sign_ins_per_account: u32,
}

/// Why a limit cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitProblem {
    /// Out of the provider's own bounds (requirement A11).
    #[error("a secret's life must be 10 to 7200 seconds")]
    SecretLife,
    /// Too long, or nothing at all.
    #[error("the longest conversation must be 1 to 3300 seconds")]
    SessionLength,
    /// Shorter, a process that is busy for a moment would lose its calls.
    #[error("a lease must be 2 to 60 seconds")]
    Lease,
    /// A limit of zero would refuse everything.
    #[error("limits must be at least 1")]
    Zero,
}

impl Limits {
    /// Limits on sessions.
    ///
    /// # Errors
    /// When one is out of bounds.
    pub fn sessions(&self) -> Result<SessionLimits, LimitProblem> {
        if !SECRET_SECONDS.contains(&self.secret_seconds) {
            return Err(LimitProblem::SecretLife);
        }
        if !(1..=3300).contains(&self.session_seconds) {
            return Err(LimitProblem::SessionLength);
        }
        if !(2..=60).contains(&self.lease_seconds) {
            return Err(LimitProblem::Lease);
        }
        if self.idle_seconds == 0 || self.prove_again_seconds == 0 {
            return Err(LimitProblem::Zero);
        }
        if [
            self.starts_per_user,
            self.live_per_user,
            self.live_per_workspace,
            self.live_on_server,
            self.requests_per_minute,
            self.sign_ins_per_account,
        ]
        .contains(&0)
        {
            return Err(LimitProblem::Zero);
        }
        Ok(SessionLimits {
            starts_per_user: Rate {
                burst: self.starts_per_user,
                per: Duration::from_secs(15 * 60),
            },
            live_per_user: self.live_per_user,
            live_per_workspace: self.live_per_workspace,
            live_on_server: self.live_on_server,
            requests: Rate {
                burst: self.requests_per_minute,
                per: Duration::from_secs(60),
            },
            idle: Duration::from_secs(self.idle_seconds),
            prove_again: Duration::from_secs(self.prove_again_seconds),
            lease: Duration::from_secs(self.lease_seconds),
            secret_life: Duration::from_secs(self.secret_seconds),
            session_ceiling: Duration::from_secs(self.session_seconds),
            ..SessionLimits::default()
        })
    }
}

/// Looking after the provider.
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Find out what the provider enforces, by real, short calls that it may bill.
    Check(Box<CheckProvider>),
}

/// Checking the provider.
#[derive(Debug, Args)]
pub struct CheckProvider {
    /// As it is served: the same provider, the same database.
    #[command(flatten)]
    pub serve: Serve,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Go ahead: the calls may cost something. Not needed for the embedded rehearsal.
    #[arg(long)]
    pub yes: bool,
}

/// Looking after users.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Make a user. The password is read from standard input.
    CreateUser {
        /// Where data lies.
        #[command(flatten)]
        data: Data,
        /// The email address to sign in with.
        #[arg(long)]
        email: String,
        /// The name shown to colleagues.
        #[arg(long)]
        name: String,
        /// The workspace to join.
        #[arg(long, requires = "role")]
        workspace: Option<String>,
        /// What the user is there.
        #[arg(long, requires = "workspace")]
        role: Option<Role>,
    },
    /// End every conversation of the server at once, and let none start until `allow-starts`.
    StopAll {
        /// Where data lies.
        #[command(flatten)]
        data: Data,
    },
    /// Let conversations start again after `stop-all`.
    AllowStarts {
        /// Where data lies.
        #[command(flatten)]
        data: Data,
    },
    /// Set how many minutes may be talked in a calendar month (UTC): by a whole workspace, by one of its
    /// members, or by one of its workflows. A conversation that reaches the bound is hung up.
    SetMinutes {
        /// Where data lies.
        #[command(flatten)]
        data: Data,
        /// The workspace, by name.
        #[arg(long)]
        workspace: String,
        /// Of this member, by email address.
        #[arg(long, conflicts_with = "workflow")]
        email: Option<String>,
        /// Of this workflow, by its short name.
        #[arg(long)]
        workflow: Option<String>,
        /// The minutes of a month.
        #[arg(long, required_unless_present = "unbounded")]
        minutes: Option<u32>,
        /// Take the bound away.
        #[arg(long, conflicts_with = "minutes")]
        unbounded: bool,
    },
    /// Set a user's password, read from standard input. The user's sign-ins end.
    ResetPassword {
        /// Where data lies.
        #[command(flatten)]
        data: Data,
        /// The email address.
        #[arg(long)]
        email: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn the_key_lies_beside_the_data_folder_and_not_in_it() {
        assert_eq!(beside(Path::new("some/data")), Path::new("some/data.key"));
    }

    #[test]
    fn a_secret_that_lives_too_long_or_too_short_is_refused() {
        let limits = |secret_seconds| Limits {
            starts_per_user: 10,
            live_per_user: 1,
            live_per_workspace: 20,
            live_on_server: 200,
            requests_per_minute: 100,
            idle_seconds: 60,
            prove_again_seconds: 3600,
            lease_seconds: 6,
            secret_seconds,
            session_seconds: 3300,
            sign_ins_per_account: 10,
        };
        assert_eq!(limits(9).sessions().unwrap_err(), LimitProblem::SecretLife);
        assert_eq!(
            limits(7201).sessions().unwrap_err(),
            LimitProblem::SecretLife
        );
        assert_eq!(
            limits(60).sessions().unwrap().secret_life,
            Duration::from_secs(60)
        );
    }
}
