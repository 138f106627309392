//! Users, workspaces and memberships.

use crate::world::{at, on_each};
use domain::{
    UserId, WorkspaceId,
    person::{Role, SignInAddress},
};
use store::{NewUser, StoreError};

fn somebody(id: &str, address: &str) -> NewUser {
    NewUser {
        id: UserId::parse(id).unwrap(),
        address: SignInAddress::parse(address).unwrap(),
        name: String::from("Somebody"),
        password_hash: String::from("$argon2id$2"),
        at: at(0),
    }
}

#[tokio::test]
async fn a_user_is_found_by_address_and_by_id() {
    on_each(async |world| {
        let found = world
            .store
            .user_by_address(&SignInAddress::parse(" A@Example.org").unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.id, found.name.as_str(), found.address.as_str()),
            (world.a.user.clone(), "Person a", "a@example.org")
        );
        assert_eq!(
            (found.password_hash.as_str(), found.disabled),
            ("$argon2id$1", false)
        );
        assert_eq!(
            world.store.user(&world.b.user).await.unwrap().unwrap().name,
            "Person b"
        );
        assert!(
            world
                .store
                .user(&UserId::parse("us_c").unwrap())
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            world
                .store
                .user_by_address(&SignInAddress::parse("c@example.org").unwrap())
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(world.store.user_count().await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_given_once() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        let refused = tx.create_user(&somebody("us_c", "a@example.org")).await;
        assert!(matches!(refused, Err(StoreError::Unique)));
    })
    .await;
}

#[tokio::test]
async fn a_password_and_the_right_to_sign_in_can_change() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        tx.lock_user(&world.a.user).await.unwrap();
        tx.set_password(&world.a.user, "$argon2id$new", at(1))
            .await
            .unwrap();
        tx.set_disabled(&world.a.user, true).await.unwrap();
        tx.commit().await.unwrap();
        let user = world.store.user(&world.a.user).await.unwrap().unwrap();
        assert_eq!(
            (user.password_hash.as_str(), user.disabled),
            ("$argon2id$new", true)
        );

        let nobody = UserId::parse("us_c").unwrap();
        let mut tx = world.store.begin().await.unwrap();
        assert!(matches!(
            tx.set_password(&nobody, "x", at(1)).await,
            Err(StoreError::Missing)
        ));
        assert!(matches!(
            tx.set_disabled(&nobody, true).await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_workspace_has_voice_until_it_is_taken_away() {
    on_each(async |world| {
        let found = world
            .store
            .workspace_by_name("Workspace a")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.id.clone(), found.voice_enabled),
            (world.a.workspace.clone(), true)
        );
        let mut tx = world.store.begin().await.unwrap();
        tx.set_voice(&world.a.workspace, false).await.unwrap();
        assert!(
            !tx.lock_workspace(&world.a.workspace)
                .await
                .unwrap()
                .unwrap()
                .voice_enabled
        );
        tx.commit().await.unwrap();
        assert!(
            !world
                .store
                .workspace(&world.a.workspace)
                .await
                .unwrap()
                .unwrap()
                .voice_enabled
        );
        assert!(
            world
                .store
                .workspace(&world.b.workspace)
                .await
                .unwrap()
                .unwrap()
                .voice_enabled
        );

        let none = WorkspaceId::parse("ws_c").unwrap();
        assert!(world.store.workspace(&none).await.unwrap().is_none());
        assert!(
            world
                .store
                .workspace_by_name("Workspace c")
                .await
                .unwrap()
                .is_none()
        );
        let mut tx = world.store.begin().await.unwrap();
        assert!(tx.lock_workspace(&none).await.unwrap().is_none());
        assert!(matches!(
            tx.set_voice(&none, true).await,
            Err(StoreError::Missing)
        ));
        assert!(matches!(
            tx.create_workspace(&none, "Workspace a", at(0)).await,
            Err(StoreError::Unique)
        ));
    })
    .await;
}

#[tokio::test]
async fn memberships_are_made_changed_and_ended() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        tx.put_member(&world.b.workspace, &world.a.user, Role::Analyst, at(1))
            .await
            .unwrap();
        tx.put_member(&world.a.workspace, &world.a.user, Role::Admin, at(1))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let places: Vec<_> = world
            .store
            .memberships(&world.a.user)
            .await
            .unwrap()
            .into_iter()
            .map(|m| (m.workspace, m.workspace_name, m.role))
            .collect();
        assert_eq!(
            places,
            [
                (
                    world.a.workspace.clone(),
                    String::from("Workspace a"),
                    Role::Admin
                ),
                (
                    world.b.workspace.clone(),
                    String::from("Workspace b"),
                    Role::Analyst
                ),
            ]
        );
        assert_eq!(
            world.store.member_names(&world.b.workspace).await.unwrap(),
            [
                (
                    world.a.user.clone(),
                    String::from("Person a"),
                    Role::Analyst
                ),
                (world.b.user.clone(), String::from("Person b"), Role::Staff),
            ]
        );
        let mut tx = world.store.begin().await.unwrap();
        tx.remove_member(&world.b.workspace, &world.a.user)
            .await
            .unwrap();
        tx.remove_member(&world.b.workspace, &world.a.user)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            world.store.memberships(&world.a.user).await.unwrap().len(),
            1
        );

        let mut tx = world.store.begin().await.unwrap();
        let stranger = UserId::parse("us_c").unwrap();
        assert!(matches!(
            tx.put_member(&world.a.workspace, &stranger, Role::Staff, at(1))
                .await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}

#[tokio::test]
async fn no_error_shows_what_was_bound() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        let canary = "canary-7f3a@example.org";
        tx.create_user(&somebody("us_c", canary)).await.unwrap();
        let refused = tx.create_user(&somebody("us_d", canary)).await.unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    })
    .await;
}
