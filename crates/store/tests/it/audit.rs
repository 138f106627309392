//! The audit trail: added to, read, and otherwise left alone.

use crate::{
    behind::tamper,
    world::{at, on_each},
};
use domain::{
    AuditId, SessionId,
    audit::{Actor, AuditAction, AuditEntry},
};
use std::collections::BTreeMap;

fn entry(id: &str, seconds: i64, action: AuditAction) -> AuditEntry {
    AuditEntry {
        id: AuditId::parse(id).unwrap(),
        at: at(seconds),
        workspace: None,
        actor: Actor::Server,
        action,
        intake: None,
        session: None,
        details: BTreeMap::new(),
    }
}

#[tokio::test]
async fn what_goes_in_comes_out_in_order() {
    on_each(async |world| {
        let (workspace, intake) = (world.a.workspace.clone(), world.a.intake.clone());
        let opened = AuditEntry {
            workspace: Some(workspace.clone()),
            actor: Actor::User(world.a.user.clone()),
            intake: Some(intake.clone()),
            details: BTreeMap::from([(String::from("mode"), String::from("sealed"))]),
            ..entry("au_3", 1, AuditAction::IntakeOpened)
        };
        let ended = AuditEntry {
            workspace: Some(workspace.clone()),
            intake: Some(intake.clone()),
            session: Some(SessionId::parse("vs_1").unwrap()),
            ..entry("au_1", 2, AuditAction::SessionEnded)
        };
        let elsewhere = AuditEntry {
            workspace: Some(workspace.clone()),
            ..entry("au_2", 2, AuditAction::ConsentRecorded)
        };
        let mut tx = world.store.begin().await.unwrap();
        for entry in [
            &opened,
            &ended,
            &elsewhere,
            &entry("au_9", 9, AuditAction::SignInRefused),
        ] {
            tx.append_audit(entry).await.unwrap();
        }
        tx.commit().await.unwrap();

        let store = &world.store;
        assert_eq!(
            store.audit_of_intake(&workspace, &intake).await.unwrap(),
            [opened.clone(), ended.clone()]
        );
        let all = [elsewhere.clone(), ended.clone(), opened.clone()];
        assert_eq!(
            store
                .audit_of_workspace(&workspace, None, 10)
                .await
                .unwrap(),
            all
        );
        assert_eq!(
            store.audit_of_workspace(&workspace, None, 1).await.unwrap(),
            all[..1]
        );
        let rest = store
            .audit_of_workspace(&workspace, Some(&elsewhere.id), 10)
            .await
            .unwrap();
        assert_eq!(rest, [ended, opened.clone()]);
        assert!(
            store
                .audit_of_workspace(&workspace, Some(&opened.id), 10)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            store.audit_count(AuditAction::SignInRefused).await.unwrap(),
            1
        );
        assert_eq!(store.audit_count(AuditAction::ToolRan).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_written_entry_can_be_neither_changed_nor_removed() {
    on_each(async |world| {
        let written = AuditEntry {
            workspace: Some(world.a.workspace.clone()),
            ..entry("au_1", 1, AuditAction::IntakeOpened)
        };
        let mut tx = world.store.begin().await.unwrap();
        tx.append_audit(&written).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = world.store.begin().await.unwrap();
        assert!(tx.append_audit(&entry("au_1", 2, AuditAction::SignedIn)).await.is_err());
        drop(tx);
        let mut attempts = vec![
            "UPDATE audit SET action = 'signed_in'",
            "UPDATE audit SET at = 0 WHERE id = 'au_1'",
            "DELETE FROM audit",
            "DELETE FROM audit WHERE id = 'au_1'",
            "INSERT INTO audit (id, at, actor, action, details) VALUES ('au_1', 0, '', '', '')
             ON CONFLICT (id) DO UPDATE SET at = 0",
        ];
        if world.url.starts_with("sqlite:") {
            attempts.push("REPLACE INTO audit (id, at, actor, action, details) VALUES ('au_1', 0, '', '', '')");
        } else {
            attempts.push("TRUNCATE audit");
        }
        for attempt in attempts {
            assert!(tamper(&world.url, attempt).await.is_err(), "{attempt}");
        }
        assert_eq!(world.store.audit_of_workspace(&world.a.workspace, None, 10).await.unwrap(), [written]);
    })
    .await;
}
