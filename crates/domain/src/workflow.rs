//! Workflows: what an intake asks. A published version never changes; a session is pinned to one.

pub mod definition;
pub mod value;

pub use definition::*;
pub use value::{ValueProblem, normalise, normalise_by};

use crate::{Timestamp, VersionId, WorkflowId, WorkspaceId, person::Role};
use serde::{Deserialize, Serialize};

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Being written; not runnable.
    Draft,
    /// Immutable and runnable.
    Published,
    /// Immutable and no longer offered.
    Archived,
}

impl VersionState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// The state of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Archived]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// Which roles may run, read and supervise a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowAccess {
    /// Who may start its intakes.
    pub run: Vec<Role>,
    /// Who may read its intakes (analysts always read masked).
    pub read: Vec<Role>,
    /// Who may see everybody's intakes of it and act on them.
    pub supervise: Vec<Role>,
}

impl Default for WorkflowAccess {
    fn default() -> Self {
        Self {
            run: vec![Role::Admin, Role::Supervisor, Role::Staff],
            read: Role::ALL.to_vec(),
            supervise: vec![Role::Admin, Role::Supervisor],
        }
    }
}

/// One version of a workflow, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowVersion {
    /// The version.
    pub id: VersionId,
    /// The workflow it belongs to.
    pub workflow: WorkflowId,
    /// The workspace that owns it.
    pub workspace: WorkspaceId,
    /// 1, 2, 3, …
    pub number: u32,
    /// Where it stands.
    pub state: VersionState,
    /// Who may do what with it. Belongs to the workflow, read together with the version.
    pub access: WorkflowAccess,
    /// What it asks.
    pub definition: WorkflowDefinition,
    /// When it was published.
    pub published_at: Option<Timestamp>,
}
