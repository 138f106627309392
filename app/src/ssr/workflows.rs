//! Workflows for the home page.

use super::caller;
use crate::api::{ApiError, workflows::WorkflowCard};

pub(crate) async fn list() -> Result<Vec<WorkflowCard>, ApiError> {
    let caller = caller()?;
    let listed = service::list_workflows::list_workflows(caller.service(), &caller.principal)
        .await
        .map_err(|error| caller.refuse(error))?;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let cards = listed.into_iter().map(|listed| {
        let definition = &listed.version.definition;
        WorkflowCard {
            fields: count(definition.fields().count()),
            required: count(definition.fields().filter(|field| field.required).count()),
            name: definition.name.clone(),
            description: definition.description.clone(),
            max_minutes: definition.max_minutes,
            version: listed.version.number,
            id: listed.version.workflow,
            may_run: listed.may_run,
        }
    });
    Ok(cards.collect())
}
