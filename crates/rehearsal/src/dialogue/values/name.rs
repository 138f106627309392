//! Names: spelled letters are joined, a restated name wins, and one heard without capitals gets them.

use crate::dialogue::{
    spelling,
    words::{differs_by, plain, position},
};

/// One piece of a name as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Spelled(String),
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Spelled(text) => text,
        }
    }

    fn is(&self, other: &Self) -> bool {
        plain(self.text()) == plain(other.text())
    }
}

/// A name, from an answer without its lead-in.
pub(super) fn name(text: &str) -> String {
    let text = by_parts(text).unwrap_or_else(|| text.to_owned());
    let pieces = without_restatement(with_spelling(pieces(&text)));
    let spelled = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Spelled(_)));
    let joined = pieces.iter().map(Piece::text).collect::<Vec<_>>().join(" ");
    let joined = joined.trim_end_matches([',', ';', ' ']);
    if !spelled && joined.chars().any(char::is_uppercase) {
        joined.to_owned()
    } else {
        joined
            .split(' ')
            .map(|word| capital(word.trim_matches(',')))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// `first name Anna, last name Keller`, in either order.
fn by_parts(text: &str) -> Option<String> {
    let chunks: Vec<&str> = text.split_whitespace().collect();
    let words: Vec<String> = chunks.iter().map(|chunk| plain(chunk).concat()).collect();
    let place = |phrases: [&str; 3]| {
        phrases
            .into_iter()
            .find_map(|phrase| position(&words, phrase).map(|at| (at, plain(phrase).len())))
    };
    let first = place(["first name", "given name", "forename"]);
    let last = place(["last name", "family name", "surname"]);
    let part = |(at, length): (usize, usize), other: Option<(usize, usize)>| {
        let start = at + length;
        let end = other
            .map(|(at, _)| at)
            .filter(|end| *end > start)
            .unwrap_or(chunks.len());
        let is_small = |word: &String| matches!(word.as_str(), "is" | "and" | "my" | "the" | "its");
        let kept: Vec<&str> = (start..end)
            .filter(|at| !words.get(*at).is_some_and(is_small))
            .filter_map(|at| chunks.get(at).copied())
            .collect();
        kept.join(" ").trim_end_matches([',', '.', ';']).to_owned()
    };
    match (first, last) {
        (Some(first), Some(last)) => Some(format!(
            "{} {}",
            part(first, Some(last)),
            part(last, Some(first))
        )),
        (Some(only), None) | (None, Some(only)) => Some(part(only, None)),
        (None, None) => None,
    }
    .filter(|name| !plain(name).is_empty())
}

/// The words and the spelled runs of an answer, in order.
fn pieces(text: &str) -> Vec<Piece> {
    let chunks: Vec<&str> = text.split_whitespace().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(chunk) = chunks.get(at).copied() {
        let group = letters_at(&chunks, at);
        if let Some((letters, used)) = group {
            pieces.push(Piece::Spelled(letters));
            at += used;
            continue;
        }
        at += 1;
        let word = chunk.trim_matches([';', ':', '"', '!', '?']);
        let ends_sentence = word.ends_with('.') && word.trim_end_matches('.').chars().count() > 3;
        let word = if ends_sentence {
            word.trim_end_matches('.')
        } else {
            word
        };
        let remark = matches!(
            plain(word).concat().as_str(),
            "" | "spelled"
                | "spelt"
                | "spelling"
                | "thats"
                | "its"
                | "is"
                | "and"
                | "speaking"
                | "here"
        );
        if remark {
            continue;
        }
        // `Sara without an H`: how it is written is told apart from the name.
        if matches!(word, "with" | "without") && letter_after(&chunks, at) {
            at += 2;
            continue;
        }
        pieces.push(Piece::Word(word.to_owned()));
    }
    pieces
}

fn letter_after(chunks: &[&str], at: usize) -> bool {
    let word = |at: usize| chunks.get(at).map(|chunk| plain(chunk).concat());
    word(at).is_some_and(|word| word == "a" || word == "an")
        && word(at + 1).is_some_and(|word| word.chars().count() == 1)
}

/// Spelled letters at a place, and how many chunks they take. One chunk `K-E-L-L-E-R` is a name of its
/// own; letters one by one end at a comma only where each part has more than one letter.
fn letters_at(chunks: &[&str], at: usize) -> Option<(String, usize)> {
    let inside = |chunk: &str| {
        let words = plain(chunk);
        (words.len() > 2 && words.iter().all(|word| word.chars().count() == 1))
            .then(|| words.concat())
    };
    if let Some(letters) = inside(chunks.get(at)?) {
        return Some((letters, 1));
    }
    let single: Vec<&str> = chunks
        .get(at..)?
        .iter()
        .take_while(|chunk| inside(chunk).is_none())
        .copied()
        .collect();
    let words: Vec<String> = single.iter().map(|chunk| plain(chunk).concat()).collect();
    let run = spelling::run(&words)?;
    let enough = run.is_spelling()
        || run.letters.len() == 2
            && run.certain == 2
            && at
                .checked_sub(1)
                .and_then(|at| chunks.get(at))
                .is_some_and(|before| {
                    plain(before).concat().len() == 2
                        && plain(before)
                            .concat()
                            .starts_with(run.letters.get(..1).unwrap_or("?"))
                });
    if !enough {
        return None;
    }
    let comma = (1..run.used).find(|end| {
        single
            .get(end - 1)
            .is_some_and(|chunk| chunk.ends_with(','))
            && *end > 1
            && run.used - end > 1
            && !single.get(*end).is_some_and(|chunk| chunk.ends_with(','))
    });
    if let Some(end) = comma
        && let Some(part) = spelling::run(words.get(..end)?)
        && part.used == end
        && part.letters.len() > 2
    {
        return Some((part.letters, end));
    }
    Some((run.letters, run.used))
}

/// A spelled word takes the place of the word before it that it spells.
fn with_spelling(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        if let (Piece::Spelled(letters), Some(Piece::Word(word))) = (&piece, out.last()) {
            let word = plain(word).concat();
            if word.chars().next() == letters.chars().next()
                || differs_by(&word, letters, 2).is_some()
            {
                out.pop();
            }
        }
        out.push(piece);
    }
    out
}

/// When a word comes again, what was said from it up to there was a first try: `Keller, K-E-L-L-E-R,
/// Anna Keller`.
fn without_restatement(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let again = |pieces: &[Piece]| {
        pieces.iter().enumerate().find_map(|(later, piece)| {
            let first = pieces
                .iter()
                .take(later)
                .position(|before| before.is(piece))?;
            let alone = later - first == 1 || matches!(pieces.get(first), Some(Piece::Spelled(_)));
            Some((first, later, alone))
        })
    };
    while let Some((first, later, alone)) = again(&pieces) {
        if alone {
            pieces.remove(first);
        } else {
            pieces.drain(..later);
        }
    }
    pieces
}

/// The first letter as a capital.
pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
