//! The audit trail: rows are added and read. Nothing here changes one, and the tables refuse it.

use crate::{
    Store, StoreError, Tx,
    db::{all, execute, one},
    row::{entities, from_json, known, parsed, parsed_option, to_json},
};
use domain::{
    AuditId, IntakeId, SessionId, Timestamp, WorkspaceId,
    audit::{AuditAction, AuditEntry},
};
use sqlx::FromRow;

impl Store {
    /// What happened on an intake, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_of_intake(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows: Vec<AuditRecord> = all!(
            self.read().await?.link(),
            "SELECT id, at, workspace_id, actor, action, intake_id, session_id, details
             FROM audit
             WHERE workspace_id = $1 AND intake_id = $2
             ORDER BY at, id",
            workspace.as_str(),
            intake.as_str(),
        )?;
        entities(rows)
    }

    /// What happened in a workspace, the newest first, from before that entry on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_of_workspace(
        &self,
        workspace: &WorkspaceId,
        before: Option<&AuditId>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows: Vec<AuditRecord> = all!(
            self.read().await?.link(),
            "SELECT id, at, workspace_id, actor, action, intake_id, session_id, details
             FROM audit
             WHERE workspace_id = $1
               AND ($2 IS NULL OR (at, id) < (SELECT b.at, b.id FROM audit b WHERE b.workspace_id = $1 AND b.id = $2))
             ORDER BY at DESC, id DESC
             LIMIT $3",
            workspace.as_str(),
            before.map(AuditId::as_str),
            i64::from(limit),
        )?;
        entities(rows)
    }

    /// The newest entries of that action in a workspace, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_of_action(
        &self,
        workspace: &WorkspaceId,
        action: AuditAction,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows: Vec<AuditRecord> = all!(
            self.read().await?.link(),
            "SELECT id, at, workspace_id, actor, action, intake_id, session_id, details
             FROM audit
             WHERE workspace_id = $1 AND action = $2
             ORDER BY at DESC, id DESC
             LIMIT $3",
            workspace.as_str(),
            action.as_str(),
            i64::from(limit),
        )?;
        entities(rows)
    }

    /// How many entries of that action there are, in all workspaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_count(&self, action: AuditAction) -> Result<i64, StoreError> {
        let (count,): (i64,) = one!(
            self.read().await?.link(),
            "SELECT COUNT(*) FROM audit WHERE action = $1",
            action.as_str()
        )?;
        Ok(count)
    }
}

impl Tx {
    /// Adds an entry.
    ///
    /// # Errors
    /// [`StoreError::Unique`], or on SQLite [`StoreError::Database`], when there is one of that id.
    pub async fn append_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO audit (id, at, workspace_id, actor, action, intake_id, session_id, details)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            entry.id.as_str(),
            entry.at.as_micros(),
            entry.workspace.as_ref().map(WorkspaceId::as_str),
            to_json(&entry.actor, "actor")?,
            entry.action.as_str(),
            entry.intake.as_ref().map(IntakeId::as_str),
            entry.session.as_ref().map(SessionId::as_str),
            to_json(&entry.details, "details")?,
        )?;
        Ok(())
    }
}

#[derive(FromRow)]
struct AuditRecord {
    id: String,
    at: i64,
    workspace_id: Option<String>,
    actor: String,
    action: String,
    intake_id: Option<String>,
    session_id: Option<String>,
    details: String,
}

impl TryFrom<AuditRecord> for AuditEntry {
    type Error = StoreError;
    fn try_from(row: AuditRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "audit entry")?,
            at: Timestamp::from_micros(row.at),
            workspace: parsed_option(row.workspace_id.as_deref(), "workspace")?,
            actor: from_json(&row.actor, "actor")?,
            action: known(AuditAction::parse(&row.action), "action")?,
            intake: parsed_option(row.intake_id.as_deref(), "intake")?,
            session: parsed_option(row.session_id.as_deref(), "session")?,
            details: from_json(&row.details, "details")?,
        })
    }
}
