//! Rates by the database's clock.

use crate::world::on_each;
use domain::limits::Rate;
use std::time::Duration;
use store::Taken;

const TEN: Rate = Rate {
    burst: 10,
    per: Duration::from_secs(900),
};

#[tokio::test]
async fn ten_pass_and_the_eleventh_is_told_when_to_come_back() {
    on_each(async |world| {
        for n in 1..=10 {
            assert_eq!(
                world.store.take("start:us_a", TEN).await.unwrap(),
                Taken::Allowed,
                "{n}"
            );
        }
        let Taken::Denied { retry_after } = world.store.take("start:us_a", TEN).await.unwrap()
        else {
            panic!("the eleventh passed")
        };
        assert!(retry_after <= Duration::from_secs(90), "{retry_after:?}");
        assert!(retry_after > Duration::from_secs(60), "{retry_after:?}");
        // Being denied costs nothing, and another key has its own rate.
        let Taken::Denied { retry_after: again } =
            world.store.take("start:us_a", TEN).await.unwrap()
        else {
            panic!("the twelfth passed")
        };
        assert!(again <= retry_after);
        assert_eq!(
            world.store.take("start:us_b", TEN).await.unwrap(),
            Taken::Allowed
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_ten_of_fifty_at_once_pass() {
    on_each(async |world| {
        let mut trying = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = world.store.clone();
            trying.spawn(async move { store.take("k", TEN).await });
        }
        let passed = trying
            .join_all()
            .await
            .into_iter()
            .filter(|taken| matches!(taken, Ok(Taken::Allowed)))
            .count();
        assert_eq!(passed, 10);
    })
    .await;
}

#[tokio::test]
async fn after_the_wait_it_told_one_passes() {
    on_each(async |world| {
        let quick = Rate {
            burst: 1,
            per: Duration::from_millis(400),
        };
        assert_eq!(world.store.take("k", quick).await.unwrap(), Taken::Allowed);
        let Taken::Denied { retry_after } = world.store.take("k", quick).await.unwrap() else {
            panic!("it passed")
        };
        // The database's own clock cannot be moved, so this waits for it.
        tokio::time::sleep(retry_after + Duration::from_millis(5)).await;
        assert_eq!(world.store.take("k", quick).await.unwrap(), Taken::Allowed);
    })
    .await;
}

#[tokio::test]
async fn whole_rates_are_forgotten_and_used_ones_are_not() {
    on_each(async |world| {
        let short = Rate {
            burst: 1,
            per: Duration::from_micros(1),
        };
        world.store.take("whole", short).await.unwrap();
        world.store.take("used", TEN).await.unwrap();
        // SQLite counts milliseconds: let one go by.
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(world.store.purge_limits().await.unwrap(), 1);
        assert_eq!(world.store.purge_limits().await.unwrap(), 0);
    })
    .await;
}
