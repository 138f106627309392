//! A rule: where something may be, whether it really is, and what is left in its place.

use regex::Regex;
use std::ops::Range;

/// A rule as it is written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern {
    /// What is left in its place. No rule may match it.
    pub(crate) placeholder: &'static str,
    /// What a text must hold for the rule to be tried.
    pub(crate) needs: Needs,
    /// Where it may be. With a group, only the group is taken out.
    pub(crate) regex: &'static str,
    /// Which part of a match it is, if it is one: regular expressions cannot count or look around.
    pub(crate) take: Take,
}

/// Given the text and where the regex matched: the part to take out.
pub(crate) type Take = fn(&str, Range<usize>) -> Option<Range<usize>>;

/// A cheap condition.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Needs {
    /// One of these, in any case.
    AnyOf(&'static [&'static str]),
    /// A digit.
    Digit,
}

/// A rule ready to use.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pattern: Pattern,
    regex: Regex,
}

impl Rule {
    /// None when the regex is wrong, which a test rules out.
    pub(crate) fn new(pattern: Pattern) -> Option<Self> {
        Some(Self {
            pattern,
            regex: Regex::new(pattern.regex).ok()?,
        })
    }

    pub(crate) const fn placeholder(&self) -> &'static str {
        self.pattern.placeholder
    }

    pub(crate) const fn needs(&self) -> Needs {
        self.pattern.needs
    }

    /// What is to be taken out.
    pub(crate) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex
            .captures_iter(text)
            .filter_map(|found| {
                found
                    .get(1)
                    .or_else(|| found.get(0))
                    .map(|found| found.range())
            })
            .filter_map(move |range| (self.pattern.take)(text, range))
    }
}

/// The whole match.
pub(crate) fn whole(_: &str, range: Range<usize>) -> Option<Range<usize>> {
    Some(range)
}

/// The whole match, if it is no part of a longer word.
pub(crate) fn whole_word(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    (!is_word(before(text, range.start)) && !is_word(after(text, range.end))).then_some(range)
}

/// The whole match, if it is no part of a longer word or of a longer number such as a date, a
/// version or a range.
pub(crate) fn whole_number(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let range = whole_word(text, range)?;
    let is_joint = |c: Option<char>| matches!(c, Some('-' | '.' | '/' | ':'));
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut left = text.get(..range.start)?.chars().rev();
    let mut right = text.get(range.end..)?.chars();
    let joined = (is_joint(left.next()) && is_digit(left.next()))
        || (is_joint(right.next()) && is_digit(right.next()));
    (!joined).then_some(range)
}

/// The character before a position.
pub(crate) fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// The character at a position.
pub(crate) fn after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// Whether it would make the word go on.
pub(crate) fn is_word(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// The digits, as numbers.
pub(crate) fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.chars().filter_map(|c| c.to_digit(10))
}
