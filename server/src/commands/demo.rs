//! `vestibule demo`: the demo workspace, from the files in `workflows/`.

use super::{say, write_private};
use crate::{config::Demo as Flags, state};
use anyhow::Context;
use domain::{
    FieldKey, Private,
    intake::Outcome,
    person::{Role, SignInAddress},
    workflow::{ConnectionMode, WorkflowDefinition},
};
use serde::Deserialize;
use service::{
    Service,
    install_demo::{self, Demo, DemoIntake, DemoPerson, DemoSignIn},
};
use std::{collections::BTreeMap, time::Duration};

const WORKSPACE: &str = "Demo workspace";
const WORKFLOWS: [(&str, &str); 4] = [
    (
        "legal-new-client",
        include_str!("../../../workflows/legal-new-client.toml"),
    ),
    (
        "insurance-first-notice",
        include_str!("../../../workflows/insurance-first-notice.toml"),
    ),
    (
        "clinic-pre-visit",
        include_str!("../../../workflows/clinic-pre-visit.toml"),
    ),
    (
        "support-request",
        include_str!("../../../workflows/support-request.toml"),
    ),
];
const INTAKES: &str = include_str!("../../../workflows/demo-intakes.toml");
/// One sign-in per role, under a name that says what it is.
const PEOPLE: [(Role, &str); 4] = [
    (Role::Admin, "Demo admin"),
    (Role::Supervisor, "Demo supervisor"),
    (Role::Staff, "Demo staff"),
    (Role::Analyst, "Demo analyst"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntakesFile {
    intake: Vec<IntakeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntakeEntry {
    workflow: String,
    outcome: Outcome,
    #[serde(default)]
    reason: Option<String>,
    hours_ago: u64,
    values: BTreeMap<FieldKey, String>,
}

pub(super) async fn run(flags: &Flags) -> anyhow::Result<()> {
    let service = state::open_for_task(&flags.data).await?;
    if !install(&service, flags).await? {
        say(
            "the demo workspace is already installed; `vestibule admin reset-password` sets a new password",
        );
    }
    Ok(())
}

/// Installs the demo unless it is there, and says the sign-ins. Says whether it did.
///
/// # Errors
/// When the demo does not fit, or the database or the file cannot be written.
pub async fn install(service: &Service, flags: &Flags) -> anyhow::Result<bool> {
    let made = install_demo::install_demo(service, demo(flags.demo_connection)?)
        .await
        .context("the demo could not be installed")?;
    let Some(sign_ins) = made else {
        return Ok(false);
    };
    let default = || flags.data.data_dir.join("demo-sign-ins.json");
    let file = flags.demo_passwords_file.clone().unwrap_or_else(default);
    write_private(&file, &as_json(&sign_ins))?;
    say("demo sign-ins (random passwords, also in the file below):");
    for sign_in in &sign_ins {
        say(&format!(
            "  {:<11} {:<26} {}",
            sign_in.role.as_str(),
            sign_in.address,
            opened(&sign_in.password)
        ));
    }
    say(&format!("  kept in {}", file.display()));
    Ok(true)
}

fn demo(connection: Option<ConnectionMode>) -> anyhow::Result<Demo> {
    let workflows = WORKFLOWS
        .into_iter()
        .map(|(slug, text)| {
            let mut definition: WorkflowDefinition =
                toml::from_str(text).with_context(|| format!("workflow {slug}"))?;
            definition.connection = connection.unwrap_or(definition.connection);
            // Other clients bring a data channel, which a sealed call refuses.
            definition.open_to_other_clients &= definition.connection == ConnectionMode::Brokered;
            Ok((slug.to_owned(), definition))
        })
        .collect::<anyhow::Result<_>>()?;
    let people = PEOPLE
        .into_iter()
        .map(|(role, name)| {
            let address = SignInAddress::parse(&format!("{role}@demo.example"))?;
            Ok(DemoPerson {
                address,
                name: name.to_owned(),
                role,
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let file: IntakesFile = toml::from_str(INTAKES).context("demo intakes")?;
    let intakes = file.intake.into_iter().map(|entry| DemoIntake {
        workflow: entry.workflow,
        outcome: entry.outcome,
        reason: entry.reason,
        age: Duration::from_secs(entry.hours_ago * 3600),
        values: entry.values,
    });
    Ok(Demo {
        workspace: WORKSPACE.to_owned(),
        people,
        workflows,
        intakes: intakes.collect(),
    })
}

fn as_json(sign_ins: &[DemoSignIn]) -> String {
    let map: BTreeMap<_, _> = sign_ins
        .iter()
        .map(|sign_in| (sign_in.address.as_str(), opened(&sign_in.password)))
        .collect();
    serde_json::to_string_pretty(&map).unwrap_or_default()
}

fn opened(password: &Private<String>) -> &str {
    #[expect(
        clippy::disallowed_methods,
        reason = "shown once to the operator, whose demo it is"
    )]
    password.expose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::workflow::normalise;

    #[test]
    fn one_workflow_is_open_to_other_clients_unless_all_are_sealed() {
        let open = |connection| {
            let workflows = demo(connection).unwrap().workflows;
            let open = workflows
                .into_iter()
                .filter(|(_, definition)| definition.open_to_other_clients);
            open.map(|(slug, _)| slug).collect::<Vec<_>>()
        };
        assert_eq!(open(None), ["support-request"]);
        assert_eq!(open(Some(ConnectionMode::Brokered)), ["support-request"]);
        assert!(open(Some(ConnectionMode::Sealed)).is_empty());
    }

    #[test]
    fn the_demo_files_are_usable() {
        for connection in [None, Some(ConnectionMode::Sealed)] {
            check(&demo(connection).unwrap());
        }
    }

    fn check(demo: &Demo) {
        for (slug, definition) in &demo.workflows {
            definition
                .check()
                .unwrap_or_else(|problem| panic!("{slug}: {problem}"));
        }
        for intake in &demo.intakes {
            let (_, definition) = demo
                .workflows
                .iter()
                .find(|(slug, _)| *slug == intake.workflow)
                .unwrap();
            for (key, value) in &intake.values {
                let field = definition
                    .field(key)
                    .unwrap_or_else(|| panic!("{}: {key}", intake.workflow));
                normalise(field, value)
                    .unwrap_or_else(|problem| panic!("{}: {key}: {problem}", intake.workflow));
            }
            let missing: Vec<_> = definition
                .fields()
                .filter(|field| field.required && !intake.values.contains_key(&field.key))
                .map(|field| &field.key)
                .collect();
            assert!(
                intake.outcome != Outcome::Complete || missing.is_empty(),
                "{}: {missing:?}",
                intake.workflow
            );
        }
    }
}
