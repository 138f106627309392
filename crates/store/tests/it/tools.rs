//! Tool calls run once; usage is kept once.

use crate::{
    behind::peek,
    world::{at, on_each, session, start},
};
use domain::{ResponseId, SessionId, ToolCallId, call::Usage};
use store::StoreError;

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_begin_a_tool_call_at_once_one_does() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let mut beginning = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (store, id) = (world.store.clone(), session.id.clone());
            beginning.spawn(async move {
                let mut tx = store.begin().await?;
                let begun = tx
                    .begin_tool(
                        &id,
                        &ToolCallId::parse("call_1").unwrap(),
                        "set_field",
                        at(1),
                    )
                    .await?;
                tx.commit().await.map(|()| begun)
            });
        }
        let begun: Vec<bool> = beginning
            .join_all()
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(begun.iter().filter(|begun| **begun).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_tool_call_is_known_per_session_and_ends_once() {
    on_each(async |world| {
        let (first, second) = (session(&world.a, "vs_1"), session(&world.b, "vs_2"));
        start(world, &first).await;
        start(world, &second).await;
        let call = ToolCallId::parse("call_1").unwrap();
        let mut tx = world.store.begin().await.unwrap();
        assert!(tx.begin_tool(&first.id, &call, "set_field", at(1)).await.unwrap());
        tx.end_tool(&first.id, &call, true, "accepted", at(2)).await.unwrap();
        tx.end_tool(&first.id, &call, false, "late", at(3)).await.unwrap();
        assert!(!tx.begin_tool(&first.id, &call, "set_field", at(4)).await.unwrap());
        assert!(tx.begin_tool(&second.id, &call, "set_field", at(4)).await.unwrap());
        tx.commit().await.unwrap();
        let outcome = "SELECT outcome FROM tool_calls WHERE session_id = 'vs_1' AND ok AND ended_at IS NOT NULL";
        assert_eq!(peek(&world.url, outcome).await.as_deref(), Some("accepted"));

        let mut tx = world.store.begin().await.unwrap();
        let none = SessionId::parse("vs_none").unwrap();
        assert!(matches!(tx.begin_tool(&none, &call, "set_field", at(1)).await, Err(StoreError::Missing)));
    })
    .await;
}

#[tokio::test]
async fn usage_is_kept_once_per_response_and_summed() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let usage = Usage {
            input: 100,
            cached: 40,
            input_audio: 60,
            output: 20,
            output_audio: 15,
        };
        let response = |text: &str| ResponseId::parse(text).unwrap();
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.add_usage(&session.id, &response("resp_1"), &usage, at(1))
                .await
                .unwrap()
        );
        assert!(
            !tx.add_usage(&session.id, &response("resp_1"), &usage, at(2))
                .await
                .unwrap()
        );
        assert!(
            tx.add_usage(&session.id, &response("resp_2"), &usage, at(3))
                .await
                .unwrap()
        );
        let none = SessionId::parse("vs_none").unwrap();
        tx.commit().await.unwrap();
        let sum = Usage {
            input: 200,
            cached: 80,
            input_audio: 120,
            output: 40,
            output_audio: 30,
        };
        assert_eq!(
            world.store.usage_of_session(&session.id).await.unwrap(),
            sum
        );
        assert_eq!(
            world.store.usage_of_session(&none).await.unwrap(),
            Usage::default()
        );
        let mut tx = world.store.begin().await.unwrap();
        assert!(matches!(
            tx.add_usage(&none, &response("resp_1"), &usage, at(1))
                .await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}
