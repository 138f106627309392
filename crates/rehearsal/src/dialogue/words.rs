//! Plain words: the one way in which heard or typed text is cut up for comparison.

use std::ops::Range;

/// Lower-case words without punctuation. Apostrophes vanish (`can't` is `cant`), hyphens part words,
/// and digits keep a point between them (`3.5`) but lose thousands commas.
pub(super) fn plain(text: &str) -> Vec<String> {
    located(text).into_iter().map(|(word, _)| word).collect()
}

/// The plain words and where each stands in the text, in bytes.
pub(super) fn located(text: &str) -> Vec<(String, Range<usize>)> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut span = 0..0;
    for (at, (byte, c)) in text.char_indices().enumerate() {
        let digit_at = |i: Option<usize>| {
            i.and_then(|i| chars.get(i))
                .is_some_and(char::is_ascii_digit)
        };
        let between_digits = digit_at(at.checked_sub(1)) && digit_at(at.checked_add(1));
        match c {
            '\'' | '’' | '‘' => {}
            ',' if between_digits && is_thousands(&chars, at) => {}
            '.' if between_digits => word.push('.'),
            c if c.is_alphanumeric() => {
                if word.is_empty() {
                    span.start = byte;
                }
                word.extend(c.to_lowercase());
                span.end = byte + c.len_utf8();
            }
            _ if word.is_empty() => {}
            _ => words.push((std::mem::take(&mut word), span.clone())),
        }
    }
    if !word.is_empty() {
        words.push((word, span));
    }
    words
}

/// The plain words as one text, padded with spaces so that ` no ` finds a whole word.
pub(super) fn padded(text: &str) -> String {
    format!(" {} ", plain(text).join(" "))
}

/// Whether a text holds a phrase as whole words. Both are compared as plain words.
pub(super) fn holds(text: &str, phrase: &str) -> bool {
    padded(text).contains(&padded(phrase))
}

/// The text without the surrounding signs and courtesy that recognition and people put around an answer.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim()
        .trim_end_matches(['.', '!', '?', ',', ';', ' '])
        .trim_start_matches([',', '.', ' '])
}

/// The text after a lead-in such as `my name is`, compared without regard to case and apostrophes;
/// `None` when it does not start with it. The rest keeps its spelling.
pub(super) fn after<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    let mut rest = text;
    for wanted in plain(lead) {
        let start = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let end = start
            .find(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
            .unwrap_or(start.len());
        let (word, tail) = start.split_at_checked(end)?;
        if plain(word).concat() != wanted {
            return None;
        }
        rest = tail;
    }
    Some(trimmed(rest))
}

/// Whether a comma between digits parts thousands: three digits follow, and no fourth.
fn is_thousands(chars: &[char], at: usize) -> bool {
    chars
        .iter()
        .skip(at + 1)
        .take_while(|c| c.is_ascii_digit())
        .count()
        == 3
}

/// Sounds that mean nothing in an answer.
pub(super) fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "um" | "uh"
            | "er"
            | "erm"
            | "uhm"
            | "hmm"
            | "hm"
            | "mm"
            | "ah"
            | "eh"
            | "well"
            | "okay"
            | "ok"
    )
}

/// The plain words without fillers.
pub(super) fn content(text: &str) -> Vec<String> {
    plain(text)
        .into_iter()
        .filter(|word| !is_filler(word))
        .collect()
}

/// Where a phrase stands in a list of words.
pub(super) fn position(words: &[String], phrase: &str) -> Option<usize> {
    let phrase = plain(phrase);
    (0..words.len()).find(|at| {
        words
            .get(*at..)
            .is_some_and(|rest| rest.starts_with(&phrase))
    })
}

/// How many letters differ between two words, at most `limit`.
pub(super) fn differs_by(one: &str, other: &str, limit: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut()?, at + 1);
        for (index, b) in other.iter().enumerate() {
            let left = *row.get(index)?;
            let cell = row.get_mut(index + 1)?;
            let above = *cell;
            *cell = if a == b {
                diagonal
            } else {
                1 + diagonal.min(above).min(left)
            };
            diagonal = above;
        }
    }
    row.last().copied().filter(|count| *count <= limit)
}
