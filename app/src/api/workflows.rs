//! The workflows one can start.

use super::{ApiError, wire::Bare};
use domain::WorkflowId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A workflow on the home page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowCard {
    /// Its id.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
    /// One line on what it is for.
    pub description: String,
    /// The published version's number.
    pub version: u32,
    /// How many questions it has.
    pub fields: u32,
    /// How many of them must be answered.
    pub required: u32,
    /// The longest a conversation may be, in minutes.
    pub max_minutes: u16,
    /// Whether the person may start it.
    pub may_run: bool,
}

/// The published workflows of the workspace.
#[server(endpoint = "workflows/list", protocol = Bare)]
pub async fn list_workflows() -> Result<Vec<WorkflowCard>, ApiError> {
    crate::ssr::workflows::list().await
}
