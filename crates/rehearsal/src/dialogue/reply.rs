//! Yes and no: what a short reply means, and what else was said with it.

use super::words::{after, holds, padded, plain};

/// What a reply to a question that wants yes or no means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// Yes.
    Yes,
    /// No, and the words that came after it, when there were any.
    No(Option<String>),
    /// Neither.
    Other,
}

const NO: [&str; 30] = [
    "absolutely not",
    "of course not",
    "certainly not",
    "definitely not",
    "probably not",
    "unfortunately not",
    "im afraid not",
    "not that i know of",
    "not anymore",
    "no it isnt",
    "it is not",
    "it isnt",
    "its not",
    "no its not",
    "no thats not right",
    "no thats wrong",
    "no thats not correct",
    "thats not right",
    "thats not correct",
    "thats wrong",
    "that is wrong",
    "that is not right",
    "not quite",
    "not really",
    "incorrect",
    "wrong",
    "nope",
    "nah",
    "negative",
    "no",
];
const YES: [&str; 41] = [
    "yes",
    "yeah",
    "yep",
    "yup",
    "yea",
    "ya",
    "correct",
    "right",
    "thats right",
    "thats correct",
    "that is right",
    "that is correct",
    "thats it",
    "sure",
    "exactly",
    "absolutely",
    "of course",
    "certainly",
    "ok",
    "okay",
    "it is",
    "affirmative",
    "mm hmm",
    "uh huh",
    "perfect",
    "please do",
    "definitely",
    "you bet",
    "you got it",
    "thats the one",
    "sounds good",
    "sounds right",
    "im afraid so",
    "i guess so",
    "unfortunately yes",
    "it sure is",
    "sure is",
    "very much so",
    "probably",
    "all correct",
    "all right",
];
const NO_SENTENCES: [&str; 28] = [
    "i dont think so",
    "it isnt",
    "it is not",
    "its not",
    "i dont",
    "i do not",
    "i am not",
    "im not",
    "nobody",
    "no one",
    "none",
    "never",
    "not yet",
    "it wasnt",
    "it was not",
    "they arent",
    "we arent",
    "we dont",
    "i havent",
    "not at all",
    "nothing",
    "i cant",
    "i wouldnt",
    "i would not",
    "there isnt",
    "there is not",
    "there wasnt",
    "no there",
];
const YES_SENTENCES: [&str; 14] = [
    "i think so",
    "i do",
    "i am",
    "it was",
    "they are",
    "we are",
    "we do",
    "i have",
    "there is",
    "there was",
    "she is",
    "he is",
    "i believe so",
    "it does",
];

/// What people say before a yes or no.
const OPENINGS: [&str; 18] = [
    "um",
    "uh",
    "er",
    "well",
    "so",
    "oh",
    "hmm",
    "honestly",
    "luckily",
    "thankfully",
    "fortunately",
    "unfortunately",
    "thank god",
    "i mean",
    "i think",
    "let me see",
    "ah",
    "and",
];

/// What a reply means.
pub(super) fn parse(text: &str) -> Reply {
    let mut rest = text;
    loop {
        match direct(rest) {
            Reply::Other => {}
            found => return found,
        }
        let shorter = OPENINGS
            .iter()
            .find_map(|opening| after(rest, opening))
            .filter(|shorter| !shorter.is_empty() && shorter.len() < rest.len());
        let Some(shorter) = shorter else {
            return at_the_end(text);
        };
        rest = shorter;
    }
}

/// `My wife was, yes.`
fn at_the_end(text: &str) -> Reply {
    let words = plain(text);
    match words.last().map(String::as_str) {
        Some("yes") if words.len() <= 8 => Reply::Yes,
        Some("no") if words.len() <= 8 => Reply::No(None),
        _ => Reply::Other,
    }
}

fn direct(text: &str) -> Reply {
    let words = plain(text);
    let Some(first) = words.first() else {
        return Reply::Other;
    };
    // `No, that's right` and `no problem` take the form of a no and mean a yes.
    if first == "no"
        && (holds(text, "no problem")
            || [
                "no thats right",
                "no thats correct",
                "no that is correct",
                "no thats fine",
            ]
            .iter()
            .any(|yes| after(text, yes).is_some()))
    {
        return Reply::Yes;
    }
    if let Some(rest) = NO.iter().find_map(|no| after(text, no)) {
        return Reply::No((!rest.is_empty()).then(|| rest.to_owned()));
    }
    let whole = padded(text);
    let starts = |phrases: &[&str]| {
        phrases
            .iter()
            .any(|phrase| whole.starts_with(&padded(phrase)))
    };
    if starts(&NO_SENTENCES) {
        return Reply::No(None);
    }
    if let Some(rest) = YES.iter().find_map(|yes| after(text, yes)) {
        // `Right now` is an answer of its own, `yes, that is right` is a yes.
        let own = matches!(
            first.as_str(),
            "right" | "ok" | "okay" | "sure" | "it" | "perfect" | "ya" | "all" | "probably" | "of"
        ) && plain(rest).len() > 3;
        return if own { Reply::Other } else { Reply::Yes };
    }
    if starts(&YES_SENTENCES) {
        Reply::Yes
    } else {
        Reply::Other
    }
}
