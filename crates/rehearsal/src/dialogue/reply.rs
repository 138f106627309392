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

const NO: [&str; 18] = [
    "no its not",
    "no it isnt",
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
const YES: [&str; 26] = [
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
];
const NO_SENTENCES: [&str; 22] = [
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

/// What a reply means.
pub(super) fn parse(text: &str) -> Reply {
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
    if let Some(rest) = YES.iter().find_map(|yes| after(text, yes)) {
        // `Right now` is an answer of its own, `yes, that is right` is a yes.
        let own = matches!(
            first.as_str(),
            "right" | "ok" | "okay" | "sure" | "it" | "perfect" | "ya"
        ) && plain(rest).len() > 3;
        return if own { Reply::Other } else { Reply::Yes };
    }
    let whole = padded(text);
    let starts = |phrases: &[&str]| {
        phrases
            .iter()
            .any(|phrase| whole.starts_with(&padded(phrase)))
    };
    if starts(&NO_SENTENCES) {
        Reply::No(None)
    } else if starts(&YES_SENTENCES) {
        Reply::Yes
    } else {
        Reply::Other
    }
}
