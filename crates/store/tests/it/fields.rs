//! Fields, their history and conflicts.

use crate::{
    behind::peek,
    world::{at, field, key, on_each, plain},
};
use domain::{
    IntakeId, ItemId,
    intake::{Evidence, FieldState, SetBy, TurnOrigin},
};
use store::{AtRest, FieldConflict, FieldRevision, StoreError, StoredField};

fn revision_of(field: &StoredField) -> FieldRevision {
    FieldRevision {
        key: field.key.clone(),
        value: field.value.clone(),
        state: field.state,
        set_by: field.set_by.clone(),
        revision: field.revision,
        at: field.at,
    }
}

#[tokio::test]
async fn a_field_has_its_last_value_and_keeps_every_one() {
    on_each(async |world| {
        let (workspace, intake) = (&world.a.workspace, &world.a.intake);
        let evidence = Evidence {
            item: ItemId::parse("item_1").unwrap(),
            origin: TurnOrigin::Spoken,
            start_ms: Some(1200),
            end_ms: None,
        };
        let first = StoredField {
            state: FieldState::Proposed,
            evidence: Some(evidence),
            ..field("full_name", plain("Ada Lovelace"), 1)
        };
        let sealed = field("id_number", AtRest::Sealed(String::from("v1.xyz")), 1);
        let second = StoredField {
            state: FieldState::Edited,
            set_by: SetBy::User {
                user: world.a.user.clone(),
            },
            at: at(9),
            ..field("full_name", plain("Ada King"), 2)
        };
        let mut tx = world.store.begin().await.unwrap();
        for field in [&first, &sealed] {
            tx.put_field(workspace, intake, field).await.unwrap();
        }
        assert_eq!(
            tx.fields(workspace, intake).await.unwrap(),
            [first.clone(), sealed.clone()]
        );
        tx.put_field(workspace, intake, &second).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            world.store.fields(workspace, intake).await.unwrap(),
            [second.clone(), sealed.clone()]
        );
        let history = world.store.field_history(workspace, intake).await.unwrap();
        assert_eq!(
            history,
            [
                revision_of(&first),
                revision_of(&sealed),
                revision_of(&second)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_conflict_stands_beside_the_value_until_it_is_cleared() {
    on_each(async |world| {
        let (workspace, intake) = (&world.a.workspace, &world.a.intake);
        let edited = StoredField {
            state: FieldState::Edited,
            ..field("full_name", plain("Ada"), 3)
        };
        let heard = AtRest::Sealed(String::from("v1.other"));
        let mut tx = world.store.begin().await.unwrap();
        assert!(matches!(
            tx.set_conflict(workspace, intake, &edited.key, &heard)
                .await,
            Err(StoreError::Missing)
        ));
        tx.put_field(workspace, intake, &edited).await.unwrap();
        tx.set_conflict(workspace, intake, &edited.key, &heard)
            .await
            .unwrap();
        let with = StoredField {
            heard_instead: Some(heard.clone()),
            ..edited.clone()
        };
        assert_eq!(tx.fields(workspace, intake).await.unwrap(), [with]);
        tx.clear_conflict(workspace, intake, &edited.key)
            .await
            .unwrap();
        assert!(matches!(
            tx.clear_conflict(workspace, intake, &key("other")).await,
            Err(StoreError::Missing)
        ));
        tx.commit().await.unwrap();
        assert_eq!(
            world.store.fields(workspace, intake).await.unwrap(),
            std::slice::from_ref(&edited)
        );
        let conflicts = world
            .store
            .field_conflicts(workspace, intake)
            .await
            .unwrap();
        assert_eq!(
            conflicts,
            [FieldConflict {
                key: edited.key.clone(),
                value: heard,
                revision: 3
            }]
        );
        assert_eq!(
            world.store.field_history(workspace, intake).await.unwrap(),
            [revision_of(&edited)]
        );
    })
    .await;
}

#[tokio::test]
async fn a_field_with_a_conflict_is_written_whole() {
    on_each(async |world| {
        let (workspace, intake) = (&world.a.workspace, &world.a.intake);
        let both = StoredField {
            heard_instead: Some(plain("Eda")),
            ..field("full_name", plain("Ada"), 1)
        };
        let mut tx = world.store.begin().await.unwrap();
        tx.put_field(workspace, intake, &both).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.store.fields(workspace, intake).await.unwrap(), [both]);
    })
    .await;
}

#[tokio::test]
async fn a_field_of_no_intake_is_refused() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        let nowhere = IntakeId::parse("in_none").unwrap();
        let refused = tx
            .put_field(&world.a.workspace, &nowhere, &field("x", plain("y"), 1))
            .await;
        assert!(matches!(refused, Err(StoreError::Missing)));
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_sealed_value_is_kept_for_search() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        let sealed = field("full_name", AtRest::Sealed(String::from("v1.canary")), 2);
        tx.put_field(
            &world.a.workspace,
            &world.a.intake,
            &field("full_name", plain("Canary"), 1),
        )
        .await
        .unwrap();
        tx.put_field(&world.a.workspace, &world.a.intake, &sealed)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let query = "SELECT folded FROM fields WHERE key = 'full_name'";
        let folded = peek(&world.url, query).await;
        assert_eq!(folded, None);
    })
    .await;
}
