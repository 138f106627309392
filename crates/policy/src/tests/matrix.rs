//! Roles × actions × relation, each cell written down.

use super::*;

/// Everything the cells of one row have in common.
struct Scene {
    access: WorkflowAccess,
    owner: UserId,
    start: StartFacts,
    of_other_client: StartFacts,
}

/// One row: its name, how its action is built, and what each role gets on its own and on
/// somebody else's thing: admin, supervisor, staff, analyst.
struct Row {
    name: &'static str,
    action: for<'a> fn(&'a Scene) -> Action<'a>,
    mine: [&'static str; 4],
    theirs: [&'static str; 4],
}

fn intake(scene: &Scene, open: bool) -> IntakeFacts<'_> {
    IntakeFacts {
        access: &scene.access,
        opened_by: &scene.owner,
        open,
    }
}

const EVERYBODY_BUT_ANALYSTS: [&str; 4] = ["yes", "yes", "yes", "role"];
const SUPERVISORS: [&str; 4] = ["yes", "yes", "not_yours", "role"];
const CLOSED: [&str; 4] = ["closed", "closed", "closed", "role"];
const CLOSED_TO_SUPERVISORS: [&str; 4] = ["closed", "closed", "not_yours", "role"];
const UNPUBLISHED: [&str; 4] = ["not_published", "not_published", "not_published", "role"];

const ROWS: [Row; 22] = [
    Row {
        name: "see the workspace",
        action: |_| Action::SeeWorkspace,
        mine: ["yes", "yes", "yes", "masked"],
        theirs: ["yes", "yes", "yes", "masked"],
    },
    Row {
        name: "run a published workflow",
        action: |scene| Action::RunWorkflow {
            access: &scene.access,
            state: VersionState::Published,
        },
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: EVERYBODY_BUT_ANALYSTS,
    },
    Row {
        name: "run a draft",
        action: |scene| Action::RunWorkflow {
            access: &scene.access,
            state: VersionState::Draft,
        },
        mine: UNPUBLISHED,
        theirs: UNPUBLISHED,
    },
    Row {
        name: "run an archived version",
        action: |scene| Action::RunWorkflow {
            access: &scene.access,
            state: VersionState::Archived,
        },
        mine: UNPUBLISHED,
        theirs: UNPUBLISHED,
    },
    Row {
        name: "list intakes",
        action: |scene| Action::ListIntakes {
            access: &scene.access,
        },
        mine: ["yes", "yes", "yes", "masked"],
        theirs: ["yes", "yes", "yes", "masked"],
    },
    Row {
        name: "read an open intake",
        action: |scene| Action::ReadIntake(intake(scene, true)),
        mine: ["yes", "yes", "yes", "masked"],
        theirs: ["yes", "yes", "not_yours", "masked"],
    },
    Row {
        name: "read a closed intake",
        action: |scene| Action::ReadIntake(intake(scene, false)),
        mine: ["yes", "yes", "yes", "masked"],
        theirs: ["yes", "yes", "not_yours", "masked"],
    },
    Row {
        name: "edit an open intake",
        action: |scene| Action::EditIntake(intake(scene, true)),
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "edit a closed intake",
        action: |scene| Action::EditIntake(intake(scene, false)),
        mine: CLOSED,
        theirs: CLOSED_TO_SUPERVISORS,
    },
    Row {
        name: "close an open intake",
        action: |scene| Action::CloseIntake(intake(scene, true)),
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "close a closed intake",
        action: |scene| Action::CloseIntake(intake(scene, false)),
        mine: CLOSED,
        theirs: CLOSED_TO_SUPERVISORS,
    },
    Row {
        name: "reopen an intake",
        action: |scene| Action::ReopenIntake(intake(scene, false)),
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "export an open intake",
        action: |scene| Action::ExportIntake(intake(scene, true)),
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "export a closed intake",
        action: |scene| Action::ExportIntake(intake(scene, false)),
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "start a session",
        action: |scene| Action::StartSession {
            intake: intake(scene, true),
            state: VersionState::Published,
            start: &scene.start,
        },
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "start a session with another client",
        action: |scene| Action::StartSession {
            intake: intake(scene, true),
            state: VersionState::Published,
            start: &scene.of_other_client,
        },
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "start a session on an archived version",
        action: |scene| Action::StartSession {
            intake: intake(scene, true),
            state: VersionState::Archived,
            start: &scene.start,
        },
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
    Row {
        name: "start a session on a draft",
        action: |scene| Action::StartSession {
            intake: intake(scene, true),
            state: VersionState::Draft,
            start: &scene.start,
        },
        mine: UNPUBLISHED,
        theirs: ["not_published", "not_published", "not_yours", "role"],
    },
    Row {
        name: "start a session on a closed intake",
        action: |scene| Action::StartSession {
            intake: intake(scene, false),
            state: VersionState::Published,
            start: &scene.start,
        },
        mine: CLOSED,
        theirs: CLOSED_TO_SUPERVISORS,
    },
    Row {
        name: "drive a session",
        action: |scene| Action::DriveSession {
            started_by: &scene.owner,
        },
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: ["not_yours", "not_yours", "not_yours", "role"],
    },
    Row {
        name: "supervise",
        action: |_| Action::Supervise,
        mine: ["yes", "yes", "role", "role"],
        theirs: ["yes", "yes", "role", "role"],
    },
    Row {
        name: "stop a session",
        action: |scene| Action::StopSession {
            started_by: &scene.owner,
            access: &scene.access,
        },
        mine: EVERYBODY_BUT_ANALYSTS,
        theirs: SUPERVISORS,
    },
];

/// A number per action, without a default: a new action does not compile until it is counted here,
/// and then `every_action_has_a_row` fails until it has a row.
const fn number(action: &Action<'_>) -> usize {
    match action {
        Action::SeeWorkspace => 0,
        Action::RunWorkflow { .. } => 1,
        Action::ListIntakes { .. } => 2,
        Action::ReadIntake(_) => 3,
        Action::EditIntake(_) => 4,
        Action::CloseIntake(_) => 5,
        Action::ReopenIntake(_) => 6,
        Action::ExportIntake(_) => 7,
        Action::StartSession { .. } => 8,
        Action::DriveSession { .. } => 9,
        Action::StopSession { .. } => 10,
        Action::Supervise => 11,
    }
}
const ACTIONS: usize = 12;

fn scene(owner: &str) -> Scene {
    Scene {
        access: WorkflowAccess::default(),
        owner: id(owner),
        start: start(),
        of_other_client: StartFacts {
            client: ClientKind::Other,
            mode: ConnectionMode::Brokered,
            open_to_other_clients: true,
            ..start()
        },
    }
}

#[test]
fn every_action_has_a_row() {
    let mine = scene("u_me");
    let mut seen = [false; ACTIONS];
    for row in &ROWS {
        seen[number(&(row.action)(&mine))] = true;
    }
    assert!(seen.iter().all(|seen| *seen), "{seen:?}");
}

#[test]
fn every_cell_of_the_matrix_is_as_written() {
    let (mine, theirs) = (scene("u_me"), scene("u_other"));
    for row in &ROWS {
        for (i, role) in Role::ALL.into_iter().enumerate() {
            let principal = person(Some(role));
            assert_eq!(
                word(decide(&principal, &(row.action)(&mine))),
                row.mine[i],
                "{role}: {} (mine)",
                row.name
            );
            assert_eq!(
                word(decide(&principal, &(row.action)(&theirs))),
                row.theirs[i],
                "{role}: {} (theirs)",
                row.name
            );
        }
    }
}

#[test]
fn without_a_workspace_nothing_is_allowed() {
    let mine = scene("u_me");
    for row in &ROWS {
        assert_eq!(
            word(decide(&person(None), &(row.action)(&mine))),
            "no_workspace",
            "{}",
            row.name
        );
    }
    assert_eq!(reach(&person(None), &mine.access), Reach::None);
}

#[test]
fn a_workflow_closed_to_a_role_gives_it_nothing() {
    for owner in ["u_me", "u_other"] {
        let scene = Scene {
            access: WorkflowAccess {
                run: vec![],
                read: vec![],
                supervise: vec![],
            },
            ..scene(owner)
        };
        for (row, role) in ROWS
            .iter()
            .flat_map(|row| Role::ALL.map(|role| (row, role)))
        {
            let action = (row.action)(&scene);
            let personal = matches!(
                action,
                Action::SeeWorkspace
                    | Action::Supervise
                    | Action::DriveSession { .. }
                    | Action::StopSession { .. }
            );
            if !personal {
                assert_eq!(
                    word(decide(&person(Some(role)), &action)),
                    "role",
                    "{role}: {}",
                    row.name
                );
            }
        }
    }
}

#[test]
fn an_analyst_in_every_list_still_only_reads_masked() {
    let all = Role::ALL.to_vec();
    for owner in ["u_me", "u_other"] {
        let scene = Scene {
            access: WorkflowAccess {
                run: all.clone(),
                read: all.clone(),
                supervise: all.clone(),
            },
            ..scene(owner)
        };
        for row in &ROWS {
            let found = word(decide(&person(Some(Role::Analyst)), &(row.action)(&scene)));
            assert!(
                matches!(found, "masked" | "role"),
                "{} gives {found}",
                row.name
            );
        }
    }
}
