//! What a session may contain, as a table, and the walk that checks a given value against it.

use super::SessionConfig;
use crate::wire::Refusal;
use serde_json::Value;

/// What one value must be.
enum Rule {
    Text,
    Flag,
    /// A number between two bounds.
    Number(f64, f64),
    /// A whole number between two bounds.
    Whole(i64, i64),
    OneOf(&'static [&'static str]),
    /// An object with exactly these fields.
    Fields(&'static [Field]),
    /// An object whose `type` decides its fields.
    Tagged(&'static [(&'static str, &'static [Field])]),
    /// Any object.
    Anything,
    List(&'static Rule),
    OrNull(&'static Rule),
    Either(&'static [Rule]),
}

struct Field {
    name: &'static str,
    rule: Rule,
    required: bool,
}

const fn may(name: &'static str, rule: Rule) -> Field {
    Field {
        name,
        rule,
        required: false,
    }
}

const fn must(name: &'static str, rule: Rule) -> Field {
    Field {
        name,
        rule,
        required: true,
    }
}

const SESSION: Rule = Rule::Fields(&[
    must("type", Rule::OneOf(&["realtime"])),
    may("model", Rule::Text),
    may("output_modalities", MODALITIES),
    may("instructions", Rule::Text),
    may(
        "audio",
        Rule::Fields(&[may("input", AUDIO_INPUT), may("output", AUDIO_OUTPUT)]),
    ),
    may(
        "include",
        Rule::OrNull(&Rule::List(&Rule::OneOf(&[
            "item.input_audio_transcription.logprobs",
        ]))),
    ),
    may(
        "tracing",
        Rule::OrNull(&Rule::Either(&[Rule::OneOf(&["auto"]), TRACING])),
    ),
    may("tools", TOOLS),
    may("tool_choice", TOOL_CHOICE),
    may("parallel_tool_calls", Rule::Flag),
    may("reasoning", REASONING),
    may("max_output_tokens", MAX_OUTPUT_TOKENS),
    may(
        "truncation",
        Rule::Either(&[Rule::OneOf(&["auto", "disabled"]), RETENTION]),
    ),
    may("prompt", Rule::OrNull(&Rule::Anything)),
]);

/// The overrides of one `response.create`.
const RESPONSE: Rule = Rule::Fields(&[
    may("output_modalities", MODALITIES),
    may("instructions", Rule::Text),
    may(
        "audio",
        Rule::Fields(&[may(
            "output",
            Rule::Fields(&[may("format", FORMAT), may("voice", VOICE)]),
        )]),
    ),
    may("tools", TOOLS),
    may("tool_choice", TOOL_CHOICE),
    may("parallel_tool_calls", Rule::Flag),
    may("reasoning", REASONING),
    may("max_output_tokens", MAX_OUTPUT_TOKENS),
    may("conversation", Rule::OneOf(&["auto", "none"])),
    may("metadata", Rule::OrNull(&Rule::Anything)),
    may("input", Rule::List(&Rule::Anything)),
    may("prompt", Rule::OrNull(&Rule::Anything)),
]);

const MODALITIES: Rule = Rule::List(&Rule::OneOf(&["audio", "text"]));
const MAX_OUTPUT_TOKENS: Rule = Rule::Either(&[Rule::OneOf(&["inf"]), Rule::Whole(1, 4096)]);
const REASONING: Rule = Rule::Fields(&[may(
    "effort",
    Rule::OneOf(&["minimal", "low", "medium", "high", "xhigh"]),
)]);

const AUDIO_INPUT: Rule = Rule::Fields(&[
    may("format", FORMAT),
    may(
        "noise_reduction",
        Rule::OrNull(&Rule::Fields(&[must(
            "type",
            Rule::OneOf(&["near_field", "far_field"]),
        )])),
    ),
    may("transcription", Rule::OrNull(&Rule::Fields(TRANSCRIPTION))),
    may(
        "turn_detection",
        Rule::OrNull(&Rule::Tagged(&[
            ("server_vad", SERVER_VAD),
            ("semantic_vad", SEMANTIC_VAD),
        ])),
    ),
]);

const AUDIO_OUTPUT: Rule = Rule::Fields(&[
    may("format", FORMAT),
    may("voice", VOICE),
    may("speed", Rule::Number(0.25, 1.5)),
]);

const FORMAT: Rule = Rule::Tagged(&[
    (
        "audio/pcm",
        &[
            must("type", Rule::Text),
            may("rate", Rule::Whole(24_000, 24_000)),
        ],
    ),
    ("audio/pcmu", &[must("type", Rule::Text)]),
    ("audio/pcma", &[must("type", Rule::Text)]),
]);

const VOICE: Rule = Rule::Either(&[
    Rule::OneOf(&[
        "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar",
    ]),
    Rule::Fields(&[must("id", Rule::Text)]),
]);

const TRANSCRIPTION: &[Field] = &[
    must("model", Rule::Text),
    may("language", Rule::OrNull(&Rule::Text)),
    may("languages", Rule::OrNull(&Rule::List(&Rule::Text))),
    may("keywords", Rule::OrNull(&Rule::List(&Rule::Text))),
    may("prompt", Rule::OrNull(&Rule::Text)),
    may(
        "delay",
        Rule::OrNull(&Rule::OneOf(&["minimal", "low", "medium", "high", "xhigh"])),
    ),
];

const SERVER_VAD: &[Field] = &[
    must("type", Rule::Text),
    may("threshold", Rule::Number(0.0, 1.0)),
    may("prefix_padding_ms", Rule::Whole(0, 5_000)),
    may("silence_duration_ms", Rule::Whole(0, 10_000)),
    may("idle_timeout_ms", Rule::OrNull(&Rule::Whole(5_000, 30_000))),
    may("create_response", Rule::Flag),
    may("interrupt_response", Rule::Flag),
];

const SEMANTIC_VAD: &[Field] = &[
    must("type", Rule::Text),
    may("eagerness", Rule::OneOf(&["low", "medium", "high", "auto"])),
    may("create_response", Rule::Flag),
    may("interrupt_response", Rule::Flag),
];

const TRACING: Rule = Rule::Fields(&[
    may("workflow_name", Rule::Text),
    may("group_id", Rule::Text),
    may("metadata", Rule::Anything),
]);

const RETENTION: Rule = Rule::Fields(&[
    must("type", Rule::OneOf(&["retention_ratio"])),
    must("retention_ratio", Rule::Number(0.0, 1.0)),
    may(
        "token_limits",
        Rule::Fields(&[may("post_instructions", Rule::Whole(0, i64::MAX))]),
    ),
]);

const TOOLS: Rule = Rule::List(&Rule::Tagged(&[(
    "function",
    &[
        must("type", Rule::Text),
        must("name", Rule::Text),
        may("description", Rule::Text),
        may("parameters", Rule::Anything),
    ],
)]));

const TOOL_CHOICE: Rule = Rule::Either(&[
    Rule::OneOf(&["auto", "none", "required"]),
    Rule::Fields(&[
        must("type", Rule::OneOf(&["function"])),
        must("name", Rule::Text),
    ]),
]);

/// Checks the `session` object of a request or an update.
pub(super) fn check_session(given: &Value, path: &str) -> Result<(), Refusal> {
    check(&SESSION, given, path)?;
    check_modalities(given, path)
}

/// Checks the `response` object of a `response.create`.
pub(crate) fn check_response(given: &Value) -> Result<(), Refusal> {
    check(&RESPONSE, given, "response")?;
    check_modalities(given, "response")
}

fn check_modalities(given: &Value, path: &str) -> Result<(), Refusal> {
    match given.get("output_modalities").and_then(Value::as_array) {
        Some(modalities) if modalities.len() != 1 => Err(Refusal::of(
            "invalid_value",
            &format!("{path}.output_modalities"),
            "Invalid modalities. Supported combinations are: ['text'] and ['audio'].",
        )),
        _ => Ok(()),
    }
}

/// Refuses options that the chosen models do not have. The real provider then drops the whole
/// update, which is the trap this exists for.
pub(super) fn check_model_options(config: &SessionConfig) -> Result<(), Refusal> {
    if config.0.contains_key("reasoning") && !config.model().starts_with("gpt-realtime-2") {
        return Err(Refusal::of(
            "invalid_value",
            "session.reasoning",
            "The 'reasoning' parameter is not supported for this model.",
        ));
    }
    let Some(transcription) = config
        .at("/audio/input/transcription")
        .and_then(Value::as_object)
    else {
        return Ok(());
    };
    let unsupported: &[&str] = match config.transcription_model().unwrap_or_default() {
        "gpt-realtime-whisper" => &["prompt", "languages", "keywords"],
        "gpt-live-transcribe" => &["language"],
        "gpt-transcribe" => &["language", "delay"],
        "gpt-4o-transcribe-diarize" => &["prompt", "languages", "keywords", "delay"],
        "whisper-1" => &["languages", "keywords", "delay"],
        model
            if model.starts_with("gpt-4o-transcribe")
                || model.starts_with("gpt-4o-mini-transcribe") =>
        {
            &["languages", "keywords", "delay"]
        }
        // A model that is newer than this table may have any of them.
        _ => &[],
    };
    for option in unsupported {
        if transcription
            .get(*option)
            .is_some_and(|value| !value.is_null())
        {
            return Err(Refusal::of(
                "invalid_value",
                &format!("session.audio.input.transcription.{option}"),
                format!("The '{option}' parameter is not supported for this model."),
            ));
        }
    }
    Ok(())
}

fn check(rule: &Rule, given: &Value, path: &str) -> Result<(), Refusal> {
    let wrong = |expected| Err(Refusal::wrong_type(path, expected, given));
    match rule {
        Rule::Text => given.as_str().map_or_else(|| wrong("a string"), |_| Ok(())),
        Rule::Flag => given
            .as_bool()
            .map_or_else(|| wrong("a boolean"), |_| Ok(())),
        Rule::Anything => given
            .as_object()
            .map_or_else(|| wrong("an object"), |_| Ok(())),
        Rule::Number(low, high) => match given.as_f64() {
            None => wrong("a number"),
            Some(number) if (*low..=*high).contains(&number) => Ok(()),
            Some(number) => Err(out_of_bounds(path, number, low, high)),
        },
        Rule::Whole(low, high) => match given.as_i64() {
            None => wrong("an integer"),
            Some(number) if (*low..=*high).contains(&number) => Ok(()),
            Some(number) => Err(out_of_bounds(path, number, low, high)),
        },
        Rule::OneOf(values) => match given.as_str() {
            None => wrong("a string"),
            Some(text) if values.contains(&text) => Ok(()),
            Some(text) => Err(Refusal::unsupported_value(path, text, values)),
        },
        Rule::Fields(fields) => check_fields(fields, given, path),
        Rule::Tagged(kinds) => {
            let at = format!("{path}.type");
            if !given.is_object() {
                return wrong("an object");
            }
            let Some(tag) = given.get("type") else {
                return Err(Refusal::missing_parameter(&at));
            };
            let Some(tag) = tag.as_str() else {
                return Err(Refusal::wrong_type(&at, "a string", tag));
            };
            match kinds.iter().find(|(name, _)| *name == tag) {
                Some((_, fields)) => check_fields(fields, given, path),
                None => {
                    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
                    Err(Refusal::unsupported_value(&at, tag, &names))
                }
            }
        }
        Rule::List(rule) => match given.as_array() {
            None => wrong("an array"),
            Some(list) => list
                .iter()
                .enumerate()
                .try_for_each(|(at, value)| check(rule, value, &format!("{path}[{at}]"))),
        },
        Rule::OrNull(rule) => {
            if given.is_null() {
                Ok(())
            } else {
                check(rule, given, path)
            }
        }
        Rule::Either(rules) => check_either(rules, given, path),
    }
}

fn check_fields(fields: &[Field], given: &Value, path: &str) -> Result<(), Refusal> {
    let Some(object) = given.as_object() else {
        return Err(Refusal::wrong_type(path, "an object", given));
    };
    for field in fields.iter().filter(|field| field.required) {
        if !object.contains_key(field.name) {
            return Err(Refusal::missing_parameter(&format!(
                "{path}.{}",
                field.name
            )));
        }
    }
    for (name, value) in object {
        let here = format!("{path}.{name}");
        match fields.iter().find(|field| field.name == name) {
            Some(field) => check(&field.rule, value, &here)?,
            None => return Err(Refusal::unknown_parameter(&here)),
        }
    }
    Ok(())
}

/// Reports the most telling failure: that of the alternative with the right JSON type.
fn check_either(rules: &[Rule], given: &Value, path: &str) -> Result<(), Refusal> {
    let mut reported = None;
    for rule in rules {
        match check(rule, given, path) {
            Ok(()) => return Ok(()),
            Err(refusal) if reported.is_none() || refusal.code != "invalid_type" => {
                reported = Some(refusal)
            }
            Err(_) => {}
        }
    }
    reported.map_or(Ok(()), Err)
}

fn out_of_bounds<N: std::fmt::Display>(path: &str, number: N, low: &N, high: &N) -> Refusal {
    Refusal::of(
        "invalid_value",
        path,
        format!("Invalid '{path}': {number} is not between {low} and {high}."),
    )
}
