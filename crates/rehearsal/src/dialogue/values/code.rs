//! Codes such as a policy number: letters and digits, said one by one.

use crate::dialogue::{numbers, spelling, words::plain};

/// How many letters and digits a question says a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    letters: usize,
    digits: usize,
}

impl Shape {
    /// From a question such as `It has two letters and six digits.`
    pub(super) fn of(question: &str) -> Option<Self> {
        let words = plain(question);
        let count = |names: [&str; 2]| {
            words.windows(2).find_map(|pair| {
                let [number, unit] = pair else { return None };
                let (count, _) = numbers::cardinal(std::slice::from_ref(number))?;
                names
                    .contains(&unit.as_str())
                    .then(|| usize::try_from(count).ok())
                    .flatten()
            })
        };
        let (letters, digits) = (count(["letter", "letters"]), count(["digit", "digits"]));
        (letters.is_some() || digits.is_some()).then(|| Self {
            letters: letters.unwrap_or(0),
            digits: digits.unwrap_or(0),
        })
    }

    /// Whether a code, or its beginning, still lacks something.
    pub(super) fn lacks(self, code: &str) -> bool {
        let digits = code.chars().filter(char::is_ascii_digit).count();
        digits < self.digits || code.len() - digits < self.letters
    }
}

/// A spoken code as one upper-case word: letters first, then digits, either of which may be missing.
pub(super) fn code(text: &str) -> Option<String> {
    // Not every filler is one here: `HM` may be the letters of a code.
    let words: Vec<String> = plain(text)
        .into_iter()
        .filter(|word| !matches!(word.as_str(), "um" | "uh"))
        .collect();
    if let [only] = words.as_slice()
        && only.chars().any(|c| c.is_ascii_digit())
        && only.chars().any(char::is_alphabetic)
    {
        return Some(only.to_uppercase());
    }
    let (letters, used) = letters(&words);
    let rest = words.get(used..)?;
    if let Some(last) = rest.first()
        && last.chars().any(|c| c.is_ascii_digit())
        && last.chars().any(char::is_alphabetic)
    {
        return Some(format!("{letters}{last}").to_uppercase());
    }
    let digits = numbers::digits(rest);
    if digits.is_empty() && (letters.is_empty() || !rest.is_empty()) {
        return None;
    }
    Some(format!("{letters}{digits}").to_uppercase())
}

/// The letters at the start, spelled or as one short word (`mv`).
fn letters(words: &[String]) -> (String, usize) {
    if let Some(run) = spelling::run(words)
        && words
            .get(..run.used)
            .is_some_and(|words| !words.iter().all(|word| numbers::digit(word).is_some()))
    {
        return (run.letters, run.used);
    }
    let short: Vec<&String> = words
        .iter()
        .take_while(|word| {
            word.chars().all(char::is_alphabetic)
                && word.chars().count() <= 3
                && numbers::digit(word).is_none()
                && numbers::small(word).is_none()
        })
        .collect();
    (
        short.iter().map(|word| word.as_str()).collect(),
        short.len(),
    )
}
