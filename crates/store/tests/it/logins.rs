//! Sign-ins and the session layer's records.

use crate::world::{at, on_each};
use domain::{LoginId, UserId};
use store::{NewLogin, StoreError};

#[tokio::test]
async fn a_record_is_created_once_saved_over_loaded_until_it_expires_and_deleted() {
    on_each(async |world| {
        let store = &world.store;
        assert!(
            store
                .create_login_record("h1", "one", at(100))
                .await
                .unwrap()
        );
        assert!(
            !store
                .create_login_record("h1", "two", at(100))
                .await
                .unwrap()
        );
        assert_eq!(
            store.load_login_record("h1", at(99)).await.unwrap(),
            Some((String::from("one"), at(100)))
        );
        assert_eq!(store.load_login_record("h1", at(100)).await.unwrap(), None);
        store
            .save_login_record("h1", "three", at(200))
            .await
            .unwrap();
        store.save_login_record("h2", "new", at(200)).await.unwrap();
        assert_eq!(
            store.load_login_record("h1", at(100)).await.unwrap(),
            Some((String::from("three"), at(200)))
        );
        assert_eq!(
            store.load_login_record("h2", at(100)).await.unwrap(),
            Some((String::from("new"), at(200)))
        );
        store.delete_login_record("h1").await.unwrap();
        store.delete_login_record("h1").await.unwrap();
        assert_eq!(store.load_login_record("h1", at(100)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_says_what_it_is_worth() {
    on_each(async |world| {
        let facts = world.store.login(&world.a.login).await.unwrap().unwrap();
        assert_eq!(
            (facts.login, facts.user, facts.name.as_str()),
            (world.a.login.clone(), world.a.user.clone(), "Person a")
        );
        assert_eq!((facts.seen_at, facts.absolute_until), (at(0), at(43_200)));
        assert_eq!(
            (facts.disabled, facts.ended, facts.workspace),
            (false, false, None)
        );
        assert!(
            world
                .store
                .login(&LoginId::parse("lo_c").unwrap())
                .await
                .unwrap()
                .is_none()
        );
        let mut tx = world.store.begin().await.unwrap();
        tx.set_disabled(&world.a.user, true).await.unwrap();
        tx.commit().await.unwrap();
        assert!(
            world
                .store
                .login(&world.a.login)
                .await
                .unwrap()
                .unwrap()
                .disabled
        );
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_moves_forward_and_ends_once() {
    on_each(async |world| {
        let login = &world.a.login;
        world.store.touch_login(login, at(50)).await.unwrap();
        world.store.touch_login(login, at(40)).await.unwrap();
        assert_eq!(
            world.store.login(login).await.unwrap().unwrap().seen_at,
            at(50)
        );
        assert!(world.store.end_login(login, at(60)).await.unwrap());
        assert!(!world.store.end_login(login, at(61)).await.unwrap());
        world.store.touch_login(login, at(70)).await.unwrap();
        let facts = world.store.login(login).await.unwrap().unwrap();
        assert_eq!((facts.ended, facts.seen_at), (true, at(50)));
        assert!(
            !world
                .store
                .login(&world.b.login)
                .await
                .unwrap()
                .unwrap()
                .ended
        );
    })
    .await;
}

#[tokio::test]
async fn a_workspace_is_chosen_only_by_its_member() {
    on_each(async |world| {
        let store = &world.store;
        store
            .choose_workspace(&world.a.login, &world.a.workspace)
            .await
            .unwrap();
        assert!(matches!(
            store
                .choose_workspace(&world.a.login, &world.b.workspace)
                .await,
            Err(StoreError::Missing)
        ));
        assert_eq!(
            store
                .login(&world.a.login)
                .await
                .unwrap()
                .unwrap()
                .workspace,
            Some(world.a.workspace.clone())
        );
        store.end_login(&world.a.login, at(1)).await.unwrap();
        assert!(matches!(
            store
                .choose_workspace(&world.a.login, &world.a.workspace)
                .await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}

#[tokio::test]
async fn all_sign_ins_of_a_user_can_be_ended() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        let second = LoginId::parse("lo_a2").unwrap();
        tx.create_login(&NewLogin {
            id: second.clone(),
            user: world.a.user.clone(),
            at: at(1),
            absolute_until: at(9),
        })
        .await
        .unwrap();
        assert_eq!(tx.end_logins_of(&world.a.user, at(2)).await.unwrap(), 2);
        assert_eq!(tx.end_logins_of(&world.a.user, at(3)).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert!(world.store.login(&second).await.unwrap().unwrap().ended);
        assert!(
            !world
                .store
                .login(&world.b.login)
                .await
                .unwrap()
                .unwrap()
                .ended
        );
        let mut tx = world.store.begin().await.unwrap();
        let nobody = NewLogin {
            id: LoginId::parse("lo_c").unwrap(),
            user: UserId::parse("us_c").unwrap(),
            at: at(1),
            absolute_until: at(2),
        };
        assert!(matches!(
            tx.create_login(&nobody).await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_purged_and_what_is_not_stays() {
    on_each(async |world| {
        let store = &world.store;
        store.save_login_record("old", "x", at(10)).await.unwrap();
        store.save_login_record("new", "x", at(1000)).await.unwrap();
        store.end_login(&world.a.login, at(20)).await.unwrap();
        assert_eq!(store.purge_logins(at(100)).await.unwrap(), 2);
        assert!(store.login(&world.a.login).await.unwrap().is_none());
        assert!(store.login(&world.b.login).await.unwrap().is_some());
        assert!(
            store
                .load_login_record("new", at(100))
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(store.purge_logins(at(50_000)).await.unwrap(), 2);
    })
    .await;
}
