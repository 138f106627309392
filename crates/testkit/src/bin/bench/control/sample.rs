//! What the process and the provider count at one moment, and what came between two.

use super::provider::Known;
use crate::product::Product;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// What the process and the provider count, at one moment.
pub(crate) struct Sample {
    pub(crate) at: Instant,
    computed: Duration,
    waited: Duration,
    resident: u64,
    database: u64,
    sent: u64,
}

impl Sample {
    pub(crate) fn take(product: &Product, known: &Known) -> anyhow::Result<Self> {
        Ok(Self {
            at: Instant::now(),
            computed: product.computed()?,
            waited: product.waited()?,
            resident: product.resident()?,
            database: product.database_size()?,
            sent: known.sent.load(Ordering::Relaxed),
        })
    }

    /// What they counted from one to another, beside what there was before any call.
    pub(crate) fn print(idle: &Self, before: &Self, after: &Self, calls: usize) {
        let span = (after.at - before.at).as_secs_f64();
        let share = |after: Duration, before: Duration| {
            after.saturating_sub(before).as_secs_f64() / span * 100.0
        };
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        println!(
            "  CPU                     {:8.1} % of one core",
            share(after.computed, before.computed)
        );
        println!(
            "  waiting for a core      {:8.1} %, all threads together: what else runs here",
            share(after.waited, before.waited)
        );
        println!(
            "  memory, no call         {:8.1} MB",
            megabytes(idle.resident)
        );
        println!(
            "  memory, all live        {:8.1} MB, {:.0} kB a call",
            megabytes(after.resident),
            after.resident.saturating_sub(idle.resident) as f64 / 1e3 / calls as f64
        );
        println!(
            "  database, no call       {:8.1} MB",
            megabytes(idle.database)
        );
        println!(
            "  database, all live      {:8.1} MB",
            megabytes(after.database)
        );
        println!(
            "  events of the provider  {:8.0} a second",
            (after.sent - before.sent) as f64 / span
        );
    }
}
