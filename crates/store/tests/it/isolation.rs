//! A workspace neither sees nor changes what is another's, whatever ids it knows.

use crate::world::{
    at, definition, everything, field, idempotency, key, on_each, plain, session, start,
};
use domain::{
    AuditId, VersionId,
    audit::{Actor, AuditAction, AuditEntry},
    event::RecordEvent,
    intake::Outcome,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{IntakeFilter, StoreError};

#[tokio::test]
async fn what_is_of_one_workspace_is_not_there_for_another() {
    on_each(async |world| {
        let (own, other, desk) = (&world.a.workspace, &world.b.workspace, &world.a);
        let running = session(desk, "vs_1");
        start(world, &running).await;
        let audited = AuditEntry {
            id: AuditId::parse("au_1").unwrap(),
            at: at(1),
            workspace: Some(own.clone()),
            actor: Actor::Model,
            action: AuditAction::ToolRan,
            intake: Some(desk.intake.clone()),
            session: Some(running.id.clone()),
            details: BTreeMap::new(),
        };
        let mut tx = world.store.begin().await.unwrap();
        tx.put_field(own, &desk.intake, &field("full_name", plain("Ada"), 1))
            .await
            .unwrap();
        tx.set_conflict(own, &desk.intake, &key("full_name"), &plain("Eda"))
            .await
            .unwrap();
        tx.append_event(
            own,
            &desk.intake,
            None,
            &RecordEvent::Outcome { outcome: None },
            at(1),
        )
        .await
        .unwrap();
        tx.append_audit(&audited).await.unwrap();
        tx.commit().await.unwrap();

        let store = &world.store;
        let everything = everything(world);
        let by_id = IntakeFilter {
            ids: Some(vec![desk.intake.clone()]),
            limit: 9,
            ..IntakeFilter::default()
        };
        let any = IntakeFilter {
            limit: 9,
            ..IntakeFilter::default()
        };
        for (workspace, there) in [(own, true), (other, false)] {
            let checks = [
                store
                    .intake(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_some(),
                store
                    .version(workspace, &desk.version)
                    .await
                    .unwrap()
                    .is_some(),
                store
                    .published_version(workspace, &desk.workflow)
                    .await
                    .unwrap()
                    .is_some(),
                store
                    .published(workspace)
                    .await
                    .unwrap()
                    .iter()
                    .any(|version| version.id == desk.version),
                store
                    .workflow_by_slug(workspace, "new-client")
                    .await
                    .unwrap()
                    .as_ref()
                    == Some(&desk.workflow),
                !store
                    .fields(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_empty(),
                !store
                    .field_history(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_empty(),
                !store
                    .field_conflicts(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_empty(),
                !store
                    .list_intakes(workspace, &everything, &by_id)
                    .await
                    .unwrap()
                    .is_empty(),
                store
                    .list_intakes(workspace, &everything, &any)
                    .await
                    .unwrap()
                    .iter()
                    .any(|row| row.id == desk.intake),
                !store
                    .search_intakes(workspace, "ada", &everything, &any)
                    .await
                    .unwrap()
                    .is_empty(),
                store
                    .session(workspace, &running.id)
                    .await
                    .unwrap()
                    .is_some(),
                store
                    .session_by_key(workspace, &desk.user, &idempotency(&running))
                    .await
                    .unwrap()
                    .is_some(),
                !store
                    .sessions_of_intake(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_empty(),
                store
                    .touch_session(workspace, &running.id, &desk.user, at(20))
                    .await
                    .unwrap(),
                !store
                    .events_after(workspace, &desk.intake, 0, 9)
                    .await
                    .unwrap()
                    .is_empty(),
                store.last_seq(workspace, &desk.intake).await.unwrap() == 1,
                !store
                    .audit_of_intake(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_empty(),
                !store
                    .audit_of_workspace(workspace, None, 9)
                    .await
                    .unwrap()
                    .is_empty(),
                store
                    .member_names(workspace)
                    .await
                    .unwrap()
                    .iter()
                    .any(|(user, ..)| *user == desk.user),
            ];
            assert_eq!(checks, [there; 20], "{workspace}");
            let mut tx = store.begin().await.unwrap();
            let checks = [
                tx.lock_intake(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_some(),
                !tx.fields(workspace, &desk.intake).await.unwrap().is_empty(),
                tx.running_of_intake(workspace, &desk.intake)
                    .await
                    .unwrap()
                    .is_some(),
                tx.running_of_workspace(workspace).await.unwrap() == 1,
            ];
            assert_eq!(checks, [there; 4], "{workspace}");
        }
        // Its own cursor in another workspace's trail finds nothing either.
        assert!(
            store
                .audit_of_workspace(other, Some(&audited.id), 9)
                .await
                .unwrap()
                .is_empty()
        );
        let mut tx = store.begin().await.unwrap();
        assert!(
            tx.close_intake(own, &desk.intake, Outcome::Escalated, at(30), None)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(store.count_escalated(own, &everything).await.unwrap(), 1);
        assert_eq!(store.count_escalated(other, &everything).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn no_change_reaches_into_another_workspace() {
    on_each(async |world| {
        let (own, other, desk) = (&world.a.workspace, &world.b.workspace, &world.a);
        let name = key("full_name");
        let mut tx = world.store.begin().await.unwrap();
        tx.put_field(own, &desk.intake, &field("full_name", plain("Ada"), 1)).await.unwrap();
        tx.commit().await.unwrap();
        let before = (world.store.intake(own, &desk.intake).await.unwrap(), world.store.fields(own, &desk.intake).await.unwrap());

        /// Tries a change in a transaction of its own: a refusal ends one on PostgreSQL.
        macro_rules! refused {
            ($tx:ident => $change:expr, $refusal:pat) => {{
                let mut $tx = world.store.begin().await.unwrap();
                let refusal = $change.await;
                assert!(matches!(refusal, $refusal), "{}: {refusal:?}", stringify!($change));
                $tx.commit().await.unwrap();
            }};
        }
        let overwrite = field("full_name", plain("Mallory"), 2);
        refused!(tx => tx.put_field(other, &desk.intake, &overwrite), Err(StoreError::Missing));
        refused!(tx => tx.put_field(other, &desk.intake, &field("phone", plain("1"), 1)), Err(StoreError::Missing));
        refused!(tx => tx.set_conflict(other, &desk.intake, &name, &plain("M")), Err(StoreError::Missing));
        refused!(tx => tx.clear_conflict(other, &desk.intake, &name), Err(StoreError::Missing));
        refused!(tx => tx.set_waived(other, &desk.intake, &BTreeSet::from([name.clone()]), at(9)), Err(StoreError::Missing));
        refused!(tx => tx.touch_intake(other, &desk.intake, at(9)), Err(StoreError::Missing));
        refused!(tx => tx.close_intake(other, &desk.intake, Outcome::Complete, at(9), None), Ok(false));
        let event = RecordEvent::Outcome { outcome: None };
        refused!(tx => tx.append_event(other, &desk.intake, None, &event, at(9)), Err(StoreError::Missing));
        let version = VersionId::parse("ve_m").unwrap();
        let rewritten = definition("M");
        refused!(tx => tx.publish_version(other, &desk.workflow, &version, &rewritten, at(9)), Err(StoreError::Missing));
        refused!(tx => tx.archive_workflow(other, &desk.workflow), Ok(false));

        let after = (world.store.intake(own, &desk.intake).await.unwrap(), world.store.fields(own, &desk.intake).await.unwrap());
        assert_eq!(before, after);
        assert_eq!(world.store.field_history(own, &desk.intake).await.unwrap().len(), 1);
        let mut tx = world.store.begin().await.unwrap();
        assert!(tx.close_intake(own, &desk.intake, Outcome::Abandoned, at(9), None).await.unwrap());
        tx.commit().await.unwrap();
        refused!(tx => tx.reopen_intake(other, &desk.intake, at(10)), Ok(false));
        assert!(world.store.published_version(own, &desk.workflow).await.unwrap().is_some());
    })
    .await;
}
