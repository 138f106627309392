//! Workflows and their versions. A published version never changes; the tables see to it.

use crate::{
    Store, StoreError, Tx,
    db::{all, execute, optional},
    row::{entities, fold, from_json, known, number, parsed, to_json},
};
use domain::{
    Timestamp, VersionId, WorkflowId, WorkspaceId,
    workflow::{VersionState, WorkflowAccess, WorkflowDefinition, WorkflowVersion},
};
use sqlx::FromRow;

/// A workflow to be made, still without a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkflow {
    /// Its id.
    pub id: WorkflowId,
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// A short name, unique within the workspace.
    pub slug: String,
    /// Who may do what with it.
    pub access: WorkflowAccess,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// The workflow of that short name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workflow_by_slug(
        &self,
        workspace: &WorkspaceId,
        slug: &str,
    ) -> Result<Option<WorkflowId>, StoreError> {
        let row: Option<(String,)> = optional!(
            self.read().await?.link(),
            "SELECT id FROM workflows WHERE workspace_id = $1 AND slug = $2",
            workspace.as_str(),
            slug,
        )?;
        row.map(|(id,)| parsed(&id, "workflow")).transpose()
    }

    /// The versions a workspace offers, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn published(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<WorkflowVersion>, StoreError> {
        let rows: Vec<VersionRecord> = all!(
            self.read().await?.link(),
            "SELECT v.id, v.workflow_id, v.workspace_id, v.number, v.state, w.access, v.definition, v.published_at
             FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id
             WHERE v.workspace_id = $1 AND v.state = 'published'
             ORDER BY v.name_folded, v.id",
            workspace.as_str(),
        )?;
        entities(rows)
    }

    /// Who may do what with each workflow of a workspace, archived ones too: their intakes remain.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workflow_access(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<(WorkflowId, WorkflowAccess)>, StoreError> {
        let rows: Vec<(String, String)> = all!(
            self.read().await?.link(),
            "SELECT id, access FROM workflows WHERE workspace_id = $1 ORDER BY id",
            workspace.as_str(),
        )?;
        rows.into_iter()
            .map(|(id, access)| Ok((parsed(&id, "workflow")?, from_json(&access, "access")?)))
            .collect()
    }

    /// The version a workflow offers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn published_version(
        &self,
        workspace: &WorkspaceId,
        workflow: &WorkflowId,
    ) -> Result<Option<WorkflowVersion>, StoreError> {
        let row: Option<VersionRecord> = optional!(
            self.read().await?.link(),
            "SELECT v.id, v.workflow_id, v.workspace_id, v.number, v.state, w.access, v.definition, v.published_at
             FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id
             WHERE v.workspace_id = $1 AND v.workflow_id = $2 AND v.state = 'published'",
            workspace.as_str(),
            workflow.as_str(),
        )?;
        row.map(WorkflowVersion::try_from).transpose()
    }

    /// The version of that id, offered or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn version(
        &self,
        workspace: &WorkspaceId,
        version: &VersionId,
    ) -> Result<Option<WorkflowVersion>, StoreError> {
        let row: Option<VersionRecord> = optional!(
            self.read().await?.link(),
            "SELECT v.id, v.workflow_id, v.workspace_id, v.number, v.state, w.access, v.definition, v.published_at
             FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id
             WHERE v.workspace_id = $1 AND v.id = $2",
            workspace.as_str(),
            version.as_str(),
        )?;
        row.map(WorkflowVersion::try_from).transpose()
    }
}

impl Tx {
    /// Makes a workflow.
    ///
    /// # Errors
    /// [`StoreError::Unique`] when the workspace has one of that short name,
    /// [`StoreError::Missing`] when there is no such workspace.
    pub async fn create_workflow(&mut self, workflow: &NewWorkflow) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO workflows (id, workspace_id, slug, access, created_at) VALUES ($1, $2, $3, $4, $5)",
            workflow.id.as_str(),
            workflow.workspace.as_str(),
            workflow.slug.as_str(),
            to_json(&workflow.access, "access")?,
            workflow.at.as_micros(),
        )?;
        Ok(())
    }

    /// Publishes a version and archives the one before it; its number.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the workspace has no such workflow.
    pub async fn publish_version(
        &mut self,
        workspace: &WorkspaceId,
        workflow: &WorkflowId,
        version: &VersionId,
        definition: &WorkflowDefinition,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        // Also holds the workflow's row, so that two publications take turns.
        let next: Option<(i64,)> = optional!(
            self.link(),
            "UPDATE workflows SET last_number = last_number + 1 WHERE workspace_id = $1 AND id = $2 RETURNING last_number",
            workspace.as_str(),
            workflow.as_str(),
        )?;
        let (next,) = next.ok_or(StoreError::Missing)?;
        self.archive_workflow(workspace, workflow).await?;
        execute!(
            self.link(),
            "INSERT INTO workflow_versions
                 (id, workspace_id, workflow_id, number, state, name, name_folded, definition, published_at)
             VALUES ($1, $2, $3, $4, 'published', $5, $6, $7, $8)",
            version.as_str(),
            workspace.as_str(),
            workflow.as_str(),
            next,
            definition.name.as_str(),
            fold(&definition.name),
            to_json(definition, "definition")?,
            at.as_micros(),
        )?;
        number(next, "version number")
    }

    /// Stops offering a workflow, until a version is published again; false when it was not offered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archive_workflow(
        &mut self,
        workspace: &WorkspaceId,
        workflow: &WorkflowId,
    ) -> Result<bool, StoreError> {
        let touched = execute!(
            self.link(),
            "UPDATE workflow_versions SET state = 'archived'
             WHERE workspace_id = $1 AND workflow_id = $2 AND state = 'published'",
            workspace.as_str(),
            workflow.as_str(),
        )?;
        Ok(touched > 0)
    }
}

#[derive(FromRow)]
struct VersionRecord {
    id: String,
    workflow_id: String,
    workspace_id: String,
    number: i64,
    state: String,
    access: String,
    definition: String,
    published_at: Option<i64>,
}

impl TryFrom<VersionRecord> for WorkflowVersion {
    type Error = StoreError;
    fn try_from(row: VersionRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "version")?,
            workflow: parsed(&row.workflow_id, "workflow")?,
            workspace: parsed(&row.workspace_id, "workspace")?,
            number: number(row.number, "version number")?,
            state: known(VersionState::parse(&row.state), "version state")?,
            access: from_json(&row.access, "access")?,
            definition: from_json(&row.definition, "definition")?,
            published_at: row.published_at.map(Timestamp::from_micros),
        })
    }
}
