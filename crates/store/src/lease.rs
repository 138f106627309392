//! Who drives a session's call, and how the running sessions stand. Leases go by the database's clock,
//! so that processes whose clocks differ agree on who is late.

use crate::{
    Store, StoreError, Tx,
    db::{Link, all, execute, hold, optional, postgres_now, sqlite_now},
    row::{from_json, known, micros, parsed, sound},
    session::{SessionRecord, session_columns, sound_sessions},
};
use domain::{
    SessionId, Timestamp,
    person::Role,
    session::{ClientKind, Lease, Session, SessionState, Standing},
    workflow::{ConnectionMode, WorkflowAccess},
};
use sqlx::FromRow;
use std::time::Duration;

/// A lease that was taken, with what is needed to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenLease {
    /// The lease.
    pub lease: Lease,
    /// The configuration the call is held to, sealed; none before the call was made.
    pub pinned: Option<String>,
}

macro_rules! standings {
    ($now:ident) => {
        concat!(
            "SELECT s.id, s.state, s.mode, s.client, s.started_at, s.seen_at, s.deadline_at, s.connected_at, s.reserved,
                    l.id IS NOT NULL AND l.ended_at IS NULL AND l.absolute_until > $1
                        AND u.id IS NOT NULL AND NOT u.disabled AS signed_in,
                    m.role, w.access, p.voice_enabled, s.call_id IS NOT NULL AS has_call, s.leased_until - ",
            $now!(),
            " AS lease_left
             FROM sessions s
             JOIN workflows w ON w.id = s.workflow_id
             JOIN workspaces p ON p.id = s.workspace_id
             LEFT JOIN logins l ON l.id = s.login_id AND l.user_id = s.user_id
             LEFT JOIN users u ON u.id = s.user_id
             LEFT JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id
             WHERE s.state <> 'ended'
             ORDER BY s.deadline_at, s.id"
        )
    };
}

macro_rules! undriven {
    ($now:ident) => {
        concat!(
            "SELECT ",
            session_columns!(),
            " FROM sessions
             WHERE state IN ('connecting', 'live') AND call_id IS NOT NULL AND profile = $1
               AND (leased_until IS NULL OR leased_until < ",
            $now!(),
            ") ORDER BY started_at, id"
        )
    };
}

macro_rules! take {
    ($now:ident) => {
        concat!(
            "UPDATE sessions SET driver = $2, lease = lease + 1, leased_until = ",
            $now!(),
            " + $3
             WHERE id = $1 AND state <> 'ended' AND (leased_until IS NULL OR leased_until < ",
            $now!(),
            ") RETURNING lease, pinned"
        )
    };
}

macro_rules! renew {
    ($now:ident) => {
        concat!(
            "UPDATE sessions SET leased_until = ",
            $now!(),
            " + $3 WHERE id = $1 AND lease = $2 AND state <> 'ended'"
        )
    };
}

impl Store {
    /// How every running session of all workspaces stands: for the server itself. Rows that make no
    /// sense are reported and left out. What is not there any more grants nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standings(&self, now: Timestamp) -> Result<Vec<Standing>, StoreError> {
        let mut held = self.read().await?;
        let sql = match held.link() {
            Link::Sqlite(_) => standings!(sqlite_now),
            Link::Postgres(_) => standings!(postgres_now),
        };
        let rows: Vec<StandingRecord> = all!(held.link(), sql, now.as_micros())?;
        let rows = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        Ok(sound(rows, "sessions", |_, row| Standing::try_from(row)))
    }

    /// Running sessions at that provider whose call nobody drives any more, of all workspaces: for the
    /// server itself. Rows that make no sense are reported and left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn undriven(&self, profile: &str) -> Result<Vec<Session>, StoreError> {
        let mut held = self.read().await?;
        let sql = match held.link() {
            Link::Sqlite(_) => undriven!(sqlite_now),
            Link::Postgres(_) => undriven!(postgres_now),
        };
        let rows: Vec<SessionRecord> = all!(held.link(), sql, profile)?;
        Ok(sound_sessions(rows))
    }

    /// Says that the holder of a lease is alive; false when the session is over or another holds it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_lease(
        &self,
        session: &SessionId,
        lease: Lease,
        span: Duration,
    ) -> Result<bool, StoreError> {
        let mut writing = self.write().await?;
        let sql = match writing.link() {
            Link::Sqlite(_) => renew!(sqlite_now),
            Link::Postgres(_) => renew!(postgres_now),
        };
        let renewed = execute!(
            writing.link(),
            sql,
            session.as_str(),
            lease.number(),
            micros(span)
        )?;
        writing.keep().await?;
        Ok(renewed == 1)
    }

    /// The running sessions whose call that process drives: for its own end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn driven_by(&self, driver: &str) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            concat!(
                "SELECT ",
                session_columns!(),
                " FROM sessions WHERE driver = $1 AND state <> 'ended' ORDER BY started_at, id"
            ),
            driver,
        )?;
        Ok(sound_sessions(rows))
    }
}

impl Tx {
    /// Takes the right to drive a session's call; none when it is over, or a living process has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_lease(
        &mut self,
        session: &SessionId,
        driver: &str,
        span: Duration,
    ) -> Result<Option<TakenLease>, StoreError> {
        self.hold_intake_of(session).await?;
        let sql = match self.link() {
            Link::Sqlite(_) => take!(sqlite_now),
            Link::Postgres(_) => take!(postgres_now),
        };
        let row: Option<(i64, Option<String>)> =
            optional!(self.link(), sql, session.as_str(), driver, micros(span))?;
        Ok(row.map(|(number, pinned)| TakenLease {
            lease: Lease::from_number(number),
            pinned,
        }))
    }

    /// Whether a lease is the newest of a running session. It stays so until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holds_lease(
        &mut self,
        session: &SessionId,
        lease: Lease,
    ) -> Result<bool, StoreError> {
        self.hold_intake_of(session).await?;
        hold!(
            self.link(),
            "SELECT 1 FROM sessions WHERE id = $1",
            session.as_str()
        )?;
        let row: Option<(i64,)> = optional!(
            self.link(),
            "SELECT lease FROM sessions WHERE id = $1 AND state <> 'ended'",
            session.as_str(),
        )?;
        Ok(row.is_some_and(|(newest,)| newest == lease.number()))
    }
}

#[derive(FromRow)]
struct StandingRecord {
    id: String,
    state: String,
    mode: String,
    client: String,
    started_at: i64,
    seen_at: i64,
    deadline_at: i64,
    connected_at: Option<i64>,
    reserved: i64,
    signed_in: bool,
    role: Option<String>,
    access: String,
    voice_enabled: bool,
    has_call: bool,
    lease_left: Option<i64>,
}

impl TryFrom<StandingRecord> for Standing {
    type Error = StoreError;
    fn try_from(row: StandingRecord) -> Result<Self, StoreError> {
        let state = known(SessionState::parse(&row.state, None), "session state")?;
        let undriven = match (state, row.lease_left) {
            (SessionState::Starting | SessionState::Ended(_), _) => None,
            (SessionState::Connecting | SessionState::Live, None) => Some(Duration::MAX),
            (SessionState::Connecting | SessionState::Live, Some(left)) => {
                (left < 0).then(|| Duration::from_micros(left.unsigned_abs()))
            }
        };
        Ok(Self {
            session: parsed(&row.id, "session")?,
            state,
            mode: known(ConnectionMode::parse(&row.mode), "connection mode")?,
            client: known(ClientKind::parse(&row.client), "kind of client")?,
            started_at: Timestamp::from_micros(row.started_at),
            seen_at: Timestamp::from_micros(row.seen_at),
            deadline_at: Timestamp::from_micros(row.deadline_at),
            reserved_until: row
                .connected_at
                .map(|at| Timestamp::from_micros(at.saturating_add(row.reserved))),
            signed_in: row.signed_in,
            // What cannot be read grants nothing: the session ends, instead of escaping every check.
            role: row.role.and_then(|role| role.parse::<Role>().ok()),
            access: from_json(&row.access, "access").unwrap_or(WorkflowAccess {
                run: Vec::new(),
                read: Vec::new(),
                supervise: Vec::new(),
            }),
            voice_enabled: row.voice_enabled,
            has_call: row.has_call,
            undriven,
        })
    }
}
