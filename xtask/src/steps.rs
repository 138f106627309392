//! What a person sees while they wait: `[2/7] building the page … 12.3 s`.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::interrupt;

/// In a log, a long step says where it is this often; a terminal is kept up to date.
const HEARTBEAT: Duration = Duration::from_secs(30);

#[expect(
    clippy::print_stdout,
    reason = "a command line tool talks to its terminal; everything here goes through this"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(
    clippy::print_stdout,
    reason = "the line of the current step is rewritten in place"
)]
fn rewrite(text: &str) {
    print!("\r\x1b[2K{text}");
    // A closed terminal is no reason to stop building.
    let _ = std::io::stdout().flush();
}

pub(crate) fn on_terminal() -> bool {
    std::io::stdout().is_terminal()
}

pub(crate) struct Steps {
    total: usize,
    done: Vec<Done>,
}

struct Done {
    name: String,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Failed,
    LeftOut(String),
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total,
            done: Vec::new(),
        }
    }

    /// Runs one step and says how long it took.
    pub(crate) fn run<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&Line) -> Result<T>,
    ) -> Result<T> {
        interrupt::check()?;
        let line = Line::start(format!("[{}/{}] {name} …", self.done.len() + 1, self.total));
        let result = work(&line);
        let took = line.started.elapsed();
        let outcome = if result.is_ok() {
            Outcome::Passed
        } else {
            Outcome::Failed
        };
        line.finish(&match outcome {
            Outcome::Failed => format!("failed after {}", seconds(took)),
            Outcome::Passed | Outcome::LeftOut(_) => seconds(took),
        });
        self.done.push(Done {
            name: name.to_owned(),
            took,
            outcome,
        });
        result
    }

    /// Like `run`, but a failure is shown and remembered, and the next step still has its turn.
    pub(crate) fn attempt<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&Line) -> Result<T>,
    ) -> Option<T> {
        if interrupt::is_interrupted() {
            self.leave_out(name, "interrupted");
            return None;
        }
        self.run(name, work)
            .map_err(|error| say(&format!("{error:#}\n")))
            .ok()
    }

    pub(crate) fn leave_out(&mut self, name: &str, reason: &str) {
        say(&format!(
            "[{}/{}] {name} … left out: {reason}",
            self.done.len() + 1,
            self.total
        ));
        self.done.push(Done {
            name: name.to_owned(),
            took: Duration::ZERO,
            outcome: Outcome::LeftOut(reason.to_owned()),
        });
    }

    pub(crate) fn failures(&self) -> usize {
        self.done
            .iter()
            .filter(|done| matches!(done.outcome, Outcome::Failed))
            .count()
    }

    /// A table of what was done, and how long it took.
    pub(crate) fn summary(&self) -> String {
        let width = self
            .done
            .iter()
            .map(|done| done.name.chars().count())
            .max()
            .unwrap_or(0);
        let mut table = String::new();
        let mut total = Duration::ZERO;
        for done in &self.done {
            let outcome = match &done.outcome {
                Outcome::Passed => "ok".to_owned(),
                Outcome::Failed => "FAILED".to_owned(),
                Outcome::LeftOut(reason) => format!("left out: {reason}"),
            };
            table.push_str(&format!(
                "  {:<width$}  {:>12}  {outcome}\n",
                done.name,
                seconds(done.took)
            ));
            total += done.took;
        }
        table.push_str(&format!(
            "  {:<width$}  {:>12}\n",
            "together",
            seconds(total)
        ));
        table
    }
}

/// The line of the step that is running.
pub(crate) struct Line {
    text: String,
    started: Instant,
    terminal: bool,
    shown: Mutex<Instant>,
}

impl Line {
    fn start(text: String) -> Self {
        let terminal = on_terminal();
        if terminal {
            rewrite(&text);
        }
        let now = Instant::now();
        Self {
            text,
            started: now,
            terminal,
            shown: Mutex::new(now),
        }
    }

    /// How far the step is.
    pub(crate) fn progress(&self, detail: &str) {
        if self.terminal {
            rewrite(&format!("{} {detail}", self.text));
            return;
        }
        let Ok(mut shown) = self.shown.lock() else {
            return;
        };
        if shown.elapsed() >= HEARTBEAT {
            *shown = Instant::now();
            say(&format!(
                "{} {detail} after {}",
                self.text,
                seconds(self.started.elapsed())
            ));
        }
    }

    /// Puts text of its own below the line, as a test runner's output.
    pub(crate) fn make_room(&self) {
        if self.terminal {
            rewrite("");
        }
        say(&self.text);
    }

    fn finish(&self, outcome: &str) {
        let text = format!("{} {outcome}", self.text);
        if self.terminal {
            rewrite("");
        }
        say(&text);
    }
}

pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::{Steps, seconds};
    use std::time::Duration;

    #[test]
    fn a_failed_attempt_is_counted_and_the_next_step_runs() {
        let mut steps = Steps::new(3);
        assert_eq!(steps.attempt::<()>("first", |_| anyhow::bail!("no")), None);
        assert_eq!(steps.attempt("second", |_| Ok(7)), Some(7));
        steps.leave_out("third", "not wanted");
        assert_eq!(steps.failures(), 1);
        let table = steps.summary();
        assert!(
            table.contains("first")
                && table.contains("FAILED")
                && table.contains("left out: not wanted")
        );
    }

    #[test]
    fn long_times_are_told_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
