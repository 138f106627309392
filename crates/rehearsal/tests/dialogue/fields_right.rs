//! How many fields of a whole intake end up right when every answer is spoken and heard: a measurement,
//! `cargo xtask bench fields`. A caller with a plan answers what they are asked, says no to what is
//! read back wrongly and repeats it, three times at most.

use crate::call::Call;
use crate::spoken::prepared_hearing;
use crate::spoken_corpus::same_letters;
use domain::FieldKey;
use domain::workflow::FieldKind;
use rehearsal::dialogue::Heard;
use rehearsal::speech::{Hearing, Voice, VoiceChoice, VoiceKind};
use std::collections::{BTreeMap, BTreeSet};

const VOICES: [&str; 2] = ["slt", "rms"];
/// A conversation that goes on for longer has lost its way.
const MAX_TURNS: usize = 90;
/// So often a caller says no and repeats it; then they let a wrong value stand.
const PATIENCE: usize = 3;
/// Of a long text's words, the share that must have been understood.
const WORDS_RIGHT: f64 = 0.8;

/// What the caller says to each question, and the value that it means.
type Plan = &'static [(&'static str, &'static str, &'static str)];

const PLANS: [(&str, Plan); 3] = [
    (
        "legal-new-client",
        &[
            ("full_name", "My name is Anna Miller.", "Anna Miller"),
            (
                "phone",
                "It is five five five, zero one four three.",
                "5550143",
            ),
            ("safe_to_call", "Yes, it is.", "yes"),
            ("matter_type", "Housing.", "Housing"),
            (
                "summary",
                "My landlord wants to evict me by the end of the month.",
                "My landlord wants to evict me by the end of the month.",
            ),
            (
                "other_party",
                "Northgate Property Management.",
                "Northgate Property Management",
            ),
            ("callback_time", "Tomorrow morning.", "Tomorrow morning."),
            (
                "email",
                "anna dot miller at example dot com",
                "anna.miller@example.com",
            ),
            (
                "incident_date",
                "On October fifth, twenty twenty six.",
                "2026-10-05",
            ),
            (
                "deadline",
                "December fifth, twenty twenty six.",
                "2026-12-05",
            ),
            (
                "related_parties",
                "My husband lives with me.",
                "My husband lives with me.",
            ),
            ("other_lawyer", "No.", "No."),
        ],
    ),
    (
        "insurance-first-notice",
        &[
            ("anyone_hurt", "No, nobody was.", "no"),
            ("full_name", "Robert Young.", "Robert Young"),
            (
                "phone",
                "three one two, five five five, zero one nine nine",
                "3125550199",
            ),
            ("loss_type", "A car accident.", "Car accident"),
            (
                "loss_date",
                "It was on November third, twenty twenty six.",
                "2026-11-03",
            ),
            (
                "loss_address",
                "Forty two Maple Street, Springfield.",
                "42 Maple Street, Springfield",
            ),
            (
                "description",
                "Another car hit mine from behind at the traffic light.",
                "Another car hit mine from behind at the traffic light.",
            ),
            ("still_usable", "No, it is not.", "no"),
            ("injuries", "Skip.", ""),
            (
                "policy_number",
                "M V, two zero four, five one eight.",
                "MV204518",
            ),
            ("loss_time", "Half past five in the afternoon.", "17:30"),
            (
                "estimated_damage",
                "About four thousand dollars.",
                "4000.00",
            ),
        ],
    ),
    (
        "clinic-pre-visit",
        &[
            ("full_name", "My name is Robert Miller.", "Robert Miller"),
            ("birth_date", "March third, nineteen eighty.", "1980-03-03"),
            ("phone", "five five five, zero one, four two.", "5550142"),
            ("new_patient", "No, it is not.", "no"),
            (
                "reason",
                "I have had a cough for some time.",
                "I have had a cough for some time.",
            ),
            ("since_when", "For about two weeks.", "For about two weeks."),
            ("pain_level", "Three.", "3"),
            (
                "medicines",
                "I take one tablet every morning.",
                "I take one tablet every morning.",
            ),
            (
                "allergies",
                "I am allergic to penicillin.",
                "I am allergic to penicillin.",
            ),
            ("interpreter", "No, thank you.", "no"),
            ("visit_kind", "By video.", "By video"),
        ],
    ),
];

/// How the fields of one conversation came out.
#[derive(Default)]
struct Result {
    right: usize,
    /// Right in the end, after it was read back wrongly or asked again.
    right_later: usize,
    wrong: Vec<String>,
    turns: usize,
}

#[tokio::test]
#[ignore = "a measurement of minutes: cargo xtask bench fields"]
async fn fields_right_by_voice() {
    let hearing = prepared_hearing()
        .await
        .expect("a speech model, and the feature `hearing`");
    println!(
        "| workflow | voice | fields | right at once | right after read-back or asking again | wrong | turns |"
    );
    println!("|---|---|---|---|---|---|---|");
    let (mut fields, mut at_once, mut in_the_end) = (0, 0, 0);
    for (workflow, plan) in PLANS {
        for name in VOICES {
            let voice = Voice::detect(VoiceChoice::Flite(name.to_owned())).await;
            assert_eq!(voice.describe(), VoiceKind::Flite, "flite is not installed");
            let result = converse(workflow, plan, &voice, &hearing).await;
            let Result {
                right,
                right_later,
                wrong,
                turns,
            } = result;
            println!(
                "| {workflow} | {name} | {} | {right} | {right_later} | {} | {turns} |",
                plan.len(),
                wrong.len()
            );
            for line in wrong {
                println!("  wrong: {line}");
            }
            fields += plan.len();
            at_once += right;
            in_the_end += right + right_later;
        }
    }
    let percent = |count: usize| count as f64 * 100.0 / fields as f64;
    println!(
        "\n{fields} fields: {:.0} % right at once, {:.0} % in the end",
        percent(at_once),
        percent(in_the_end)
    );
}

async fn converse(workflow: &str, plan: Plan, voice: &Voice, hearing: &Hearing) -> Result {
    let mut call = Call::of(workflow);
    call.instructions.push_str("\n# Today\n2026-11-21\n");
    call.respond();
    let mut caller = CallerWithPlan::new(&call, plan);
    let mut turns = 0;
    while turns < MAX_TURNS
        && let Some(words) = caller.answer(&call)
    {
        turns += 1;
        let pcm = voice.speak(words).await.unwrap().unwrap();
        let heard = hearing.transcribe(&pcm).await.unwrap();
        if let Heard::Speech(text) | Heard::Doubtful(text) = &heard
            && !same_letters(words, text)
        {
            println!("  {words:?} was heard as {heard:?}");
        }
        call.dialogue.on_user(heard);
        call.respond();
    }
    caller.result(&call, turns)
}

struct CallerWithPlan {
    plan: Plan,
    questions: BTreeMap<&'static str, String>,
    asked: &'static str,
    asked_before: BTreeSet<&'static str>,
    again: BTreeSet<&'static str>,
    /// How often in a row they said no to what was read back.
    refused: usize,
}

impl CallerWithPlan {
    fn new(call: &Call, plan: Plan) -> Self {
        let question = |key| {
            let field = call.definition.field(&FieldKey::parse(key).unwrap());
            field
                .unwrap_or_else(|| panic!("no field {key}"))
                .question
                .clone()
        };
        Self {
            plan,
            questions: plan.iter().map(|(key, ..)| (*key, question(key))).collect(),
            asked: plan[0].0,
            asked_before: BTreeSet::new(),
            again: BTreeSet::new(),
            refused: 0,
        }
    }

    /// What the caller says now; nothing when it is over.
    fn answer(&mut self, call: &Call) -> Option<&'static str> {
        let said = &call.said;
        if said.contains("Goodbye.") || said.contains("will take over") {
            return None;
        }
        if said.contains("Is that right?") {
            let unsure: Vec<_> = call.form.iter().filter(|(_, (_, sure))| !sure).collect();
            let all_right = unsure
                .iter()
                .all(|(key, (value, _))| self.is_right(call, key, value));
            if !all_right {
                let wrong = unsure.iter().filter_map(|(key, _)| self.planned(key));
                let wrong: Vec<_> = wrong.map(|(key, ..)| *key).collect();
                self.again.extend(wrong);
                self.refused += 1;
            } else {
                self.refused = 0;
            }
            let gives_up = self.refused > PATIENCE;
            if gives_up {
                self.refused = 0;
            }
            return Some(if gives_up || (all_right && !unsure.is_empty()) {
                "Yes."
            } else {
                "No."
            });
        }
        let asked = self
            .questions
            .iter()
            .find(|(_, question)| said.contains(question.trim_end_matches('.')));
        if let Some((key, _)) = asked {
            self.asked = key;
        }
        if !self.asked_before.insert(self.asked) {
            self.again.insert(self.asked);
        }
        self.planned(self.asked).map(|(_, words, _)| *words)
    }

    fn planned(&self, key: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
        self.plan.iter().find(|(planned, ..)| *planned == key)
    }

    fn is_right(&self, call: &Call, key: &str, value: &str) -> bool {
        let Some((_, _, expected)) = self.planned(key) else {
            return false;
        };
        if expected.is_empty() || value.is_empty() {
            return *expected == value;
        }
        let kind = call
            .definition
            .field(&FieldKey::parse(key).unwrap())
            .unwrap()
            .kind;
        match kind {
            FieldKind::LongText => share_of_words(expected, value) >= WORDS_RIGHT,
            _ => same_letters(expected, value),
        }
    }

    fn result(&self, call: &Call, turns: usize) -> Result {
        let mut result = Result {
            turns,
            ..Result::default()
        };
        for (key, _, expected) in self.plan {
            let value = call.form.get(*key).map_or("", |(value, _)| value.as_str());
            if !self.is_right(call, key, value) {
                result
                    .wrong
                    .push(format!("{key}: {value:?} instead of {expected:?}"));
            } else if self.again.contains(key) {
                result.right_later += 1;
            } else {
                result.right += 1;
            }
        }
        result
    }
}

fn share_of_words(expected: &str, heard: &str) -> f64 {
    let words = |text: &str| -> Vec<String> {
        let plain = text
            .to_lowercase()
            .replace(|c: char| !c.is_alphanumeric(), " ");
        plain.split_whitespace().map(str::to_owned).collect()
    };
    let (expected, heard) = (words(expected), words(heard));
    let understood = expected.iter().filter(|word| heard.contains(word)).count();
    understood as f64 / expected.len().max(1) as f64
}

#[test]
fn the_plans_name_every_field_of_their_workflows() {
    for (workflow, plan) in PLANS {
        let call = Call::of(workflow);
        let fields: BTreeSet<_> = call
            .definition
            .fields()
            .map(|field| field.key.as_str())
            .collect();
        let planned: BTreeSet<_> = plan.iter().map(|(key, ..)| *key).collect();
        assert_eq!(fields, planned, "{workflow}");
    }
}
