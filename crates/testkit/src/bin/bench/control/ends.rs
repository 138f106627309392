//! How the calls ended: each once, by its deadline, and how soon after it.

use super::{
    page::{Page, Watched},
    provider::Known,
};
use crate::numbers::{ms, percentile};
use anyhow::{Context, ensure};
use domain::Timestamp;
use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

/// How the calls ended.
#[derive(Default)]
pub(crate) struct Ends {
    calls: usize,
    /// More than calls when some were lost and made again.
    links: u64,
    not_once: usize,
    before_deadline: usize,
    /// Those that ended otherwise than by the deadline, by what they ended by.
    otherwise: BTreeMap<String, usize>,
    /// From the deadline to the hang-up.
    late: Vec<Duration>,
    deadlines: Vec<i64>,
}

impl Ends {
    /// Asks for the end of each page's session and call.
    pub(crate) async fn of(known: &Known, pages: &mut [Page]) -> anyhow::Result<Self> {
        let mut ends = Self {
            calls: known.all().len(),
            ..Self::default()
        };
        for page in pages {
            let ended = page.ended().await?;
            let call = known.call(page.call).context("a call nobody made")?;
            ends.links += call.links.load(Ordering::Relaxed);
            let hangups = call.hangups();
            match hangups.as_slice() {
                [at] => {
                    let deadline = Timestamp::from_micros(ended.deadline_at);
                    ends.before_deadline += usize::from(*at < deadline);
                    ends.late.push(at.since(deadline));
                }
                _ => ends.not_once += 1,
            }
            if (ended.state.as_str(), ended.reason.as_deref()) != ("ended", Some("deadline")) {
                let reason = ended.reason.unwrap_or(ended.state);
                *ends.otherwise.entry(reason).or_default() += 1;
            }
            ends.deadlines.push(ended.deadline_at);
        }
        Ok(ends)
    }

    /// How punctual they were.
    pub(crate) fn print(&self) {
        let mut late = self.late.clone();
        let (p50, p99) = (percentile(&mut late, 50), percentile(&mut late, 99));
        let first = self.deadlines.iter().min().copied().unwrap_or_default();
        let last = self.deadlines.iter().max().copied().unwrap_or_default();
        println!(
            "  from the deadline to the hang-up ({} in {:.1} s): p50 {}, p99 {}, max {}",
            late.len(),
            (last - first) as f64 / 1e6,
            ms(p50),
            ms(p99),
            ms(late.last().copied().unwrap_or_default())
        );
        println!(
            "  calls made {}, control links {}, not hung up once {}, before the deadline {}, ended otherwise {}",
            self.calls,
            self.links,
            self.not_once,
            self.before_deadline,
            self.otherwise.values().sum::<usize>()
        );
    }

    /// Nothing was lost, nothing happened twice, and all of it for the right reason.
    ///
    /// # Errors
    /// When it did.
    pub(crate) fn check(&self, watched: &[Watched]) -> anyhow::Result<()> {
        ensure!(
            self.otherwise.is_empty(),
            "sessions ended otherwise than by their deadline: {:?}",
            self.otherwise
        );
        ensure!(
            self.not_once == 0 && self.before_deadline == 0 && self.calls == self.deadlines.len(),
            "a call was not hung up once, after its deadline"
        );
        ensure!(
            watched.iter().all(|page| page.ends == 1),
            "a page was not told once that its session had ended"
        );
        Ok(())
    }
}
