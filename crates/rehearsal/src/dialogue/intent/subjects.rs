//! Questions that are not answers: about money, for advice, about the assistant, about anything else.

use super::Intent;
use crate::dialogue::{
    script::Script,
    words::{holds, padded, plain},
};

const PRICE: [&str; 16] = [
    "how much",
    "what does it cost",
    "what will it cost",
    "what will this cost",
    "what would it cost",
    "cost me",
    "the cost",
    "price",
    "your fee",
    "your fees",
    "fees",
    "charge",
    "deductible",
    "the rate",
    "free",
    "expensive",
];
const ADVICE: [&str; 41] = [
    "should i",
    "should we",
    "what would you",
    "do you think",
    "whats your opinion",
    "your advice",
    "advise me",
    "do i have a case",
    "do i have the case",
    "do we have a case",
    "will i win",
    "can i win",
    "my chances",
    "can i sue",
    "can they",
    "can he",
    "can she",
    "am i covered",
    "are we covered",
    "it covered",
    "that covered",
    "this covered",
    "damage covered",
    "will you pay",
    "will it be covered",
    "is it serious",
    "is that serious",
    "is this serious",
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
    "legally",
    "am i allowed",
];
const IDENTITY: [&str; 18] = [
    "are you a robot",
    "are you robot",
    "are you a machine",
    "are you a computer",
    "are you a bot",
    "are you an ai",
    "are you ai",
    "are you human",
    "are you a human",
    "are you real",
    "are you a person",
    "are you a real person",
    "is this a robot",
    "is this a recording",
    "is this a machine",
    "talking to a",
    "who am i talking to",
    "who are you",
];
const WHY: [&str; 9] = [
    "why do you need",
    "why do you want",
    "why do you ask",
    "why are you asking",
    "why is that important",
    "why does that matter",
    "what do you need that for",
    "what do you need it for",
    "what is that for",
];
/// How questions begin that no answer begins with.
const OTHER: [&str; 62] = [
    "what is",
    "whats",
    "what are",
    "what do",
    "what does",
    "what did",
    "what time",
    "what can",
    "what will",
    "what would",
    "what about",
    "what kind",
    "who is",
    "whos",
    "who are",
    "who was",
    "who won",
    "who will",
    "who do",
    "where is",
    "wheres",
    "where are",
    "where do",
    "where can",
    "when is",
    "when are",
    "when do",
    "when does",
    "when can",
    "when will",
    "why is",
    "why are",
    "why do",
    "why did",
    "why",
    "how is",
    "hows",
    "how are",
    "how do",
    "how does",
    "how did",
    "how can",
    "how long",
    "how many",
    "how old",
    "how far",
    "do you",
    "did you",
    "are you",
    "can you",
    "could you",
    "would you",
    "will you",
    "is there",
    "are there",
    "is it",
    "tell me",
    "have you",
    "do i",
    "can i",
    "could i",
    "may i",
];

/// What a question is about, when it is none that was asked for.
pub(super) fn subject(text: &str, script: &Script) -> Option<Intent> {
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| holds(text, phrase));
    if !is_question(text) {
        return None;
    }
    if any(&IDENTITY) {
        Some(Intent::Identity)
    } else if any(&PRICE) {
        Some(Intent::Price)
    } else if any(&ADVICE) {
        Some(Intent::Advice)
    } else {
        script
            .rule_about(text)
            .map(|say| Intent::Ruled(say.to_owned()))
    }
}

/// A question that has nothing to do with what was asked, for fields whose answers are no sentences.
pub(super) fn other(text: &str) -> Option<Intent> {
    let said = padded(text);
    let starts = |phrases: &[&str]| {
        phrases.iter().any(|phrase| {
            ["", "so ", "and ", "but ", "okay ", "um ", "hey ", "well "]
                .iter()
                .any(|opening| said.starts_with(&padded(&format!("{opening}{phrase}"))))
        })
    };
    if starts(&WHY) {
        Some(Intent::Why)
    } else if starts(&OTHER) && plain(text).len() <= 16 {
        Some(Intent::OffTopic)
    } else {
        None
    }
}

/// Whether a text is put as a question.
fn is_question(text: &str) -> bool {
    const STARTS: [&str; 27] = [
        "how",
        "what",
        "whats",
        "should",
        "do i",
        "do we",
        "do you",
        "will",
        "can",
        "could",
        "am i",
        "is it",
        "is that",
        "is this",
        "is the",
        "whose",
        "who",
        "was it",
        "are you",
        "would",
        "tell me",
        "but how",
        "but what",
        "and how",
        "and what",
        "i want to know",
        "so how",
    ];
    let said = padded(text);
    text.trim_end().ends_with('?')
        || holds(text, "like to know")
        || STARTS.iter().any(|start| said.starts_with(&padded(start)))
}
