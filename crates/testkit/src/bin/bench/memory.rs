//! How much memory the server takes: idle, and with ten calls on the embedded provider.

use crate::{Options, product::Product};
use std::time::Duration;

const CALLS: usize = 10;
const SETTLE: Duration = Duration::from_secs(5);

pub(crate) async fn measure(options: &Options) -> anyhow::Result<()> {
    let flags = ["--live-per-workspace=100".to_owned()];
    let product = Product::start(&options.server, CALLS, &flags).await?;
    println!(
        "program        {:6.1} MB",
        megabytes(product.program_size()?)
    );
    tokio::time::sleep(SETTLE).await;
    println!("idle           {:6.1} MB", megabytes(product.resident()?));
    let mut calls = Vec::new();
    for number in 0..CALLS {
        let mut person = product.staff(number).await?;
        let (session, mut live) = person.talk(&format!("m{number}")).await?;
        live.until("connected", |state| state.connected).await;
        calls.push((person, session, live));
    }
    println!(
        "{CALLS} calls begun {:6.1} MB",
        megabytes(product.resident()?)
    );
    tokio::time::sleep(SETTLE).await;
    for (person, session, _) in &mut calls {
        person.beat(session).await?;
    }
    println!(
        "{CALLS} calls       {:6.1} MB",
        megabytes(product.resident()?)
    );
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
