//! Sessions: from the start to exactly one end reason, each change a guarded statement.

use crate::{
    NewSecret, Store, StoreError, Tx,
    db::{all, change, execute, hold, one, optional},
    row::{entities, from_json, known, micros, parsed, parsed_option, sound, to_json},
};
use domain::{
    IdempotencyKey, IntakeId, LoginId, ProviderCallId, SessionId, Timestamp, UserId, WorkspaceId,
    session::{ClientKind, EndReason, Session, SessionState},
    workflow::ConnectionMode,
};
use sqlx::FromRow;
use std::time::Duration;

/// The columns of a session, by name: `*` would make PostgreSQL refuse prepared statements when a newer
/// version of this program adds a column.
macro_rules! session_columns {
    () => {
        "id, workspace_id, intake_id, workflow_id, version_id, user_id, login_id, state, end_reason, mode, client,
         config_hash, grants, profile, call_id, hangup_pending, started_at, live_at, deadline_at, seen_at, connected_at,
         reserved, spoken_at, paused_at, ended_at"
    };
}
pub(crate) use session_columns;

macro_rules! sessions {
    ($rest:literal) => {
        concat!("SELECT ", session_columns!(), " FROM sessions ", $rest)
    };
}

impl Store {
    /// The session of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(
        &self,
        workspace: &WorkspaceId,
        session: &SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRecord> = optional!(
            self.read().await?.link(),
            sessions!("WHERE workspace_id = $1 AND id = $2"),
            workspace.as_str(),
            session.as_str(),
        )?;
        row.map(Session::try_from).transpose()
    }

    /// The session of that id in whatever workspace: for the server itself, never for a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_by_id(&self, session: &SessionId) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRecord> = optional!(
            self.read().await?.link(),
            sessions!("WHERE id = $1"),
            session.as_str()
        )?;
        row.map(Session::try_from).transpose()
    }

    /// The session a user started with that key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_by_key(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRecord> = optional!(
            self.read().await?.link(),
            sessions!("WHERE workspace_id = $1 AND user_id = $2 AND idempotency = $3"),
            workspace.as_str(),
            user.as_str(),
            key.as_str(),
        )?;
        row.map(Session::try_from).transpose()
    }

    /// Whether some session of that profile has that call: for the server itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_call(&self, profile: &str, call: &ProviderCallId) -> Result<bool, StoreError> {
        let row: Option<(String,)> = optional!(
            self.read().await?.link(),
            "SELECT id FROM sessions WHERE profile = $1 AND call_id = $2",
            profile,
            call.as_str(),
        )?;
        Ok(row.is_some())
    }

    /// The sessions of an intake, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions_of_intake(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            sessions!("WHERE workspace_id = $1 AND intake_id = $2 ORDER BY started_at, id"),
            workspace.as_str(),
            intake.as_str(),
        )?;
        entities(rows)
    }

    /// The running session of a user in a workspace, the newest if the limits allow several.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_session(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
    ) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRecord> = optional!(
            self.read().await?.link(),
            sessions!(
                "WHERE workspace_id = $1 AND user_id = $2 AND state <> 'ended'
                 ORDER BY started_at DESC, id DESC LIMIT 1"
            ),
            workspace.as_str(),
            user.as_str(),
        )?;
        row.map(Session::try_from).transpose()
    }

    /// The running sessions of a workspace, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_in(&self, workspace: &WorkspaceId) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            sessions!("WHERE workspace_id = $1 AND state <> 'ended' ORDER BY started_at, id"),
            workspace.as_str(),
        )?;
        Ok(sound_sessions(rows))
    }

    /// The running sessions of a sign-in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_of_login(
        &self,
        user: &UserId,
        login: &LoginId,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            sessions!(
                "WHERE user_id = $1 AND login_id = $2 AND state <> 'ended' ORDER BY started_at, id"
            ),
            user.as_str(),
            login.as_str(),
        )?;
        Ok(sound_sessions(rows))
    }

    /// All running sessions of all workspaces: for the server itself. Rows that make
    /// no sense are reported and left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_sessions(&self) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            sessions!("WHERE state <> 'ended' ORDER BY started_at, id")
        )?;
        Ok(sound_sessions(rows))
    }

    /// Ended sessions whose call may still be up, of all workspaces: for the server itself.
    /// Rows that make no sense are reported and left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_hangups(&self) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            sessions!("WHERE hangup_pending ORDER BY ended_at, id")
        )?;
        Ok(sound_sessions(rows))
    }

    /// Notes that a session's call is hung up; false when that was known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hangup_done(&self, session: &SessionId) -> Result<bool, StoreError> {
        let touched = change!(
            self,
            "UPDATE sessions SET hangup_pending = FALSE WHERE id = $1 AND hangup_pending",
            session.as_str(),
        );
        Ok(touched == 1)
    }

    /// Notes that the page was heard of; false when the session is over, or not that user's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(
        &self,
        workspace: &WorkspaceId,
        session: &SessionId,
        user: &UserId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = change!(
            self,
            "UPDATE sessions SET seen_at = CASE WHEN seen_at < $4 THEN $4 ELSE seen_at END
             WHERE workspace_id = $1 AND id = $2 AND user_id = $3 AND state <> 'ended'",
            workspace.as_str(),
            session.as_str(),
            user.as_str(),
            at.as_micros(),
        );
        Ok(touched == 1)
    }
}

impl Tx {
    /// Starts a session and keeps the hash of its secret.
    ///
    /// # Errors
    /// [`StoreError::Unique`] when the user used that key before (or the intake has a running session,
    /// which the caller ends first); [`StoreError::Missing`] when the workspace has no such intake or version.
    pub async fn create_session(
        &mut self,
        session: &Session,
        idempotency: &IdempotencyKey,
        secret: &NewSecret,
    ) -> Result<(), StoreError> {
        let reason = match session.state {
            SessionState::Ended(reason) => Some(reason.as_str()),
            SessionState::Starting | SessionState::Connecting | SessionState::Live => None,
        };
        execute!(
            self.link(),
            "INSERT INTO sessions
                 (id, workspace_id, intake_id, workflow_id, version_id, user_id, login_id, idempotency, state, end_reason,
                  mode, client, config_hash, grants, profile, call_id, hangup_pending, started_at, live_at, deadline_at,
                  seen_at, connected_at, reserved, spoken_at, paused_at, ended_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                     $22, $23, $24, $25, $26)",
            session.id.as_str(),
            session.workspace.as_str(),
            session.intake.as_str(),
            session.workflow.as_str(),
            session.version.as_str(),
            session.user.as_str(),
            session.login.as_str(),
            idempotency.as_str(),
            session.state.as_str(),
            reason,
            session.mode.as_str(),
            session.client.as_str(),
            session.config_hash.as_str(),
            to_json(&session.grants, "grants")?,
            session.profile.as_str(),
            session.call.as_ref().map(ProviderCallId::as_str),
            session.hangup_pending,
            session.started_at.as_micros(),
            session.live_at.map(Timestamp::as_micros),
            session.deadline_at.as_micros(),
            session.seen_at.as_micros(),
            session.connected_at.map(Timestamp::as_micros),
            micros(session.reserved),
            session.spoken_at.map(Timestamp::as_micros),
            session.paused_at.map(Timestamp::as_micros),
            session.ended_at.map(Timestamp::as_micros),
        )?;
        self.keep_secret(secret).await
    }

    /// How many sessions of a user are running, in all workspaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_of_user(&mut self, user: &UserId) -> Result<i64, StoreError> {
        let (count,): (i64,) = one!(
            self.link(),
            "SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND state <> 'ended'",
            user.as_str()
        )?;
        Ok(count)
    }

    /// How many sessions of a workspace are running.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_of_workspace(
        &mut self,
        workspace: &WorkspaceId,
    ) -> Result<i64, StoreError> {
        let (count,): (i64,) = one!(
            self.link(),
            "SELECT COUNT(*) FROM sessions WHERE workspace_id = $1 AND state <> 'ended'",
            workspace.as_str(),
        )?;
        Ok(count)
    }

    /// All running sessions of all workspaces, as [`Store::running_sessions`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.link(),
            sessions!("WHERE state <> 'ended' ORDER BY started_at, id")
        )?;
        Ok(sound_sessions(rows))
    }

    /// Holds the right to start sessions until the transaction ends, so that the server's ceiling holds
    /// on many processes. Taken before all others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_starts(&mut self) -> Result<(), StoreError> {
        Ok(hold!(
            self.link(),
            "SELECT 1 FROM meta WHERE key = 'starts_stopped'"
        )?)
    }

    /// How many sessions are running on the whole server, of all its processes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_on_server(&mut self) -> Result<i64, StoreError> {
        let (count,): (i64,) = one!(
            self.link(),
            "SELECT COUNT(*) FROM sessions WHERE state <> 'ended'"
        )?;
        Ok(count)
    }

    /// The running session of an intake.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_of_intake(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRecord> = optional!(
            self.link(),
            sessions!("WHERE workspace_id = $1 AND intake_id = $2 AND state <> 'ended'"),
            workspace.as_str(),
            intake.as_str(),
        )?;
        row.map(Session::try_from).transpose()
    }

    /// Holds the intake of a session until the transaction ends. INVARIANT: rows are held in the order
    /// user, workspace, intake, session; whoever changes a session takes its intake first, or two
    /// transactions on PostgreSQL could wait for each other.
    pub(crate) async fn hold_intake_of(&mut self, session: &SessionId) -> Result<(), StoreError> {
        Ok(hold!(
            self.link(),
            "SELECT 1 FROM intakes WHERE id = (SELECT intake_id FROM sessions WHERE id = $1)",
            session.as_str(),
        )?)
    }

    /// Writes down the provider's call and the sealed configuration it is held to, whatever happened
    /// meanwhile; whether the session is still running. When it is over, the call is to be hung up.
    ///
    /// # Errors
    /// [`StoreError::Unique`] when another session of that profile has that call,
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn set_call(
        &mut self,
        session: &SessionId,
        call: &ProviderCallId,
        pinned: &str,
    ) -> Result<bool, StoreError> {
        self.hold_intake_of(session).await?;
        let row: Option<(String,)> = optional!(
            self.link(),
            "UPDATE sessions
             SET call_id = $2, hangup_pending = (state = 'ended'), pinned = CASE WHEN state = 'ended' THEN NULL ELSE $3 END
             WHERE id = $1 RETURNING state",
            session.as_str(),
            call.as_str(),
            pinned,
        )?;
        let (state,) = row.ok_or(StoreError::Missing)?;
        Ok(state != "ended")
    }

    /// A connecting session is live now; false when it was anything else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_live(
        &mut self,
        session: &SessionId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.hold_intake_of(session).await?;
        let touched = execute!(
            self.link(),
            "UPDATE sessions SET state = 'live', live_at = $2 WHERE id = $1 AND state = 'connecting'",
            session.as_str(),
            at.as_micros(),
        )?;
        Ok(touched == 1)
    }

    /// Writes down that both sides of a live session are silenced, or are not; false when it is not live.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_paused(
        &mut self,
        session: &SessionId,
        since: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let touched = execute!(
            self.link(),
            "UPDATE sessions SET paused_at = $2 WHERE id = $1 AND state = 'live'",
            session.as_str(),
            since.map(Timestamp::as_micros),
        )?;
        Ok(touched == 1)
    }

    /// Notes that the person was heard of in the conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_spoken(
        &mut self,
        session: &SessionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "UPDATE sessions SET spoken_at = $2 WHERE id = $1 AND state <> 'ended'",
            session.as_str(),
            at.as_micros(),
        )?;
        Ok(())
    }

    /// Ends a running session, settles what it talked, and marks its call to be hung up when there is
    /// one; false when it had ended before: the first reason stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(
        &mut self,
        session: &SessionId,
        reason: EndReason,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.hold_intake_of(session).await?;
        let touched = execute!(
            self.link(),
            "UPDATE sessions
             SET state = 'ended', end_reason = $2, ended_at = $3, hangup_pending = (call_id IS NOT NULL), pinned = NULL,
                 talked = CASE WHEN connected_at IS NULL OR connected_at > $3 THEN 0 ELSE $3 - connected_at END
             WHERE id = $1 AND state <> 'ended'",
            session.as_str(),
            reason.as_str(),
            at.as_micros(),
        )?;
        Ok(touched == 1)
    }
}

pub(crate) fn sound_sessions(rows: Vec<SessionRecord>) -> Vec<Session> {
    let rows = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    sound(rows, "sessions", |_, row| Session::try_from(row))
}

#[derive(FromRow)]
pub(crate) struct SessionRecord {
    id: String,
    workspace_id: String,
    intake_id: String,
    workflow_id: String,
    version_id: String,
    user_id: String,
    login_id: String,
    state: String,
    end_reason: Option<String>,
    mode: String,
    client: String,
    config_hash: String,
    grants: String,
    profile: String,
    call_id: Option<String>,
    hangup_pending: bool,
    started_at: i64,
    live_at: Option<i64>,
    deadline_at: i64,
    seen_at: i64,
    connected_at: Option<i64>,
    reserved: i64,
    spoken_at: Option<i64>,
    paused_at: Option<i64>,
    ended_at: Option<i64>,
}

impl TryFrom<SessionRecord> for Session {
    type Error = StoreError;
    fn try_from(row: SessionRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "session")?,
            workspace: parsed(&row.workspace_id, "workspace")?,
            intake: parsed(&row.intake_id, "intake")?,
            workflow: parsed(&row.workflow_id, "workflow")?,
            version: parsed(&row.version_id, "version")?,
            user: parsed(&row.user_id, "user")?,
            login: parsed(&row.login_id, "sign-in")?,
            state: known(
                SessionState::parse(&row.state, row.end_reason.as_deref()),
                "session state",
            )?,
            mode: known(ConnectionMode::parse(&row.mode), "connection mode")?,
            client: known(ClientKind::parse(&row.client), "kind of client")?,
            config_hash: row.config_hash,
            grants: from_json(&row.grants, "grants")?,
            profile: row.profile,
            call: parsed_option(row.call_id.as_deref(), "call")?,
            hangup_pending: row.hangup_pending,
            started_at: Timestamp::from_micros(row.started_at),
            live_at: row.live_at.map(Timestamp::from_micros),
            deadline_at: Timestamp::from_micros(row.deadline_at),
            seen_at: Timestamp::from_micros(row.seen_at),
            connected_at: row.connected_at.map(Timestamp::from_micros),
            reserved: Duration::from_micros(u64::try_from(row.reserved).unwrap_or(0)),
            spoken_at: row.spoken_at.map(Timestamp::from_micros),
            paused_at: row.paused_at.map(Timestamp::from_micros),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        })
    }
}
