//! Answers that are none: the question is left out, refused, or can't be answered.

use crate::dialogue::{
    script::Field,
    words::{content, holds, padded, plain},
};

/// What leaves out any question, wherever it stands in a short reply.
const REFUSALS: [&str; 17] = [
    "skip",
    "next question",
    "move on",
    "rather not",
    "prefer not to",
    "dont want to answer",
    "dont want to say",
    "do not want to answer",
    "none of your business",
    "leave it out",
    "leave it blank",
    "leave that out",
    "leave that blank",
    "leave this blank",
    "no comment",
    "not telling you",
    "pass on that",
];

/// Whether a reply refuses to answer. Said to a required question, it is told that it is needed.
pub(in crate::dialogue) fn refuses(text: &str) -> bool {
    let words = plain(text);
    words.len() <= 9 && REFUSALS.iter().any(|refusal| holds(text, refusal))
        || matches!(words.as_slice(), [only] if only == "pass" || only == "next")
}

/// Whether a reply to an optional question leaves it out, because it refuses or because there is nothing
/// to tell.
pub(in crate::dialogue) fn skips(text: &str, field: &Field) -> bool {
    const NOTHING: [&str; 22] = [
        "no",
        "none",
        "nope",
        "no thanks",
        "no thank you",
        "nothing",
        "not now",
        "leave it",
        "dont have one",
        "dont have that",
        "dont use that",
        "not really",
        "nobody",
        "nobody else",
        "no one",
        "no one else",
        "no preference",
        "not applicable",
        "doesnt matter",
        "does not apply",
        "no idea",
        "nothing else",
    ];
    const STARTS: [&str; 12] = [
        "no i",
        "no there",
        "no not",
        "no its",
        "no one",
        "no nobody",
        "no that",
        "i dont have",
        "i do not have",
        "i dont use",
        "there isnt",
        "there is no",
    ];
    let said = format!(" {} ", content(text).join(" "));
    let short = plain(text).len() <= 7;
    // `no email`: none of what the field is called.
    let none_of_it = plain(&field.label)
        .iter()
        .any(|word| said == format!(" no {word} "));
    refuses(text)
        || none_of_it
        || NOTHING
            .iter()
            .any(|nothing| said == padded(nothing) || said == padded(&format!("i {nothing}")))
        || short && STARTS.iter().any(|start| said.starts_with(&padded(start)))
}

/// Whether a person does not know the answer.
pub(in crate::dialogue) fn is_unknown(text: &str) -> bool {
    const PHRASES: [&str; 12] = [
        "i dont know",
        "dont know",
        "no idea",
        "im not sure",
        "not sure",
        "no clue",
        "i dont remember",
        "cant remember",
        "i do not know",
        "i dont recall",
        "i have no idea",
        "i cant say",
    ];
    plain(text).len() <= 7 && PHRASES.iter().any(|phrase| holds(text, phrase))
}
