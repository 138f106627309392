//! Minutes of talking: what may be used in a month, and what was. A running session counts with what
//! was reserved for it, an ended one with what it talked.

use crate::{
    Store, StoreError, Tx,
    db::{Links, all, execute, one},
    row::{known, micros},
};
use domain::{
    IntakeId, LoginId, Timestamp, UserId, WorkflowId, WorkspaceId,
    limits::{Allowance, AllowanceScope},
};
use std::time::Duration;

/// Whose talking a start adds to.
#[derive(Debug, Clone, Copy)]
pub struct Spender<'a> {
    /// The workspace.
    pub workspace: &'a WorkspaceId,
    /// Who talks.
    pub user: &'a UserId,
    /// In which sign-in.
    pub login: &'a LoginId,
    /// By which workflow.
    pub workflow: &'a WorkflowId,
    /// On which intake.
    pub intake: &'a IntakeId,
}

/// What was talked, and what may still be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// How long the intake was talked on, in its ended sessions.
    pub on_intake: Duration,
    /// How long was talked in the sign-in since its password was last given.
    pub in_login: Duration,
    /// What is left of each allowance.
    pub allowances: Vec<Allowance>,
}

impl Spender<'_> {
    fn subject(&self, scope: AllowanceScope) -> &str {
        match scope {
            AllowanceScope::Workspace => self.workspace.as_str(),
            AllowanceScope::User => self.user.as_str(),
            AllowanceScope::Workflow => self.workflow.as_str(),
        }
    }
}

macro_rules! used {
    ($whose:literal) => {
        concat!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'ended' THEN COALESCE(talked, 0) ELSE reserved END), 0) AS BIGINT)
             FROM sessions WHERE workspace_id = $1 AND ",
            $whose,
            " = $2 AND started_at >= $3"
        )
    };
}

impl Store {
    /// The allowances of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn allowances(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<(AllowanceScope, String, Duration)>, StoreError> {
        let rows: Vec<(String, String, i64)> = all!(
            self.read().await?.link(),
            "SELECT scope, subject, month FROM allowances WHERE workspace_id = $1 ORDER BY scope, subject",
            workspace.as_str(),
        )?;
        rows.into_iter()
            .map(|(scope, subject, month)| {
                Ok((
                    known(AllowanceScope::parse(&scope), "scope of an allowance")?,
                    subject,
                    span(month),
                ))
            })
            .collect()
    }

    /// As [`Tx::talk`], for showing it: by the time of a start it may be less.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn talk(&self, spender: Spender<'_>, since: Timestamp) -> Result<Talk, StoreError> {
        talk(&mut self.read().await?, spender, since).await
    }
}

impl Tx {
    /// Sets what may be talked in a month; none takes the bound away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_allowance(
        &mut self,
        workspace: &WorkspaceId,
        scope: AllowanceScope,
        subject: &str,
        month: Option<Duration>,
    ) -> Result<(), StoreError> {
        match month {
            Some(month) => execute!(
                self.link(),
                "INSERT INTO allowances (workspace_id, scope, subject, month) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (workspace_id, scope, subject) DO UPDATE SET month = excluded.month",
                workspace.as_str(),
                scope.as_str(),
                subject,
                micros(month),
            )?,
            None => execute!(
                self.link(),
                "DELETE FROM allowances WHERE workspace_id = $1 AND scope = $2 AND subject = $3",
                workspace.as_str(),
                scope.as_str(),
                subject,
            )?,
        };
        Ok(())
    }

    /// What talking a start has to take into account: that since `since` counts against allowances. The
    /// caller holds the workspace, so that nobody else starts meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn talk(
        &mut self,
        spender: Spender<'_>,
        since: Timestamp,
    ) -> Result<Talk, StoreError> {
        talk(self, spender, since).await
    }
}

async fn talk(
    links: &mut impl Links,
    spender: Spender<'_>,
    since: Timestamp,
) -> Result<Talk, StoreError> {
    let (on_intake, in_login): (i64, i64) = one!(
        links.link(),
        "SELECT
             (SELECT CAST(COALESCE(SUM(talked), 0) AS BIGINT) FROM sessions WHERE intake_id = $1),
             (SELECT CAST(COALESCE(SUM(s.ended_at
                         - CASE WHEN s.connected_at > l.proved_at THEN s.connected_at ELSE l.proved_at END), 0) AS BIGINT)
              FROM logins l JOIN sessions s ON s.user_id = l.user_id AND s.login_id = l.id
              WHERE l.id = $2 AND s.connected_at IS NOT NULL AND s.ended_at > l.proved_at)",
        spender.intake.as_str(),
        spender.login.as_str(),
    )?;
    Ok(Talk {
        on_intake: span(on_intake),
        in_login: span(in_login),
        allowances: allowances_left(links, spender, since).await?,
    })
}

async fn allowances_left(
    links: &mut impl Links,
    spender: Spender<'_>,
    since: Timestamp,
) -> Result<Vec<Allowance>, StoreError> {
    let rows: Vec<(String, i64)> = all!(
            links.link(),
            "SELECT scope, month FROM allowances
             WHERE workspace_id = $1
               AND (scope = 'workspace' OR (scope = 'user' AND subject = $2) OR (scope = 'workflow' AND subject = $3))",
            spender.workspace.as_str(),
            spender.user.as_str(),
            spender.workflow.as_str(),
        )?;
    let mut left = Vec::new();
    for (scope, month) in rows {
        let scope = known(AllowanceScope::parse(&scope), "scope of an allowance")?;
        let sql = match scope {
            AllowanceScope::Workspace => used!("workspace_id"),
            AllowanceScope::User => used!("user_id"),
            AllowanceScope::Workflow => used!("workflow_id"),
        };
        let (used,): (i64,) = one!(
            links.link(),
            sql,
            spender.workspace.as_str(),
            spender.subject(scope),
            since.as_micros(),
        )?;
        left.push(Allowance {
            scope,
            left: span(month.saturating_sub(used)),
        });
    }
    Ok(left)
}

fn span(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
