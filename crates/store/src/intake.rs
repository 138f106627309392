//! Intakes without their values: opening, waiving, closing, opening again.

use crate::{
    AtRest, Store, StoreError, Tx,
    db::{Link, all, execute, hold, optional},
    person::there,
    row::{from_json, known, parsed, sound, to_json},
};
use domain::{
    FieldKey, IntakeId, Timestamp, WorkspaceId,
    intake::{Closed, Intake, Outcome},
};
use sqlx::FromRow;
use std::collections::BTreeSet;

/// An intake as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIntake {
    /// The intake. The reason in its outcome is none: it is beside it, as it is at rest.
    pub intake: Intake,
    /// Why it got its outcome.
    pub reason: Option<AtRest>,
    /// The name of who opened it.
    pub opened_by_name: String,
}

impl Store {
    /// The intake of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intake(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Option<StoredIntake>, StoreError> {
        intake_of(self.read().await?.link(), workspace, intake).await
    }

    /// Open intakes that nobody came back to: unchanged since before that time, without a running
    /// session, and without one that ended after it. Of all workspaces, the oldest first. Rows that make
    /// no sense are reported and left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stale_intakes(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(WorkspaceId, IntakeId)>, StoreError> {
        let rows: Vec<(String, String)> = all!(
            self.read().await?.link(),
            "SELECT i.id, i.workspace_id
             FROM intakes i
             WHERE i.outcome IS NULL AND i.changed_at < $1
               AND NOT EXISTS (
                   SELECT 1 FROM sessions s WHERE s.intake_id = i.id AND (s.state <> 'ended' OR s.ended_at >= $1))
             ORDER BY i.changed_at, i.id
             LIMIT $2",
            before.as_micros(),
            i64::from(limit),
        )?;
        Ok(sound(rows, "intakes", |id, workspace| {
            Ok((parsed(&workspace, "workspace")?, parsed(id, "intake")?))
        }))
    }
}

impl Tx {
    /// Opens an intake.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the workspace has no such version of that workflow, or there is no
    /// such user; [`StoreError::Corrupt`] when it comes with a reason, which only
    /// [`Tx::close_intake`] knows how to keep.
    pub async fn create_intake(&mut self, intake: &Intake) -> Result<(), StoreError> {
        if intake
            .outcome
            .as_ref()
            .is_some_and(|closed| closed.reason.is_some())
        {
            return Err(StoreError::Corrupt {
                what: "reason of a new intake",
            });
        }
        execute!(
            self.link(),
            "INSERT INTO intakes
                 (id, workspace_id, workflow_id, version_id, opened_by, opened_at, changed_at, outcome, closed_at, waived, demo)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            intake.id.as_str(),
            intake.workspace.as_str(),
            intake.workflow.as_str(),
            intake.version.as_str(),
            intake.opened_by.as_str(),
            intake.opened_at.as_micros(),
            intake.changed_at.as_micros(),
            intake.outcome.as_ref().map(|closed| closed.outcome.as_str()),
            intake.outcome.as_ref().map(|closed| closed.at.as_micros()),
            to_json(&intake.waived, "waived fields")?,
            intake.demo,
        )?;
        Ok(())
    }

    /// The intake of that id, held until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_intake(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Option<StoredIntake>, StoreError> {
        hold!(
            self.link(),
            "SELECT 1 FROM intakes WHERE workspace_id = $1 AND id = $2",
            workspace.as_str(),
            intake.as_str(),
        )?;
        intake_of(self.link(), workspace, intake).await
    }

    /// Says which fields are not needed, in place of what was said before.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the workspace has no such intake.
    pub async fn set_waived(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        waived: &BTreeSet<FieldKey>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        there(execute!(
            self.link(),
            "UPDATE intakes SET waived = $3, changed_at = $4 WHERE workspace_id = $1 AND id = $2",
            workspace.as_str(),
            intake.as_str(),
            to_json(waived, "waived fields")?,
            at.as_micros(),
        )?)
    }

    /// Notes that an intake changed.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the workspace has no such intake.
    pub async fn touch_intake(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        there(execute!(
            self.link(),
            "UPDATE intakes SET changed_at = $3 WHERE workspace_id = $1 AND id = $2",
            workspace.as_str(),
            intake.as_str(),
            at.as_micros(),
        )?)
    }

    /// Gives an open intake its outcome; false when it has one, or is not there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_intake(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        outcome: Outcome,
        at: Timestamp,
        reason: Option<&AtRest>,
    ) -> Result<bool, StoreError> {
        let touched = execute!(
            self.link(),
            "UPDATE intakes SET outcome = $3, closed_at = $4, changed_at = $4, reason = $5, reason_sealed = $6
             WHERE workspace_id = $1 AND id = $2 AND outcome IS NULL",
            workspace.as_str(),
            intake.as_str(),
            outcome.as_str(),
            at.as_micros(),
            reason.map(AtRest::text),
            reason.is_some_and(AtRest::is_sealed),
        )?;
        Ok(touched == 1)
    }

    /// Opens an abandoned intake again; false when it is anything else, or is not there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reopen_intake(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = execute!(
            self.link(),
            "UPDATE intakes SET outcome = NULL, closed_at = NULL, reason = NULL, reason_sealed = FALSE, changed_at = $3
             WHERE workspace_id = $1 AND id = $2 AND outcome = 'abandoned'",
            workspace.as_str(),
            intake.as_str(),
            at.as_micros(),
        )?;
        Ok(touched == 1)
    }
}

async fn intake_of(
    link: Link<'_>,
    workspace: &WorkspaceId,
    intake: &IntakeId,
) -> Result<Option<StoredIntake>, StoreError> {
    let row: Option<IntakeRecord> = optional!(
        link,
        "SELECT i.id, i.workspace_id, i.workflow_id, i.version_id, i.opened_by, u.name AS opened_by_name, i.opened_at,
                i.changed_at, i.outcome, i.closed_at, i.reason, i.reason_sealed, i.waived, i.demo
         FROM intakes i JOIN users u ON u.id = i.opened_by
         WHERE i.workspace_id = $1 AND i.id = $2",
        workspace.as_str(),
        intake.as_str(),
    )?;
    row.map(StoredIntake::try_from).transpose()
}

#[derive(FromRow)]
struct IntakeRecord {
    id: String,
    workspace_id: String,
    workflow_id: String,
    version_id: String,
    opened_by: String,
    opened_by_name: String,
    opened_at: i64,
    changed_at: i64,
    outcome: Option<String>,
    closed_at: Option<i64>,
    reason: Option<String>,
    reason_sealed: bool,
    waived: String,
    demo: bool,
}

impl TryFrom<IntakeRecord> for StoredIntake {
    type Error = StoreError;
    fn try_from(row: IntakeRecord) -> Result<Self, StoreError> {
        let outcome = match (row.outcome, row.closed_at) {
            (None, None) => None,
            (Some(word), Some(at)) => Some(Closed {
                outcome: known(Outcome::parse(&word), "outcome")?,
                at: Timestamp::from_micros(at),
                reason: None,
            }),
            _ => return Err(StoreError::Corrupt { what: "outcome" }),
        };
        Ok(Self {
            intake: Intake {
                id: parsed(&row.id, "intake")?,
                workspace: parsed(&row.workspace_id, "workspace")?,
                workflow: parsed(&row.workflow_id, "workflow")?,
                version: parsed(&row.version_id, "version")?,
                opened_by: parsed(&row.opened_by, "user")?,
                opened_at: Timestamp::from_micros(row.opened_at),
                changed_at: Timestamp::from_micros(row.changed_at),
                outcome,
                waived: from_json(&row.waived, "waived fields")?,
                demo: row.demo,
            },
            reason: row
                .reason
                .map(|text| AtRest::from_columns(text, row.reason_sealed)),
            opened_by_name: row.opened_by_name,
        })
    }
}
