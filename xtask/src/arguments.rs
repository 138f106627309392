//! The command line: flags are taken out one by one, and what is left over is refused.

use std::collections::VecDeque;

use anyhow::{Context, Result, bail};

pub(crate) struct Arguments {
    words: VecDeque<String>,
    after_dashes: Vec<String>,
}

impl Arguments {
    pub(crate) fn of_this_process() -> Self {
        Self::new(std::env::args().skip(1))
    }

    fn new(words: impl Iterator<Item = String>) -> Self {
        let mut words: Vec<String> = words.collect();
        let after_dashes = match words.iter().position(|word| word == "--") {
            Some(dashes) => words.split_off(dashes).into_iter().skip(1).collect(),
            None => Vec::new(),
        };
        Self {
            words: words.into(),
            after_dashes,
        }
    }

    /// The next plain word, or nothing.
    pub(crate) fn command(&mut self) -> String {
        self.words.pop_front().unwrap_or_default()
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    pub(crate) fn number(&mut self, name: &str) -> Result<Option<u16>> {
        let Some(place) = self.words.iter().position(|word| word == name) else {
            return Ok(None);
        };
        self.words.remove(place);
        let value = self
            .words
            .remove(place)
            .with_context(|| format!("{name} wants a number after it"))?;
        value
            .parse()
            .map(Some)
            .with_context(|| format!("{name} wants a port number, not `{value}`"))
    }

    /// What stands after `--`: meant for another program.
    pub(crate) fn passed_on(&mut self) -> Vec<String> {
        std::mem::take(&mut self.after_dashes)
    }

    pub(crate) fn finish(&self) -> Result<()> {
        match self.words.front().or(self.after_dashes.first()) {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not understood here; see `cargo xtask help`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_and_numbers_are_taken_out_in_any_order() {
        let mut given = arguments("run --port 4000 --dev");
        assert_eq!(given.command(), "run");
        assert!(given.flag("--dev"));
        assert!(!given.flag("--hearing"));
        assert_eq!(given.number("--port").unwrap(), Some(4000));
        given.finish().unwrap();
    }

    #[test]
    fn a_misspelt_flag_is_refused() {
        let mut given = arguments("test --fats");
        given.command();
        assert!(!given.flag("--fast"));
        assert!(given.finish().is_err());
    }

    #[test]
    fn a_port_must_be_a_port() {
        assert!(arguments("--port ninety").number("--port").is_err());
        assert!(arguments("--port").number("--port").is_err());
    }

    #[test]
    fn what_follows_the_dashes_belongs_to_another_program() {
        let mut given = arguments("e2e -- --grep typed");
        given.command();
        assert_eq!(given.passed_on(), ["--grep", "typed"]);
        given.finish().unwrap();
    }
}
