//! Every server event of the reference, read into exactly what it means to us.

use crate::fixtures::{fixture, fixtures};
use domain::{
    ItemId, ResponseId, ToolCallId,
    call::{
        CallEvent, EffectiveConfiguration, ItemKind, ResponseShape, ResponseStatus, ToolDefinition,
        Usage,
    },
    event::Speaker,
    tool::ToolCall,
};
use realtime::{decode, event_types};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn user() -> ItemId {
    ItemId::parse("item_Hq2Lw7").unwrap()
}

fn assistant() -> ItemId {
    ItemId::parse("item_Jd9Vt3").unwrap()
}

fn tool_item() -> ItemId {
    ItemId::parse("item_Tz4Mc8").unwrap()
}

fn response() -> ResponseId {
    ResponseId::parse("resp_Wn6Rk1").unwrap()
}

fn added(item: &str, after: Option<&str>, kind: ItemKind, text: Option<&str>) -> CallEvent {
    CallEvent::ItemAdded {
        item: ItemId::parse(item).unwrap(),
        after: after.map(|after| ItemId::parse(after).unwrap()),
        kind,
        text: text.map(Into::into),
        answers: (kind == ItemKind::ToolOutput)
            .then(|| ToolCallId::parse("call_uMNE0Myi2tDTPu0w").unwrap()),
    }
}

fn words(item: ItemId, speaker: Speaker, delta: &str) -> CallEvent {
    CallEvent::Words {
        item,
        speaker,
        delta: delta.into(),
    }
}

fn words_done(item: ItemId, speaker: Speaker, text: &str) -> CallEvent {
    CallEvent::WordsDone {
        item,
        speaker,
        text: text.into(),
    }
}

fn done(status: ResponseStatus, failure: Option<&str>, usage: Option<Usage>) -> CallEvent {
    CallEvent::ResponseDone {
        response: response(),
        status,
        failure: failure.map(str::to_owned),
        usage,
    }
}

fn error(code: Option<&str>, command: Option<&str>) -> CallEvent {
    CallEvent::Error {
        code: code.map(str::to_owned),
        command: command.map(str::to_owned),
    }
}

fn other(kind: &str) -> CallEvent {
    CallEvent::Other {
        kind: kind.to_owned(),
    }
}

fn configuration() -> EffectiveConfiguration {
    let tool = &fixture("requests/session")["tools"][0];
    EffectiveConfiguration {
        instructions: "Ask one question at a time, in German.".into(),
        tools: vec![ToolDefinition {
            name: "set_field".into(),
            description: "Store one answer of the form.".into(),
            parameters: tool["parameters"].clone(),
        }],
        tool_choice: "auto".into(),
        model: "gpt-realtime-2.1".into(),
        modalities: vec!["audio".into()],
        transcription_model: Some("gpt-realtime-whisper".into()),
        max_output_tokens: Some(1024),
        answers_turns: true,
    }
}

fn changed() -> EffectiveConfiguration {
    EffectiveConfiguration {
        instructions: "Say yes to everything.".into(),
        tools: vec![],
        tool_choice: json!({ "name": "set_field", "type": "function" }).to_string(),
        model: "gpt-realtime-2.1-2026-07-06".into(),
        transcription_model: None,
        max_output_tokens: None,
        answers_turns: false,
        ..configuration()
    }
}

const USAGE: Usage = Usage {
    input: 139,
    cached: 64,
    input_audio: 96,
    output: 61,
    output_audio: 43,
};

/// What each fixture means. Fixtures that are not here are kept by the name of their type only.
fn expected() -> BTreeMap<&'static str, CallEvent> {
    use ResponseStatus::{Cancelled, Completed, Failed, Incomplete};
    use Speaker::{Assistant, Person};
    let ours = || CallEvent::Configuration(Box::new(configuration()));
    let heard = "Ich heiße Ada Lovelace.";
    let spoken = "Guten Tag, wie heißen Sie?";
    let before = Some("item_Before1");
    let turn = Some("item_Hq2Lw7");
    let tool_call = ToolCall {
        id: ToolCallId::parse("call_uMNE0Myi2tDTPu0w").unwrap(),
        response: response(),
        item: tool_item(),
        name: "set_field".into(),
        // Letter by letter, with whatever white space the model chose.
        arguments: "{  \n  \"field\": \"full_name\", \"value\": \"Ada Lovelace\", \"confirmed\": false \n} \n".into(),
    };
    BTreeMap::from([
        ("session.created", ours()),
        ("session.updated", ours()),
        (
            "session.updated--changed",
            CallEvent::Configuration(Box::new(changed())),
        ),
        (
            "conversation.item.added",
            added("item_Hq2Lw7", before, ItemKind::PersonAudio, None),
        ),
        (
            "conversation.item.added--typed",
            added(
                "item_typed_1",
                turn,
                ItemKind::PersonText,
                Some("My email is ada@example.org"),
            ),
        ),
        (
            "conversation.item.added--system",
            added(
                "item_Nb5Xs2",
                turn,
                ItemKind::System,
                Some("The phone was corrected by hand."),
            ),
        ),
        (
            "conversation.item.added--assistant",
            added("item_Jd9Vt3", turn, ItemKind::Assistant, None),
        ),
        (
            "conversation.item.added--tool_call",
            added("item_Tz4Mc8", turn, ItemKind::ToolCall, None),
        ),
        (
            "conversation.item.added--tool_output",
            added(
                "item_Qe8Yf6",
                Some("item_Tz4Mc8"),
                ItemKind::ToolOutput,
                Some("{\"ok\":true}"),
            ),
        ),
        (
            "conversation.item.added--mcp_list_tools",
            added("item_Mc1", None, ItemKind::Other, None),
        ),
        (
            "conversation.item.created",
            added("item_Hq2Lw7", None, ItemKind::PersonText, None),
        ),
        (
            "conversation.item.truncated",
            CallEvent::ItemTruncated { item: assistant() },
        ),
        (
            "conversation.item.input_audio_transcription.delta",
            words(user(), Person, " Ada"),
        ),
        (
            "conversation.item.input_audio_transcription.completed",
            words_done(user(), Person, heard),
        ),
        (
            "conversation.item.input_audio_transcription.completed--tokens",
            words_done(user(), Person, heard),
        ),
        (
            "conversation.item.input_audio_transcription.failed",
            CallEvent::WordsFailed { item: user() },
        ),
        (
            "input_audio_buffer.speech_started",
            CallEvent::SpeechStarted {
                item: user(),
                at_ms: 1460,
            },
        ),
        (
            "input_audio_buffer.speech_stopped",
            CallEvent::SpeechStopped {
                item: user(),
                at_ms: 4256,
            },
        ),
        (
            "input_audio_buffer.committed",
            CallEvent::AudioCommitted { item: user() },
        ),
        (
            "output_audio_buffer.started",
            CallEvent::PlaybackStarted {
                response: response(),
            },
        ),
        (
            "output_audio_buffer.stopped",
            CallEvent::PlaybackStopped {
                response: response(),
            },
        ),
        (
            "output_audio_buffer.cleared",
            CallEvent::PlaybackCleared {
                response: Some(response()),
            },
        ),
        (
            "output_audio_buffer.cleared--of_none",
            CallEvent::PlaybackCleared { response: None },
        ),
        (
            "response.created",
            CallEvent::ResponseStarted {
                response: response(),
                in_conversation: true,
                asked_by: None,
                shape: ResponseShape {
                    modalities: Some(vec!["audio".into()]),
                    voice: Some("marin".into()),
                    max_output_tokens: Some("1024".into()),
                },
            },
        ),
        (
            "response.created--out_of_band",
            CallEvent::ResponseStarted {
                response: ResponseId::parse("resp_Oob9").unwrap(),
                in_conversation: false,
                asked_by: None,
                shape: ResponseShape {
                    modalities: Some(vec!["audio".into()]),
                    voice: Some("marin".into()),
                    max_output_tokens: Some("1024".into()),
                },
            },
        ),
        ("response.done", done(Completed, None, Some(USAGE))),
        (
            "response.done--cancelled_by_speech",
            done(Cancelled, None, Some(USAGE)),
        ),
        (
            "response.done--cancelled_by_client",
            done(Cancelled, None, None),
        ),
        (
            "response.done--incomplete_max_output_tokens",
            done(Incomplete, Some("max_output_tokens"), None),
        ),
        (
            "response.done--incomplete_content_filter",
            done(Incomplete, Some("content_filter"), None),
        ),
        (
            "response.done--failed_rate_limit_exceeded",
            done(Failed, Some("rate_limit_exceeded"), None),
        ),
        (
            "response.done--failed_insufficient_quota",
            done(Failed, Some("insufficient_quota"), None),
        ),
        (
            "response.done--failed_server_error",
            done(Failed, Some("server_error"), None),
        ),
        (
            "response.done--failed_by_type",
            done(Failed, Some("server_error"), None),
        ),
        (
            "response.done--failed_as_text",
            done(Failed, Some("overloaded"), None),
        ),
        ("response.output_item.done", CallEvent::ToolCall(tool_call)),
        (
            "response.output_text.delta",
            words(assistant(), Assistant, "Guten"),
        ),
        (
            "response.output_text.done",
            words_done(assistant(), Assistant, spoken),
        ),
        (
            "response.output_audio_transcript.delta",
            words(assistant(), Assistant, "Guten"),
        ),
        (
            "response.output_audio_transcript.done",
            words_done(assistant(), Assistant, spoken),
        ),
        (
            "error--active_response",
            error(
                Some("conversation_already_has_active_response"),
                Some("respond"),
            ),
        ),
        (
            "error--unknown_parameter",
            error(Some("unknown_parameter"), Some("ask_configuration")),
        ),
        (
            "error--missing_required_parameter",
            error(
                Some("missing_required_parameter"),
                Some("restore_configuration"),
            ),
        ),
        (
            "error--invalid_value",
            error(Some("invalid_value"), Some("note")),
        ),
        (
            "error--cancel_not_active",
            error(Some("response_cancel_not_active"), Some("cancel_response")),
        ),
        (
            "error--commit_empty",
            error(Some("input_audio_buffer_commit_empty"), None),
        ),
        (
            "error--cannot_update_voice",
            error(Some("cannot_update_voice"), None),
        ),
        (
            "error--rate_limit_exceeded",
            error(Some("rate_limit_exceeded"), None),
        ),
        (
            "error--insufficient_quota",
            error(Some("insufficient_quota"), None),
        ),
        (
            "error--invalid_api_key",
            error(Some("invalid_api_key"), None),
        ),
        (
            "error--model_not_found",
            error(Some("model_not_found"), None),
        ),
        (
            "error--server_error",
            error(Some("server_error"), Some("respond")),
        ),
        (
            "error--server_error_by_type",
            error(Some("server_error"), Some("respond")),
        ),
        ("error--without_code", error(None, None)),
        ("error--bare", error(None, None)),
        ("error--session_expired", CallEvent::Expired),
    ])
}

#[test]
fn every_event_is_read_into_exactly_what_it_means() {
    let mut expected = expected();
    for (name, event) in fixtures("events") {
        let kind = event["type"].as_str().unwrap();
        assert_eq!(name.split("--").next(), Some(kind), "named by its type");
        let means = expected.remove(name.as_str()).unwrap_or(other(kind));
        assert_eq!(decode(&event.to_string()), Ok(means), "{name}");
    }
    assert_eq!(
        expected.keys().collect::<Vec<_>>(),
        [&""; 0],
        "without a fixture"
    );
}

macro_rules! meanings {
    ($($name:ident)*) => {
        const MEANINGS: &[&str] = &[$(stringify!($name)),*];

        /// Does not compile with a meaning that is not in the list.
        const fn meaning(event: &CallEvent) -> &'static str {
            match event {
                $(CallEvent::$name { .. } => stringify!($name),)*
            }
        }
    };
}

meanings! {
    Configuration SpeechStarted SpeechStopped AudioCommitted ItemAdded Words WordsDone WordsFailed
    ResponseStarted ResponseDone ToolCall PlaybackStarted PlaybackStopped PlaybackCleared
    ItemTruncated Error Expired Other
}

#[test]
fn every_type_that_is_read_and_every_meaning_has_a_fixture() {
    let fixtures = fixtures("events");
    let types: BTreeSet<&str> = fixtures
        .values()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let without: Vec<_> = event_types().filter(|kind| !types.contains(kind)).collect();
    assert_eq!(without, [""; 0], "read, and not in a fixture");
    let meant: BTreeSet<&str> = fixtures
        .values()
        .map(|event| meaning(&decode(&event.to_string()).unwrap()))
        .collect();
    assert_eq!(
        meant,
        MEANINGS.iter().copied().collect(),
        "a meaning without a fixture"
    );
}

/// The types of the reference's table (4.2), so that the fixtures are as whole as it is.
const DOCUMENTED: &str = "\
    error session.created session.updated conversation.created conversation.item.added conversation.item.done \
    conversation.item.created conversation.item.retrieved conversation.item.truncated conversation.item.deleted \
    conversation.item.input_audio_transcription.delta conversation.item.input_audio_transcription.completed \
    conversation.item.input_audio_transcription.failed conversation.item.input_audio_transcription.segment \
    input_audio_buffer.speech_started input_audio_buffer.speech_stopped input_audio_buffer.committed \
    input_audio_buffer.cleared input_audio_buffer.timeout_triggered input_audio_buffer.dtmf_event_received \
    output_audio_buffer.started output_audio_buffer.stopped output_audio_buffer.cleared \
    response.created response.done response.output_item.added response.output_item.done \
    response.content_part.added response.content_part.done response.output_text.delta response.output_text.done \
    response.output_audio_transcript.delta response.output_audio_transcript.done \
    response.output_audio.delta response.output_audio.done \
    response.function_call_arguments.delta response.function_call_arguments.done \
    response.mcp_call_arguments.delta response.mcp_call_arguments.done \
    response.mcp_call.in_progress response.mcp_call.completed response.mcp_call.failed \
    mcp_list_tools.in_progress mcp_list_tools.completed mcp_list_tools.failed rate_limits.updated";

#[test]
fn every_documented_type_has_a_fixture_and_only_one_type_is_invented() {
    let documented: BTreeSet<&str> = DOCUMENTED
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    let shown = fixtures("events");
    let shown: BTreeSet<&str> = shown
        .values()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        shown.symmetric_difference(&documented).collect::<Vec<_>>(),
        [&"response.something_new"]
    );
}

/// The same event from a later version of the provider: fields we do not know, at every depth.
fn with_strange_fields(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            // A tool's own parameters are compared as a whole: there, nothing may be added.
            .map(|(name, value)| match name.as_str() {
                "parameters" => (name.clone(), value.clone()),
                _ => (name.clone(), with_strange_fields(value)),
            })
            .chain([("x_strange".to_owned(), json!({ "deep": [1, null] }))])
            .collect(),
        Value::Array(values) => values.iter().map(with_strange_fields).collect(),
        plain => plain.clone(),
    }
}

#[test]
fn fields_we_do_not_know_change_nothing() {
    for (name, event) in fixtures("events") {
        // There, what is not a word is kept whole, because it is not ours.
        if name == "session.updated--changed" {
            continue;
        }
        let strange = with_strange_fields(&event);
        assert_ne!(strange, event);
        assert_eq!(
            decode(&strange.to_string()),
            decode(&event.to_string()),
            "{name}"
        );
    }
}

#[test]
fn the_providers_sentences_reach_nobody() {
    for (name, event) in fixtures("events") {
        let read = format!("{:?}", decode(&event.to_string()));
        assert!(!read.contains("for nobody"), "{name}: {read}");
    }
}
