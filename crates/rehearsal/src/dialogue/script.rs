//! The script: what the session's instructions and tools say about the intake, in the grammar that
//! [`crate::dialogue`] documents. What does not follow the grammar is left out, never guessed.

use super::{SessionView, words::plain};
use jiff::civil::Date;
use serde_json::Value;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ShortText,
    LongText,
    Number,
    Money,
    Date,
    Time,
    Phone,
    Email,
    Address,
    Choice,
    YesNo,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "short_text" => Self::ShortText,
            "long_text" => Self::LongText,
            "number" => Self::Number,
            "money" => Self::Money,
            "date" => Self::Date,
            "time" => Self::Time,
            "phone" => Self::Phone,
            "email" => Self::Email,
            "address" => Self::Address,
            "choice" => Self::Choice,
            "yes_no" => Self::YesNo,
            _ => return None,
        })
    }
}

/// One field to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) read_back: bool,
    pub(super) question: String,
    pub(super) choices: Vec<String>,
}

impl Field {
    /// A field from its line: `key | label | type | required|optional | read_back|no_read_back | question | choices: a; b`.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split('|').map(str::trim);
        let mut next = || parts.next();
        let (key, label, kind, need, back) =
            (next()?, next()?, Kind::parse(next()?)?, next()?, next()?);
        let question = next().unwrap_or_default();
        let choices = next().and_then(|part| part.strip_prefix("choices:"));
        let question = if question.is_empty() {
            format!("What is the {}?", label.to_lowercase())
        } else {
            question.to_owned()
        };
        Some(Self {
            key: key.to_owned(),
            label: label.to_owned(),
            kind,
            required: need == "required",
            read_back: back == "read_back",
            question,
            choices: choices
                .map(|list| {
                    list.split(';')
                        .map(|choice| choice.trim().to_owned())
                        .filter(|choice| !choice.is_empty())
                        .collect()
                })
                .unwrap_or_default(),
        })
    }
}

/// What to do when somebody's words mean an emergency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Emergency {
    pub(super) say: String,
    pub(super) words: Vec<String>,
}

/// A value an earlier session left, or staff set by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) confirmed: bool,
}

impl Known {
    /// `key = value (confirmed)` or `key = value (proposed)`; the value plain or as a JSON string.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (key, rest) = line.trim().trim_start_matches("- ").split_once(" = ")?;
        let (value, state) = rest.trim_end().trim_end_matches('.').rsplit_once(" (")?;
        let confirmed = match state.strip_suffix(')')? {
            "confirmed" | "edited" => true,
            "proposed" => false,
            _ => return None,
        };
        let value = value.trim();
        Some(Self {
            key: key.trim().to_owned(),
            value: serde_json::from_str(value).unwrap_or_else(|_| value.to_owned()),
            confirmed,
        })
    }
}

/// The tools that the session offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tools {
    pub(super) set_field: bool,
    pub(super) finish_intake: bool,
    pub(super) escalate: bool,
    pub(super) end_call: bool,
}

/// Everything the dialogue knows about its task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) opening_line: Option<String>,
    pub(super) rules: Vec<String>,
    pub(super) emergency: Option<Emergency>,
    pub(super) known: Vec<Known>,
    pub(super) today: Option<Date>,
    pub(super) fields: Vec<Field>,
    pub(super) tools: Tools,
}

impl Script {
    /// Reads the session's instructions and tools.
    pub(super) fn read(session: &SessionView<'_>) -> Self {
        let section = |title: &str| section(session.instructions, title);
        let tool = |name: &str| {
            session
                .tools
                .iter()
                .find(|tool| tool.get("name").and_then(Value::as_str) == Some(name))
        };
        Self {
            opening_line: section("Opening line")
                .map(|lines| lines.join(" "))
                .filter(|text| !text.is_empty()),
            rules: section("Rules")
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            emergency: section("Emergency exit").and_then(|lines| emergency(&lines)),
            known: section("Already known")
                .unwrap_or_default()
                .into_iter()
                .filter_map(Known::parse)
                .collect(),
            today: today(session.instructions),
            fields: tool("set_field").map(fields).unwrap_or_default(),
            tools: Tools {
                set_field: tool("set_field").is_some(),
                finish_intake: tool("finish_intake").is_some(),
                escalate: tool("escalate").is_some(),
                end_call: tool("end_call").is_some(),
            },
        }
    }

    pub(super) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The sentence that the rules prescribe for a subject: the `say:` part of a rule that names it.
    pub(super) fn prescribed(&self, subjects: &[&str]) -> Option<&str> {
        self.rules.iter().find_map(|rule| {
            let (condition, sentence) = rule.split_once("say: ")?;
            let condition = condition.to_lowercase();
            subjects
                .iter()
                .any(|subject| condition.contains(subject))
                .then_some(sentence.trim())
        })
    }

    /// The sentence of a rule on a question whose subject the words name: `asks about payment, price or
    /// deductible, say: …`.
    pub(super) fn rule_about(&self, text: &str) -> Option<&str> {
        const SMALL: [&str; 8] = [
            "caller", "patient", "person", "about", "asks", "whether", "which", "their",
        ];
        let said = plain(text);
        self.rules.iter().find_map(|rule| {
            let (condition, sentence) = rule.split_once("say: ")?;
            let condition = plain(condition);
            let asks = condition.iter().any(|word| word.starts_with("ask"));
            let named = condition.iter().any(|word| {
                word.len() > 3
                    && !SMALL.contains(&word.as_str())
                    && said.iter().any(|said| said == word)
            });
            (asks && named).then_some(sentence.trim())
        })
    }

    /// The fields in the order in which they are asked for: required ones first.
    pub(super) fn asking_order(&self) -> impl Iterator<Item = &Field> {
        let of = |required: bool| {
            self.fields
                .iter()
                .filter(move |field| field.required == required)
        };
        of(true).chain(of(false))
    }
}

/// The day of a `# Today` section, in instructions or in a note.
pub(super) fn today(text: &str) -> Option<Date> {
    section(text, "Today")?.first()?.get(..10)?.parse().ok()
}

/// Whether a note says that nobody was heard for a while.
pub(super) fn is_about_silence(text: &str) -> bool {
    section(text, "Silence").is_some()
}

/// The lines of a section that are not empty; `None` when there is no such heading.
fn section<'t>(instructions: &'t str, title: &str) -> Option<Vec<&'t str>> {
    let heading = |line: &str| {
        line.trim()
            .strip_prefix("# ")
            .map(|name| name.trim().to_lowercase())
    };
    let mut lines = instructions
        .lines()
        .skip_while(|line| heading(line).as_deref() != Some(title.to_lowercase().as_str()));
    lines.next()?;
    Some(
        lines
            .take_while(|line| heading(line).is_none())
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect(),
    )
}

fn emergency(lines: &[&str]) -> Option<Emergency> {
    let value = |name: &str| {
        lines
            .iter()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let words = value("words:")?
        .split(';')
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    Some(Emergency {
        say: value("say:")?.to_owned(),
        words,
    })
}

/// The fields that `set_field` takes, in the order of its enum.
fn fields(tool: &Value) -> Vec<Field> {
    let Some(field) = tool.pointer("/parameters/properties/field") else {
        return Vec::new();
    };
    let lines: Vec<Field> = field
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .lines()
        .filter_map(Field::parse)
        .collect();
    let keys = field
        .get("enum")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    keys.iter()
        .filter_map(Value::as_str)
        .filter_map(|key| lines.iter().find(|field| field.key == key).cloned())
        .collect()
}
