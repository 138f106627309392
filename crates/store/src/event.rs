//! What happened on an intake, numbered without a gap, for the pages that watch it.

use crate::{
    Store, StoreError, Tx,
    db::{Link, all, optional},
    row::{from_json, to_json},
};
use domain::{IntakeId, SessionId, Timestamp, WorkspaceId, event::RecordEvent};

/// An event with its place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// 1, 2, 3, … within the intake.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: RecordEvent,
}

// The next number and the event in one go: every change to an intake comes through here. PostgreSQL does
// it in one statement, which SQLite does not know; it takes two statements in one text.
const APPEND_SQLITE: &str = "
    UPDATE intakes SET event_seq = event_seq + 1 WHERE workspace_id = $1 AND id = $2;
    INSERT INTO events (workspace_id, intake_id, seq, session_id, at, event)
    SELECT workspace_id, id, event_seq, $3, $4, $5 FROM intakes WHERE workspace_id = $1 AND id = $2
    RETURNING seq";
const APPEND_POSTGRES: &str = "
    WITH numbered AS (
        UPDATE intakes SET event_seq = event_seq + 1 WHERE workspace_id = $1 AND id = $2
        RETURNING workspace_id, id, event_seq
    )
    INSERT INTO events (workspace_id, intake_id, seq, session_id, at, event)
    SELECT workspace_id, id, event_seq, CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS TEXT) FROM numbered
    RETURNING seq";

impl Store {
    /// The events of an intake after that number, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_after(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows: Vec<(i64, i64, String)> = all!(
            self.read().await?.link(),
            "SELECT seq, at, event FROM events WHERE workspace_id = $1 AND intake_id = $2 AND seq > $3 ORDER BY seq LIMIT $4",
            workspace.as_str(),
            intake.as_str(),
            after,
            i64::from(limit),
        )?;
        rows.into_iter()
            .map(|(seq, at, event)| {
                Ok(StoredEvent {
                    seq,
                    at: Timestamp::from_micros(at),
                    event: from_json(&event, "event")?,
                })
            })
            .collect()
    }

    /// The number of the last event of an intake; 0 when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_seq(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = optional!(
            self.read().await?.link(),
            "SELECT event_seq FROM intakes WHERE workspace_id = $1 AND id = $2",
            workspace.as_str(),
            intake.as_str(),
        )?;
        Ok(row.map_or(0, |(seq,)| seq))
    }
}

impl Tx {
    /// Adds an event; its number. Holds the intake's row until the transaction ends, so that numbers
    /// become visible in their order.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the workspace has no such intake.
    pub async fn append_event(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        session: Option<&SessionId>,
        event: &RecordEvent,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        let append = match self.link() {
            Link::Sqlite(_) => APPEND_SQLITE,
            Link::Postgres(_) => APPEND_POSTGRES,
        };
        let row: Option<(i64,)> = optional!(
            self.link(),
            append,
            workspace.as_str(),
            intake.as_str(),
            session.map(SessionId::as_str),
            at.as_micros(),
            to_json(event, "event")?,
        )?;
        let (seq,) = row.ok_or(StoreError::Missing)?;
        Ok(seq)
    }
}
