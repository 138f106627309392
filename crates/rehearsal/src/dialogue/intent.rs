//! Intents: what a person may want at any time, whatever was asked.

mod correction;
mod leaving_out;
mod person;
mod subjects;

pub(super) use correction::named_field;
pub(super) use leaving_out::{is_unknown, refuses, skips};

use super::{
    script::{Field, Kind, Script},
    words::{content, holds, padded, plain},
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
    /// The question before should be asked again.
    Back,
    /// A moment is needed.
    Wait,
    /// Whether anybody listens.
    Hearing,
    /// A price was asked for.
    Price,
    /// Advice, an opinion or a decision was asked for.
    Advice,
    /// A rule of the session prescribes what is said to this.
    Ruled(String),
    /// Who or what speaks was asked.
    Identity,
    /// What an answer is needed for was asked.
    Why,
    /// Something else was asked.
    OffTopic,
}

impl Intent {
    /// Whether it goes before an answer that was given in the same breath.
    pub(super) fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::Emergency(_) | Self::Person | Self::Repeat | Self::Stop
        )
    }
}

/// The intent of a turn, if it has one. `asked` is the field that was asked for last.
pub(super) fn find(text: &str, script: &Script, asked: Option<&Field>) -> Option<Intent> {
    urgent(text, script)
        .or_else(|| back(text, script))
        .or_else(|| correction::correction(text, script, asked))
        .or_else(|| pause(text))
        .or_else(|| {
            // In the middle of a story the same words are part of the story.
            let story = asked.is_some_and(|field| field.kind == Kind::LongText);
            let long = plain(text).len() > 12;
            if story && long {
                return None;
            }
            subjects::subject(text, script).or_else(|| {
                // What a text field holds may well be put as a question.
                (!story).then(|| subjects::other(text)).flatten()
            })
        })
}

/// An emergency, a person, a repetition or the end.
fn urgent(text: &str, script: &Script) -> Option<Intent> {
    if let Some(word) = script
        .emergency
        .as_ref()
        .and_then(|emergency| emergency.words.iter().find(|word| is_said(text, word)))
    {
        return Some(Intent::Emergency(word.clone()));
    }
    if person::wants_person(text) {
        return Some(Intent::Person);
    }
    let words = plain(text).len();
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| holds(text, phrase));
    let huh = is_exactly(text, &REPEATS_ALONE) && !holds(text, "uh huh");
    if words <= 9 && any(&REPEATS) || huh {
        return Some(Intent::Repeat);
    }
    if words <= 8 && any(&STOPS) || is_exactly(text, &STOPS_ALONE) {
        return Some(Intent::Stop);
    }
    None
}

const REPEATS: [&str; 23] = [
    "repeat",
    "that again please",
    "say that again",
    "say it again",
    "pardon",
    "what did you say",
    "come again",
    "what was that",
    "what was the question",
    "what is the question",
    "excuse me",
    "one more time",
    "once more",
    "didnt catch that",
    "did not catch that",
    "didnt hear you",
    "didnt hear that",
    "didnt get that",
    "more slowly",
    "a bit slower",
    "ask me again",
    "the options again",
    "the choices again",
];
const REPEATS_ALONE: [&str; 8] = [
    "sorry",
    "huh",
    "what",
    "im sorry",
    "sorry what",
    "what are the options",
    "what are my options",
    "what are the choices",
];
const STOPS: [&str; 12] = [
    "end the call",
    "stop the call",
    "end this call",
    "hang up",
    "i have to go",
    "i need to go",
    "i gotta go",
    "ive got to go",
    "goodbye",
    "good bye",
    "stop talking to me",
    "stop this call",
];
const STOPS_ALONE: [&str; 3] = ["bye", "bye bye", "stop"];

fn is_exactly(text: &str, phrases: &[&str]) -> bool {
    let said = format!(" {} ", content(text).join(" "));
    phrases
        .iter()
        .any(|phrase| said == padded(phrase) || said == padded(&format!("{phrase} please")))
}

/// Back to an earlier question, by name or to the one before.
fn back(text: &str, script: &Script) -> Option<Intent> {
    const BACKS: [&str; 12] = [
        "go back",
        "going back",
        "back one",
        "back up",
        "step back",
        "previous question",
        "question before",
        "last question",
        "my last answer",
        "my previous answer",
        "the last answer",
        "the previous answer",
    ];
    if plain(text).len() > 12 || !BACKS.iter().any(|phrase| holds(text, phrase)) {
        return None;
    }
    let said = plain(text);
    let to = super::words::position(&said, "back to").and_then(|at| said.get(at + 2..));
    let named = to.and_then(|name| correction::named_field(script, &name.join(" "), None));
    Some(match named {
        Some(field) => Intent::Correct {
            key: field.key.clone(),
            value: None,
        },
        None => Intent::Back,
    })
}

/// A moment that is asked for, or a question whether anybody listens.
fn pause(text: &str) -> Option<Intent> {
    const WAITS: [&str; 24] = [
        "hold on",
        "hang on",
        "wait",
        "one moment",
        "one second",
        "one minute",
        "just a moment",
        "just a second",
        "just a minute",
        "just one moment",
        "just one second",
        "wait a moment",
        "wait a second",
        "wait a minute",
        "give me a moment",
        "give me a second",
        "give me a minute",
        "a moment",
        "a second",
        "let me check",
        "let me look",
        "let me get",
        "let me find",
        "let me think",
    ];
    const HEARING: [&str; 7] = [
        "can you hear me",
        "do you hear me",
        "are you there",
        "are you still there",
        "is anybody there",
        "is anyone there",
        "am i connected",
    ];
    if plain(text).len() <= 8 && HEARING.iter().any(|phrase| holds(text, phrase))
        || is_exactly(text, &["hello", "hello hello"])
    {
        return Some(Intent::Hearing);
    }
    let said = format!(" {} ", content(text).join(" "));
    let rest = WAITS
        .iter()
        .filter_map(|wait| {
            ["", "oh ", "please ", "can you ", "could you ", "sorry "]
                .iter()
                .find_map(|opening| said.strip_prefix(&padded(&format!("{opening}{wait}"))))
        })
        .min_by_key(|rest| rest.len())?;
    let rest: Vec<&str> = rest.split_whitespace().collect();
    // `Let me check, it is 555 0142` brings the answer with it.
    let only = rest.len() <= 7
        && rest.first().is_none_or(|word| {
            matches!(
                *word,
                "please"
                    | "let"
                    | "while"
                    | "i"
                    | "ill"
                    | "im"
                    | "my"
                    | "the"
                    | "that"
                    | "it"
                    | "for"
                    | "a"
            )
        })
        && !rest.iter().any(|word| {
            matches!(*word, "is" | "its" | "was") || super::numbers::digit(word).is_some()
        });
    only.then_some(Intent::Wait)
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
        " dont",
        " didnt",
        " doesnt",
        " dont have",
        " dont have any",
        " no longer",
        " never",
        " never had",
        " not having",
        " not have",
        " not have any",
        " nobody is",
        " nobody was",
        " no one is",
        " no one was",
        " isnt",
        " wasnt",
        " not been",
    ];
    text.match_indices(&word).any(|(at, _)| {
        !text
            .get(..at)
            .is_some_and(|before| denials.iter().any(|denial| before.ends_with(denial)))
    })
}
