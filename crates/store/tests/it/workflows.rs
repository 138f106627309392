//! Workflows and versions.

use crate::world::{at, definition, on_each};
use domain::{
    VersionId, WorkflowId, WorkspaceId,
    workflow::{VersionState, WorkflowAccess},
};
use store::{NewWorkflow, StoreError};

#[tokio::test]
async fn publishing_numbers_versions_and_archives_the_one_before() {
    on_each(async |world| {
        let (workspace, workflow) = (&world.a.workspace, &world.a.workflow);
        let second = VersionId::parse("ve_a2").unwrap();
        let mut tx = world.store.begin().await.unwrap();
        let number = tx
            .publish_version(workspace, workflow, &second, &definition("Second"), at(7))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(number, 2);
        let offered = world
            .store
            .published_version(workspace, workflow)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (offered.id.clone(), offered.number, offered.state),
            (second, 2, VersionState::Published)
        );
        assert_eq!(
            (offered.workspace.clone(), offered.workflow.clone()),
            (workspace.clone(), workflow.clone())
        );
        assert_eq!(
            (offered.published_at, &offered.access),
            (Some(at(7)), &WorkflowAccess::default())
        );
        assert_eq!(offered.definition, definition("Second"));
        assert_eq!(world.store.published(workspace).await.unwrap(), [offered]);
        let first = world
            .store
            .version(workspace, &world.a.version)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((first.number, first.state), (1, VersionState::Archived));
    })
    .await;
}

#[tokio::test]
async fn an_archived_workflow_is_not_offered_until_it_is_published_again() {
    on_each(async |world| {
        let (workspace, workflow) = (&world.a.workspace, &world.a.workflow);
        let mut tx = world.store.begin().await.unwrap();
        assert!(tx.archive_workflow(workspace, workflow).await.unwrap());
        assert!(!tx.archive_workflow(workspace, workflow).await.unwrap());
        tx.commit().await.unwrap();
        assert!(
            world
                .store
                .published_version(workspace, workflow)
                .await
                .unwrap()
                .is_none()
        );
        assert!(world.store.published(workspace).await.unwrap().is_empty());
        assert!(
            world
                .store
                .version(workspace, &world.a.version)
                .await
                .unwrap()
                .is_some()
        );
        let mut tx = world.store.begin().await.unwrap();
        let next = VersionId::parse("ve_a2").unwrap();
        assert_eq!(
            tx.publish_version(workspace, workflow, &next, &definition("Again"), at(8))
                .await
                .unwrap(),
            2
        );
        tx.commit().await.unwrap();
        assert_eq!(world.store.published(workspace).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_short_name_is_given_once_in_a_workspace() {
    on_each(async |world| {
        let found = world
            .store
            .workflow_by_slug(&world.a.workspace, "new-client")
            .await
            .unwrap();
        assert_eq!(found, Some(world.a.workflow.clone()));
        assert_eq!(
            world
                .store
                .workflow_by_slug(&world.a.workspace, "other")
                .await
                .unwrap(),
            None
        );
        let new = |workspace: &WorkspaceId, slug: &str| NewWorkflow {
            id: WorkflowId::parse("wf_c").unwrap(),
            workspace: workspace.clone(),
            slug: slug.to_owned(),
            access: WorkflowAccess::default(),
            at: at(0),
        };
        let mut tx = world.store.begin().await.unwrap();
        assert!(matches!(
            tx.create_workflow(&new(&world.a.workspace, "new-client"))
                .await,
            Err(StoreError::Unique)
        ));
        let mut tx = {
            drop(tx);
            world.store.begin().await.unwrap()
        };
        let nowhere = WorkspaceId::parse("ws_c").unwrap();
        assert!(matches!(
            tx.create_workflow(&new(&nowhere, "x")).await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_at_once_leaves_one_published_version_and_no_gap() {
    on_each(async |world| {
        let mut publishing = tokio::task::JoinSet::new();
        for n in 0..8 {
            let (store, desk) = (world.store.clone(), world.a.clone());
            publishing.spawn(async move {
                let mut tx = store.begin().await?;
                let id = VersionId::parse(&format!("ve_n{n}")).unwrap();
                let number = tx
                    .publish_version(
                        &desk.workspace,
                        &desk.workflow,
                        &id,
                        &definition("Next"),
                        at(n),
                    )
                    .await?;
                tx.commit().await.map(|()| number)
            });
        }
        let mut numbers: Vec<u32> = publishing
            .join_all()
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (2..=9).collect::<Vec<u32>>());
        assert_eq!(
            world
                .store
                .published(&world.a.workspace)
                .await
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_version_cannot_be_rewritten_by_any_statement() {
    on_each(async |world| {
        for change in ["definition = '{}'", "name = 'x'", "number = 9"] {
            let statement = format!("UPDATE workflow_versions SET {change}");
            assert!(
                crate::behind::tamper(&world.url, &statement).await.is_err(),
                "{change}"
            );
        }
        // The statement that archives is not one of those.
        crate::behind::tamper(
            &world.url,
            "UPDATE workflow_versions SET state = 'archived'",
        )
        .await
        .unwrap();
    })
    .await;
}
