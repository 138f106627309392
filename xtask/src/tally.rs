//! How many tests passed and failed, read from what the runners print at their end.

use std::fmt;
use std::ops::{Add, AddAssign};

use serde_json::Value;

use crate::process::plain;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// From the output of `cargo nextest run` or `cargo test`.
    pub(crate) fn of_cargo(output: &str) -> Self {
        let plain = plain(output);
        let sum = |read: fn(&str) -> Option<Self>| plain.lines().filter_map(read).reduce(Self::add);
        // nextest repeats the lines of a failed test, so its own summary alone counts.
        sum(of_nextest)
            .or_else(|| sum(of_libtest))
            .unwrap_or_default()
    }

    /// From the report that Playwright writes as JSON.
    pub(crate) fn of_playwright(report: &Value) -> Option<Self> {
        let number = |name: &str| report.get("stats")?.get(name)?.as_u64();
        Some(Self {
            passed: number("expected")? + number("flaky")?,
            failed: number("unexpected")?,
            skipped: number("skipped")?,
        })
    }
}

/// `Summary [ 1.2s] 10 tests run: 9 passed (1 slow), 1 timed out, 2 skipped`
fn of_nextest(line: &str) -> Option<Tally> {
    if !line.trim_start().starts_with("Summary [") {
        return None;
    }
    let (before, after) = line.split_once(" run:")?;
    let run = before.rsplit_once(']')?.1.split_whitespace().next()?;
    // `8/10 tests run` when a run was cut short.
    let run: u64 = run.split('/').next()?.parse().ok()?;
    let passed = number_before(after, "passed").unwrap_or(0);
    // Failed, timed out, leaked: whatever did not pass.
    Some(Tally {
        passed,
        failed: run.checked_sub(passed)?,
        skipped: number_before(after, "skipped").unwrap_or(0),
    })
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn of_libtest(line: &str) -> Option<Tally> {
    let after = line.trim_start().strip_prefix("test result:")?;
    Some(Tally {
        passed: number_before(after, "passed")?,
        failed: number_before(after, "failed")?,
        skipped: number_before(after, "ignored")?,
    })
}

fn number_before(text: &str, word: &str) -> Option<u64> {
    let (before, _) = text.split_once(&format!(" {word}"))?;
    before
        .rsplit(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

impl Add for Tally {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[track_caller]
    fn check(output: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(
            Tally::of_cargo(output),
            Tally {
                passed,
                failed,
                skipped
            }
        );
    }

    #[test]
    fn nextests_summary_is_read() {
        check(
            "     Summary [   0.005s] 3 tests run: 3 passed, 0 skipped",
            3,
            0,
            0,
        );
        check(
            "     Summary [   1.200s] 1 test run: 0 passed, 1 failed, 4 skipped\nerror: test run failed",
            0,
            1,
            4,
        );
        check(
            "     Summary [  61.0s] 10 tests run: 8 passed (1 slow), 1 failed, 1 timed out, 0 skipped",
            8,
            2,
            0,
        );
        check(
            "     Summary [   0.1s] 2/5 tests run: 1 passed, 1 failed, 0 skipped",
            1,
            1,
            0,
        );
    }

    #[test]
    fn cargo_tests_results_are_added_up() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        check(output, 4, 2, 1);
    }

    #[test]
    fn a_failed_tests_own_lines_are_not_counted_again() {
        let output = "  stdout ───\n    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured\n     \
                      Summary [   0.1s] 2 tests run: 1 passed, 1 failed, 0 skipped";
        check(output, 1, 1, 0);
    }

    #[test]
    fn other_lines_count_nothing() {
        check("5 passed the gate\nPASS [0.1s] app test", 0, 0, 0);
    }

    #[test]
    fn playwrights_report_is_read() {
        let report = serde_json::json!({ "stats": { "expected": 7, "flaky": 1, "unexpected": 2, "skipped": 3 } });
        assert_eq!(
            Tally::of_playwright(&report),
            Some(Tally {
                passed: 8,
                failed: 2,
                skipped: 3
            })
        );
        assert_eq!(Tally::of_playwright(&serde_json::json!({})), None);
    }

    #[test]
    fn the_closing_line_is_plain() {
        assert_eq!(
            Tally {
                passed: 9,
                failed: 0,
                skipped: 0
            }
            .to_string(),
            "9 passed, 0 failed"
        );
        assert_eq!(
            Tally {
                passed: 9,
                failed: 1,
                skipped: 2
            }
            .to_string(),
            "9 passed, 1 failed, 2 skipped"
        );
    }
}
