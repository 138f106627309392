//! Spelled letters: `K-E-L-L-E-R`, `B as in Bravo`, `double L`, the radio alphabet, and the words that
//! recognition writes for letters (`kay ee el`).

use super::words::is_filler;

/// A run of spelled letters at the start of the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// The letters, in lower case.
    pub(super) letters: String,
    /// How many words it took.
    pub(super) used: usize,
    /// How many of them were letters beyond doubt, not words that could be something else.
    pub(super) certain: usize,
    /// Letters that were said, a doubled one as one.
    pub(super) said: usize,
    /// Words of the radio alphabet.
    radio: usize,
}

impl Run {
    /// Whether it is spelling and not ordinary words: three letters of which one is certain, three of the
    /// radio alphabet, or four.
    pub(super) fn is_spelling(&self) -> bool {
        self.letters.len() >= 3 && (self.certain > 0 || self.radio >= 3 || self.said >= 4)
    }
}

/// The letters spelled at the start of the words, however few.
pub(super) fn run(words: &[String]) -> Option<Run> {
    let mut run = Run {
        letters: String::new(),
        used: 0,
        certain: 0,
        said: 0,
        radio: 0,
    };
    let mut at = 0;
    while let Some(word) = words.get(at).map(String::as_str) {
        if run.used > 0 && (is_filler(word) || matches!(word, "then" | "dash" | "letter")) {
            at += 1;
            continue;
        }
        let times = match word {
            "double"
                if words
                    .get(at + 1)
                    .is_none_or(|next| next != "u" && next != "you") =>
            {
                2
            }
            "triple" => 3,
            _ => 1,
        };
        let start = at + usize::from(times > 1 || word == "capital");
        let Some((letter, used, certain)) = unit(words.get(start..).unwrap_or_default()) else {
            break;
        };
        run.letters.extend(std::iter::repeat_n(letter, times));
        run.certain += usize::from(certain);
        run.said += 1;
        run.radio += usize::from(words.get(start).is_some_and(|word| radio(word).is_some()));
        at = start + used;
        run.used = at;
    }
    (run.used > 0).then_some(run)
}

/// One letter, the words it took, and whether it is one beyond doubt.
fn unit(words: &[String]) -> Option<(char, usize, bool)> {
    let first = words.first()?.as_str();
    let next = words.get(1).map(String::as_str);
    if first == "double" && matches!(next, Some("u" | "you")) {
        return Some(('w', 2, true));
    }
    let mut chars = first.chars();
    let single = chars
        .next()
        .filter(|letter| chars.next().is_none() && letter.is_ascii_lowercase());
    let Some(letter) = single.or_else(|| sounds_like(first)) else {
        return radio(first).map(|letter| (letter, 1, false));
    };
    let example = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| word.len() > 1 && word.starts_with(letter))
    };
    let used = match (next, words.get(2).map(String::as_str)) {
        (Some("as" | "is" | "has"), Some("in" | "for" | "an")) if example(3) => 4,
        (Some("for" | "like" | "as"), _) if example(2) => 3,
        _ => 1,
    };
    // `a` and `I` are words, and so is everything that only sounds like a letter.
    let certain = used > 1 || single.is_some() && !matches!(first, "a" | "i" | "o");
    Some((letter, used, certain))
}

/// The letter whose name recognition may have written as a word.
fn sounds_like(word: &str) -> Option<char> {
    Some(match word {
        "ay" | "eh" => 'a',
        "be" | "bee" => 'b',
        "see" | "sea" | "cee" => 'c',
        "dee" => 'd',
        "ee" => 'e',
        "eff" | "ef" => 'f',
        "gee" | "jee" => 'g',
        "aitch" | "haitch" => 'h',
        "eye" => 'i',
        "jay" => 'j',
        "kay" => 'k',
        "el" | "ell" => 'l',
        "em" => 'm',
        "en" => 'n',
        "oh" => 'o',
        "pee" | "pea" => 'p',
        "cue" | "queue" => 'q',
        "are" | "ar" => 'r',
        "ess" | "es" => 's',
        "tea" | "tee" => 't',
        "you" | "yu" => 'u',
        "vee" => 'v',
        "ex" => 'x',
        "why" | "wye" => 'y',
        "zee" | "zed" => 'z',
        _ => return None,
    })
}

/// The letter that a word of the radio alphabet stands for.
pub(super) fn radio(word: &str) -> Option<char> {
    const ALPHABET: [&str; 28] = [
        "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec",
        "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
    ];
    ALPHABET
        .contains(&word)
        .then(|| word.chars().next())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::dialogue::words::plain;

    fn check(text: &str, letters: &str, is_spelling: bool) {
        let found = run(&plain(text));
        assert_eq!(
            found.as_ref().map_or("", |run| run.letters.as_str()),
            letters,
            "{text:?}"
        );
        assert_eq!(
            found.is_some_and(|run| run.is_spelling()),
            is_spelling,
            "{text:?}"
        );
    }

    #[test]
    fn letters_are_understood_however_they_are_said() {
        check("K-E-L-L-E-R", "keller", true);
        check("B as in Bravo, O, B for boy", "bob", true);
        check("K E double L E R and so on", "keller", true);
        check("kay ee el el", "kell", true);
        check("tango oscar mike, S", "toms", true);
        check("double u, e, b", "web", true);
        // Ordinary words are not taken for letters.
        check("are you", "ru", false);
        check("Victor Romero", "v", false);
        check("I see you", "icu", false);
        check("Keller", "", false);
    }
}
