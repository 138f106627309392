//! Intents: what a person may want at any time, whatever was asked.

mod correction;

use super::{
    script::{Field, Kind, Script},
    words::{holds, padded, plain},
};

/// What a turn asks for besides, or instead of, answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Intent {
    /// The words of an emergency were said.
    Emergency(String),
    /// A person should take over.
    Person,
    /// The last words should be said again.
    Repeat,
    /// The call should end.
    Stop,
    /// Another field's value should change; without a value it is to be asked for.
    Correct { key: String, value: Option<String> },
    /// A price was asked for.
    Price,
    /// Advice, an opinion or a decision was asked for.
    Advice,
}

/// The intent of a turn, if it has one. `asked` is the field that was asked for last.
pub(super) fn find(text: &str, script: &Script, asked: Option<&Field>) -> Option<Intent> {
    if let Some(word) = script
        .emergency
        .as_ref()
        .and_then(|emergency| emergency.words.iter().find(|word| is_said(text, word)))
    {
        return Some(Intent::Emergency(word.clone()));
    }
    let words = plain(text).len();
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| holds(text, phrase));
    if wants_person(text) {
        return Some(Intent::Person);
    }
    if words <= 8
        && any(&[
            "repeat",
            "say that again",
            "say it again",
            "pardon",
            "what did you say",
            "come again",
            "what was that",
            "what was the question",
            "excuse me",
        ])
    {
        return Some(Intent::Repeat);
    }
    if words <= 7
        && any(&[
            "end the call",
            "stop the call",
            "hang up",
            "i have to go",
            "i need to go",
            "goodbye",
            "good bye",
            "end this call",
        ])
    {
        return Some(Intent::Stop);
    }
    if let Some(correction) = correction::correction(text, script, asked) {
        return Some(correction);
    }
    // In the middle of a story the same words are part of the story.
    let story = asked.is_some_and(|field| field.kind == Kind::LongText) && words > 12;
    if story || !is_question(text) {
        return None;
    }
    if any(&[
        "how much",
        "what does it cost",
        "what will it cost",
        "cost me",
        "the cost",
        "price",
        "your fee",
        "your fees",
        "fees",
        "charge",
        "deductible",
        "the rate",
    ]) {
        return Some(Intent::Price);
    }
    let advice = [
        "should i",
        "should we",
        "what would you",
        "do you think",
        "whats your opinion",
        "your advice",
        "advise me",
        "do i have a case",
        "will i win",
        "can i win",
        "my chances",
        "can i sue",
        "am i covered",
        "is it covered",
        "is that covered",
        "is this covered",
        "will you pay",
        "will it be covered",
        "is it serious",
        "is that serious",
        "is it dangerous",
        "is that normal",
        "is it normal",
        "what do i have",
        "can i take",
        "whose fault",
        "was it my fault",
        "are you my lawyer",
        "will you take my case",
        "can i stop taking",
        "is it legal",
        "am i allowed",
    ];
    any(&advice).then_some(Intent::Advice)
}

/// Whether emergency words are said, and not denied (`no chest pain`, `I don't have chest pain`).
fn is_said(text: &str, word: &str) -> bool {
    let normal = |text: &str| {
        padded(text)
            .replace(" can not ", " cant ")
            .replace(" cannot ", " cant ")
            .replace(" couldnt ", " cant ")
    };
    let (text, word) = (normal(text), normal(word));
    let denials = [
        " no",
        " not",
        " without",
        " without any",
        " dont have",
        " dont have any",
        " no longer",
        " never had",
        " not having",
        " not have",
        " not have any",
        " nobody is",
        " no one is",
        " isnt",
        " not been",
    ];
    text.match_indices(&word).any(|(at, _)| {
        !text
            .get(..at)
            .is_some_and(|before| denials.iter().any(|denial| before.ends_with(denial)))
    })
}

fn wants_person(text: &str) -> bool {
    const PEOPLE: [&str; 12] = [
        "person",
        "human",
        "agent",
        "someone",
        "somebody",
        "operator",
        "representative",
        "receptionist",
        "staff",
        "lawyer",
        "nurse",
        "doctor",
    ];
    const VERBS: [&str; 16] = [
        "i want",
        "i want to talk to",
        "i want to speak to",
        "i want to speak with",
        "i want to talk with",
        "talk to",
        "speak to",
        "speak with",
        "get me",
        "connect me to",
        "transfer me to",
        "put me through to",
        "id like",
        "i would like",
        "i need to talk to",
        "give me",
    ];
    let said = padded(text);
    let named = |person: &str| {
        [
            "",
            "a ",
            "an ",
            "the ",
            "some ",
            "a real ",
            "real ",
            "a live ",
            "a human ",
            "an actual ",
            "another ",
        ]
        .iter()
        .any(|article| {
            VERBS
                .iter()
                .any(|verb| said.contains(&format!(" {verb} {article}{person} ")))
        })
    };
    let alone = [
        "person",
        "human",
        "agent",
        "operator",
        "representative",
        "real person",
    ]
    .iter()
    .any(|person| {
        ["", "a ", "an "].iter().any(|article| {
            let ask = format!("{article}{person}");
            said == format!(" {ask} ") || said == format!(" {ask} please ")
        })
    });
    // `I want to talk to someone` asks for a person; `I want someone to pay` is a story.
    let vague = |person: &str| {
        matches!(
            person,
            "someone" | "somebody" | "staff" | "lawyer" | "nurse" | "doctor"
        )
    };
    let named_vague = |person: &str| {
        [
            "talk to",
            "speak to",
            "speak with",
            "connect me to",
            "transfer me to",
            "put me through to",
        ]
        .iter()
        .any(|verb| {
            ["", "a ", "the "].iter().any(|article| {
                let wish = format!(" {verb} {article}{person} ");
                said.starts_with(&wish)
                    || [
                        "i want to",
                        "id like to",
                        "i would like to",
                        "can i",
                        "could i",
                        "may i",
                        "let me",
                        "i need to",
                        "please",
                        "i rather",
                    ]
                    .iter()
                    .any(|wish_start| said.contains(&format!(" {wish_start}{wish}")))
            })
        })
    };
    alone
        || PEOPLE.iter().any(|person| {
            if vague(person) {
                named_vague(person)
            } else {
                named(person)
            }
        })
}

/// Whether a text is put as a question.
fn is_question(text: &str) -> bool {
    const STARTS: [&str; 26] = [
        "how",
        "what",
        "whats",
        "should",
        "do i",
        "do you",
        "will",
        "can",
        "could",
        "am i",
        "is it",
        "is that",
        "is this",
        "whose",
        "was it",
        "are you",
        "would",
        "tell me",
        "but how",
        "but what",
        "and how",
        "and what",
        "i want to know",
        "id like to know",
        "first how",
        "so how",
    ];
    let said = padded(text);
    text.trim_end().ends_with('?') || STARTS.iter().any(|start| said.starts_with(&padded(start)))
}

/// Whether a reply to an optional question leaves it out.
pub(super) fn skips(text: &str) -> bool {
    const SKIPS: [&str; 24] = [
        "skip",
        "skip it",
        "skip that",
        "skip this",
        "next",
        "pass",
        "no",
        "none",
        "nope",
        "no thanks",
        "no thank you",
        "nothing",
        "not now",
        "id rather not",
        "i would rather not",
        "prefer not to",
        "leave it",
        "leave it out",
        "move on",
        "i dont have one",
        "i dont have that",
        "dont have one",
        "not really",
        "nobody",
    ];
    const STARTS: [&str; 9] = [
        "no i",
        "no there",
        "no not",
        "no its",
        "no one",
        "no nobody",
        "no that",
        "skip",
        "id rather not",
    ];
    let said = padded(text);
    SKIPS.iter().any(|skip| said == padded(skip))
        || plain(text).len() <= 6 && STARTS.iter().any(|start| said.starts_with(&padded(start)))
}

/// Whether a person does not know the answer.
pub(super) fn is_unknown(text: &str) -> bool {
    const PHRASES: [&str; 10] = [
        "i dont know",
        "dont know",
        "no idea",
        "im not sure",
        "not sure",
        "i dont remember",
        "cant remember",
        "i do not know",
        "i dont recall",
        "i have no idea",
    ];
    plain(text).len() <= 7 && PHRASES.iter().any(|phrase| holds(text, phrase))
}
