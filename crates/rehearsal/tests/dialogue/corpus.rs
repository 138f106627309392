//! The corpus: what people say when they are asked for something, and what must come of it. The files in
//! `corpus/` hold it, one topic each.
//!
//! ```text
//! [workflow field]              what follows is said when this field is asked for
//! [workflow field = value]      … or when this value of it is read back
//! words => value                the value that is written, in its normal form
//! one turn | the next => value  several turns
//! words => value ; key = value  other fields are written as well; without the first value only they are
//! words => ! behaviour          nothing is written (see `Behaviour`)
//! * words => value              also spoken and recognised, where a model is there
//! ```

use crate::call::Call;
use domain::FieldKey;
use domain::workflow::FieldDefinition;
use rehearsal::dialogue::Heard;
use std::collections::BTreeMap;

/// The files, so that a failure names one.
const FILES: [(&str, &str); 12] = [
    ("choices", include_str!("corpus/choices.txt")),
    ("corrections", include_str!("corpus/corrections.txt")),
    ("dates", include_str!("corpus/dates.txt")),
    ("emails", include_str!("corpus/emails.txt")),
    ("names", include_str!("corpus/names.txt")),
    ("numbers", include_str!("corpus/numbers.txt")),
    ("phones", include_str!("corpus/phones.txt")),
    ("several", include_str!("corpus/several.txt")),
    ("texts", include_str!("corpus/texts.txt")),
    ("times", include_str!("corpus/times.txt")),
    ("wishes", include_str!("corpus/wishes.txt")),
    ("yes-no", include_str!("corpus/yes-no.txt")),
];

/// What is said when nothing is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// The question is asked again, with something before it.
    Again,
    /// The last words are said again, and nothing else.
    Repeats,
    /// The field is left out and the next one asked for.
    Skips,
    /// The field can't be left out.
    Needed,
    /// Another field is asked for.
    Asks(String),
    /// These words are said.
    Says(String),
    /// A person is called.
    Person,
    /// The emergency exit is taken.
    Emergency,
    /// The call ends.
    Stops,
    /// The value that was read back is confirmed.
    Confirmed,
}

impl Behaviour {
    fn parse(text: &str) -> Self {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        match name {
            "again" => Self::Again,
            "repeats" => Self::Repeats,
            "skips" => Self::Skips,
            "needed" => Self::Needed,
            "asks" => Self::Asks(rest.to_owned()),
            "says" => Self::Says(rest.to_owned()),
            "person" => Self::Person,
            "emergency" => Self::Emergency,
            "stops" => Self::Stops,
            "confirmed" => Self::Confirmed,
            _ => panic!("no behaviour: {text}"),
        }
    }
}

/// One line of the corpus.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    file: &'static str,
    workflow: String,
    asked: String,
    held: Option<String>,
    pub(crate) turns: Vec<String>,
    /// Every field that must be written, and nothing else.
    values: BTreeMap<String, String>,
    behaviour: Option<Behaviour>,
    pub(crate) spoken: bool,
}

/// What came of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    /// Nothing was written, and the assistant waits for another answer.
    AskedAgain(String),
    /// Something else was written, and is read back before it counts.
    ReadBack(String),
    Wrong(String),
}

/// When two values are the same.
pub(crate) type Same = fn(&str, &str) -> bool;

/// The whole corpus.
pub(crate) fn entries() -> Vec<Entry> {
    let mut all = Vec::new();
    for (file, text) in FILES {
        let mut heading = None;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(inner) = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                heading = Some(inner);
                continue;
            }
            let heading = heading.expect("a heading comes first");
            all.push(Entry::parse(file, heading, line));
        }
    }
    all
}

impl Entry {
    fn parse(file: &'static str, heading: &str, line: &str) -> Self {
        let (workflow, asked) = heading.split_once(' ').expect("workflow and field");
        let (asked, held) = asked
            .split_once(" = ")
            .map_or((asked, None), |(key, value)| (key, Some(value.to_owned())));
        let (said, expected) = line
            .split_once(" => ")
            .expect("words and what comes of them");
        let spoken = said.strip_prefix("* ");
        let mut parts = expected.trim().split(';').map(str::trim);
        let first = parts.next().unwrap_or_default();
        let (value, behaviour) = first.split_once('!').unwrap_or((first, ""));
        let mut values = BTreeMap::new();
        if !value.trim().is_empty() {
            values.insert(asked.to_owned(), value.trim().to_owned());
        }
        for part in parts {
            let (key, value) = part.split_once(" = ").expect("key and value");
            values.insert(key.to_owned(), value.to_owned());
        }
        Self {
            file,
            workflow: workflow.to_owned(),
            asked: asked.to_owned(),
            held,
            turns: spoken
                .unwrap_or(said)
                .split(" | ")
                .map(str::to_owned)
                .collect(),
            values,
            behaviour: (!behaviour.is_empty()).then(|| Behaviour::parse(behaviour.trim())),
            spoken: spoken.is_some(),
        }
    }

    /// Where it stands and what is said in it.
    pub(crate) fn name(&self) -> String {
        format!(
            "{}.txt [{}] {:?}",
            self.file,
            self.asked,
            self.turns.join(" | ")
        )
    }

    /// Lets a caller say the turns, as they were heard, and looks at what came of them.
    pub(crate) fn run(&self, heard: impl IntoIterator<Item = Heard>, same: Same) -> Outcome {
        let mut call = self.call();
        let before = call.said.trim().to_owned();
        let question = call
            .definition
            .field(&FieldKey::parse(&self.asked).unwrap())
            .unwrap()
            .question
            .clone();
        let cue = if self.held.is_some() {
            "Is that right?"
        } else {
            question.as_str()
        };
        assert!(before.contains(cue), "{}: {before}", self.name());
        for heard in heard {
            call.dialogue.on_user(heard);
            call.respond();
        }
        self.judge(&call, &before, &question, same)
    }

    /// A call at the moment when the field is asked for: what comes before it is known.
    fn call(&self) -> Call {
        let mut call = Call::of(&self.workflow);
        call.instructions
            .push_str("\n# Today\n2026-11-21\n\n# Already known\n");
        let required = |required: bool| {
            call.definition
                .fields()
                .filter(move |field| field.required == required)
        };
        let order: Vec<FieldDefinition> = required(true).chain(required(false)).cloned().collect();
        for field in order
            .iter()
            .take_while(|field| field.key.as_str() != self.asked)
        {
            let value = plausible(field);
            let line = format!("{} = {value} (confirmed)\n", field.key.as_str());
            call.instructions.push_str(&line);
            call.form
                .insert(field.key.as_str().to_owned(), (value.to_owned(), true));
        }
        if let Some(value) = &self.held {
            let line = format!("{} = {value} (proposed)\n", self.asked);
            call.instructions.push_str(&line);
            call.form.insert(self.asked.clone(), (value.clone(), false));
        }
        call.respond();
        call
    }

    fn judge(&self, call: &Call, before: &str, question: &str, same: Same) -> Outcome {
        let said = call.said.trim();
        let wrote = call.calls.iter().any(|call| call == "set_field");
        let new: BTreeMap<&str, &str> = call
            .written
            .iter()
            .filter_map(|key| Some((key.as_str(), call.form.get(key)?.0.as_str())))
            .collect();
        let wanted: BTreeMap<&str, &str> = self
            .values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let called = |start: &str| call.calls.iter().any(|call| call.starts_with(start));
        let fits = new.len() == wanted.len()
            && new
                .iter()
                .all(|(key, value)| wanted.get(key).is_some_and(|wanted| same(value, wanted)));
        let kept = match &self.behaviour {
            Some(Behaviour::Confirmed) => {
                new == wanted
                    && call
                        .form
                        .get(&self.asked)
                        .is_some_and(|(_, confirmed)| *confirmed)
            }
            _ if !fits => false,
            None => true,
            Some(Behaviour::Again) => {
                !wrote && said.ends_with(&question_of(before, question)) && said != before
            }
            Some(Behaviour::Repeats) => !wrote && before.ends_with(said) && said.contains(question),
            Some(Behaviour::Skips) => !called("escalate") && !said.contains(question),
            Some(Behaviour::Needed) => {
                said.contains("I need this to finish") && said.contains(question)
            }
            Some(Behaviour::Asks(key)) => call
                .definition
                .field(&FieldKey::parse(key).unwrap())
                .is_some_and(|field| said.contains(&field.question)),
            Some(Behaviour::Says(words)) => said.contains(words),
            Some(Behaviour::Person) => called("escalate: The caller asked for a person"),
            Some(Behaviour::Emergency) => called("escalate: Emergency"),
            Some(Behaviour::Stops) => called("end_call") && !called("finish"),
        };
        if kept {
            return Outcome::Right;
        }
        let what = format!("wrote {new:?}, called {:?}, said {said:?}", call.calls);
        let ended = called("escalate") || called("end_call");
        let moved_on = !wrote
            && !said.contains(question)
            && call
                .definition
                .fields()
                .any(|field| field.key.as_str() != self.asked && said.contains(&field.question));
        if ended || moved_on {
            Outcome::Wrong(what)
        } else if !wrote {
            Outcome::AskedAgain(what)
        } else if new
            .keys()
            .all(|key| call.form.get(*key).is_some_and(|(_, confirmed)| !confirmed))
        {
            Outcome::ReadBack(what)
        } else {
            Outcome::Wrong(what)
        }
    }
}

/// The question as it was put, with its choices; after a rejected value, as it will be put.
fn question_of(before: &str, question: &str) -> String {
    before
        .find(question)
        .and_then(|at| before.get(at..))
        .unwrap_or(question)
        .to_owned()
}

/// A value that an earlier question could have left.
fn plausible(field: &FieldDefinition) -> &str {
    match field.kind.as_str() {
        "number" => "3",
        "money" => "900.00",
        "date" => "2026-11-03",
        "time" => "09:00",
        "phone" => "5550100",
        "email" => "a.keller@example.com",
        "address" => "1 Elm Street, Fairview",
        "choice" => field.choices.first().map_or("", String::as_str),
        "yes_no" => "yes",
        _ => "Anna Keller",
    }
}

#[test]
fn every_utterance_of_the_corpus_is_understood() {
    let entries = entries();
    assert!(entries.len() >= 500, "{}", entries.len());
    let missed: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            let heard = entry.turns.iter().cloned().map(Heard::Speech);
            match entry.run(heard, |one, other| one == other) {
                Outcome::Right => None,
                Outcome::AskedAgain(what) | Outcome::ReadBack(what) | Outcome::Wrong(what) => {
                    Some(format!("{}\n    {what}", entry.name()))
                }
            }
        })
        .collect();
    assert!(
        missed.is_empty(),
        "{} of {} missed:\n{}",
        missed.len(),
        entries.len(),
        missed.join("\n")
    );
}
