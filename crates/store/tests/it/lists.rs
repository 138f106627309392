//! Lists and search.

use crate::world::{
    World, at, definition, everything, field, intake, on_each, plain, session, start,
};
use domain::{
    IntakeId, UserId, VersionId, WorkflowId, intake::Outcome, person::Role,
    workflow::WorkflowAccess,
};
use store::{AtRest, IntakeFilter, IntakeRow, NewWorkflow, Readable, Status};

fn ids(rows: &[IntakeRow]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

fn all() -> IntakeFilter {
    IntakeFilter {
        limit: 50,
        ..IntakeFilter::default()
    }
}

async fn listed(world: &World, filter: &IntakeFilter) -> Vec<String> {
    let rows = world
        .store
        .list_intakes(&world.a.workspace, &everything(world), filter)
        .await
        .unwrap();
    ids(&rows).into_iter().map(str::to_owned).collect()
}

async fn found(world: &World, needle: &str) -> Vec<String> {
    let rows = world
        .store
        .search_intakes(&world.a.workspace, needle, &everything(world), &all())
        .await
        .unwrap();
    ids(&rows).into_iter().map(str::to_owned).collect()
}

/// Beside in_a (second 0): in_1 to in_4 at seconds 1 to 4; 2 complete, 3 escalated, 4 abandoned, of
/// another workflow and by another member.
async fn five(world: &World) -> (UserId, WorkflowId) {
    let desk = &world.a;
    let other = WorkflowId::parse("wf_other").unwrap();
    let version = VersionId::parse("ve_other").unwrap();
    let mut tx = world.store.begin().await.unwrap();
    tx.put_member(&desk.workspace, &world.b.user, Role::Staff, at(0))
        .await
        .unwrap();
    tx.create_workflow(&NewWorkflow {
        id: other.clone(),
        workspace: desk.workspace.clone(),
        slug: String::from("other"),
        access: WorkflowAccess::default(),
        at: at(0),
    })
    .await
    .unwrap();
    tx.publish_version(
        &desk.workspace,
        &other,
        &version,
        &definition("Loss 100%"),
        at(0),
    )
    .await
    .unwrap();
    for n in 1..=4 {
        let mut opened = intake(desk, &format!("in_{n}"), at(n));
        if n == 4 {
            (opened.workflow, opened.version, opened.opened_by) =
                (other.clone(), version.clone(), world.b.user.clone());
            opened.demo = true;
        }
        tx.create_intake(&opened).await.unwrap();
        let outcome = [
            None,
            Some(Outcome::Complete),
            Some(Outcome::Escalated),
            Some(Outcome::Abandoned),
        ];
        if let Some(outcome) = outcome[usize::try_from(n).unwrap() - 1] {
            assert!(
                tx.close_intake(&desk.workspace, &opened.id, outcome, at(100 + n), None)
                    .await
                    .unwrap()
            );
        }
    }
    tx.commit().await.unwrap();
    (world.b.user.clone(), other)
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    on_each(async |world| {
        let (other_user, other_workflow) = five(world).await;
        let id = |text: &str| IntakeId::parse(text).unwrap();
        let cases: Vec<(IntakeFilter, &[&str])> = vec![
            (all(), &["in_4", "in_3", "in_2", "in_1", "in_a"]),
            (IntakeFilter { limit: 2, ..all() }, &["in_4", "in_3"]),
            (
                IntakeFilter {
                    limit: 2,
                    before: Some((at(3), id("in_3"))),
                    ..all()
                },
                &["in_2", "in_1"],
            ),
            (
                IntakeFilter {
                    status: Some(Status::Open),
                    ..all()
                },
                &["in_1", "in_a"],
            ),
            (
                IntakeFilter {
                    status: Some(Status::Complete),
                    ..all()
                },
                &["in_2"],
            ),
            (
                IntakeFilter {
                    status: Some(Status::Escalated),
                    ..all()
                },
                &["in_3"],
            ),
            (
                IntakeFilter {
                    status: Some(Status::Abandoned),
                    ..all()
                },
                &["in_4"],
            ),
            (
                IntakeFilter {
                    opened_by: Some(other_user),
                    ..all()
                },
                &["in_4"],
            ),
            (
                IntakeFilter {
                    workflow: Some(other_workflow),
                    ..all()
                },
                &["in_4"],
            ),
            (
                IntakeFilter {
                    workflow: Some(world.b.workflow.clone()),
                    ..all()
                },
                &[],
            ),
            (
                IntakeFilter {
                    from: Some(at(1)),
                    to: Some(at(3)),
                    ..all()
                },
                &["in_2", "in_1"],
            ),
            (
                IntakeFilter {
                    ids: Some(vec![id("in_1"), id("in_3"), id("in_b")]),
                    ..all()
                },
                &["in_3", "in_1"],
            ),
            (
                IntakeFilter {
                    ids: Some(vec![]),
                    ..all()
                },
                &[],
            ),
            (
                IntakeFilter {
                    status: Some(Status::Open),
                    from: Some(at(1)),
                    ..all()
                },
                &["in_1"],
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(listed(world, &filter).await, expected, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_of_intakes_opened_at_the_same_time_leave_none_out() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        for n in 0..5 {
            tx.create_intake(&intake(&world.a, &format!("in_s{n}"), at(7)))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let mut filter = IntakeFilter { limit: 2, ..all() };
        let mut seen = Vec::new();
        loop {
            let page = world
                .store
                .list_intakes(&world.a.workspace, &everything(world), &filter)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            filter.before = Some((last.opened_at, last.id.clone()));
            seen.extend(ids(&page).into_iter().map(str::to_owned));
        }
        assert_eq!(seen, ["in_s4", "in_s3", "in_s2", "in_s1", "in_s0", "in_a"]);
    })
    .await;
}

#[tokio::test]
async fn a_row_tells_what_the_list_shows() {
    on_each(async |world| {
        five(world).await;
        let mut tx = world.store.begin().await.unwrap();
        for (name, value) in [
            ("full_name", plain("Ada")),
            ("phone", AtRest::Sealed(String::from("v1.x"))),
        ] {
            tx.put_field(&world.a.workspace, &world.a.intake, &field(name, value, 1))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        start(world, &session(&world.a, "vs_1")).await;
        let rows = world
            .store
            .list_intakes(&world.a.workspace, &everything(world), &all())
            .await
            .unwrap();
        let row = rows.iter().find(|row| row.id == world.a.intake).unwrap();
        assert_eq!(
            (row.workflow_name.as_str(), row.version_number),
            ("New Cliént a", 1)
        );
        assert_eq!(
            (&row.workflow, &row.version),
            (&world.a.workflow, &world.a.version)
        );
        assert_eq!(
            (&row.opened_by, row.opened_by_name.as_str()),
            (&world.a.user, "Person a")
        );
        assert_eq!(
            (
                row.outcome,
                row.closed_at,
                row.demo,
                row.filled,
                row.running
            ),
            (None, None, false, 2, true)
        );
        let row = rows.iter().find(|row| row.id.as_str() == "in_4").unwrap();
        assert_eq!(
            (row.outcome, row.closed_at),
            (Some(Outcome::Abandoned), Some(at(104)))
        );
        assert_eq!(
            (row.demo, row.filled, row.running, row.changed_at),
            (true, 0, false, at(104))
        );
    })
    .await;
}

/// All of, mine of, the reader; what they list, how many are escalated, how many a search finds.
type Case<'a> = (
    &'a [&'a WorkflowId],
    &'a [&'a WorkflowId],
    &'a UserId,
    &'a [&'a str],
    i64,
    usize,
);

#[tokio::test]
async fn of_some_workflows_all_is_readable_of_some_ones_own_and_of_the_rest_nothing() {
    on_each(async |world| {
        let (other_user, other) = five(world).await;
        let (user, workflow) = (&world.a.user, &world.a.workflow);
        // Another member opened one of the first workflow, and it needs a person.
        let mut tx = world.store.begin().await.unwrap();
        let mut opened = intake(&world.a, "in_5", at(5));
        opened.opened_by = other_user.clone();
        tx.create_intake(&opened).await.unwrap();
        tx.close_intake(
            &world.a.workspace,
            &opened.id,
            Outcome::Escalated,
            at(105),
            None,
        )
        .await
        .unwrap();
        let value = field("full_name", plain("Ada"), 1);
        tx.put_field(&world.a.workspace, &opened.id, &value)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let own: &[&str] = &["in_3", "in_2", "in_1", "in_a"];
        let first: &[&str] = &["in_5", "in_3", "in_2", "in_1", "in_a"];
        let every: &[&str] = &["in_5", "in_4", "in_3", "in_2", "in_1", "in_a"];
        let cases: [Case<'_>; 9] = [
            (&[], &[], user, &[], 0, 0),
            (&[workflow], &[], user, first, 2, 1),
            (&[], &[workflow], user, own, 1, 0),
            (&[], &[workflow], &other_user, &["in_5"], 1, 1),
            (
                &[&other],
                &[workflow],
                user,
                &["in_4", "in_3", "in_2", "in_1", "in_a"],
                1,
                0,
            ),
            (&[workflow], &[&other], user, first, 2, 1),
            (&[workflow], &[&other], &other_user, every, 2, 1),
            (&[workflow, &other], &[], user, every, 2, 1),
            (&[&world.b.workflow], &[&world.b.workflow], user, &[], 0, 0),
        ];
        for (all_of, mine_of, reader, expected, escalated, found) in cases {
            let readable = Readable {
                all_of: all_of.iter().copied().cloned().collect(),
                mine_of: mine_of.iter().copied().cloned().collect(),
                reader: reader.clone(),
            };
            let (store, workspace) = (&world.store, &world.a.workspace);
            let rows = store
                .list_intakes(workspace, &readable, &all())
                .await
                .unwrap();
            assert_eq!(ids(&rows), expected, "{readable:?}");
            let count = store.count_escalated(workspace, &readable).await.unwrap();
            assert_eq!(count, escalated, "{readable:?}");
            let rows = store
                .search_intakes(workspace, "ada", &readable, &all())
                .await
                .unwrap();
            assert_eq!(rows.len(), found, "{readable:?}");
        }
        // What is wished narrows it further, and never widens it.
        let readable = Readable {
            all_of: vec![workflow.clone()],
            mine_of: vec![other],
            reader: user.clone(),
        };
        let theirs = IntakeFilter {
            opened_by: Some(other_user),
            ..all()
        };
        let rows = world
            .store
            .list_intakes(&world.a.workspace, &readable, &theirs)
            .await
            .unwrap();
        assert_eq!(ids(&rows), ["in_5"]);
    })
    .await;
}

#[tokio::test]
async fn search_finds_plain_values_and_names_in_any_case_and_never_sealed_ones() {
    on_each(async |world| {
        five(world).await;
        let mut tx = world.store.begin().await.unwrap();
        let put = [
            ("in_1", "full_name", plain("Łucja ÖSTERBERG")),
            ("in_2", "rebate", plain("50%_off \\ deal")),
            ("in_3", "rebate", plain("50 percent off")),
            ("in_3", "id_number", AtRest::Sealed(String::from("canary"))),
        ];
        for (id, name, value) in put {
            tx.put_field(
                &world.a.workspace,
                &IntakeId::parse(id).unwrap(),
                &field(name, value, 1),
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let cases: [(&str, &[&str]); 10] = [
            ("österberg", &["in_1"]),
            ("ŁUCJA", &["in_1"]),
            ("50%", &["in_2"]),
            ("%_OFF", &["in_2"]),
            ("\\", &["in_2"]),
            ("50_percent", &[]),
            ("off", &["in_3", "in_2"]),
            ("canary", &[]),
            ("CLIÉNT", &["in_3", "in_2", "in_1", "in_a"]),
            ("100%", &["in_4"]),
        ];
        for (needle, expected) in cases {
            assert_eq!(found(world, needle).await, expected, "{needle}");
        }
        let open = IntakeFilter {
            status: Some(Status::Escalated),
            ..all()
        };
        let rows = world
            .store
            .search_intakes(&world.a.workspace, "off", &everything(world), &open)
            .await
            .unwrap();
        assert_eq!(ids(&rows), ["in_3"]);
    })
    .await;
}
