//! Definitions that can be published and definitions that cannot.

use super::*;

fn definition(connection: ConnectionMode, open_to_other_clients: bool) -> WorkflowDefinition {
    serde_json::from_value(serde_json::json!({
        "name": "n", "description": "d", "purpose": "p", "rules": "r", "opening_line": "o", "disclosure": "d",
        "language": "en", "voice": "v", "max_minutes": 10, "connection": connection,
        "open_to_other_clients": open_to_other_clients,
        "sections": [{ "title": "t", "fields": [
            { "key": "full_name", "label": "Name", "question": "Who?", "type": "short_text" },
        ] }],
    }))
    .unwrap()
}

#[test]
fn a_workflow_that_is_open_to_other_clients_is_brokered() {
    use ConnectionMode::{Brokered, Sealed};
    assert_eq!(definition(Sealed, false).check(), Ok(()));
    assert_eq!(definition(Brokered, false).check(), Ok(()));
    assert_eq!(definition(Brokered, true).check(), Ok(()));
    assert_eq!(
        definition(Sealed, true).check(),
        Err(DefinitionProblem::OpenButNotBrokered)
    );
}
