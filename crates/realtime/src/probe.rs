//! What only a check of the provider does and looks at: the product itself never takes these roads.

use crate::{
    ControlLink, Provider, command,
    event::{Fields, whole},
    provider::{CREATE_TIMEOUT, CreateCallError, CreatedCall},
};
use domain::{
    Private,
    call::{CallCommand, CallEvent, LinkEnd},
    sdp::SdpOffer,
};
use serde_json::Value;

/// An event, and how it told what a response used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The event, as the product reads it.
    pub event: CallEvent,
    /// What is wrong with the usage, when the event is one that must tell it.
    pub usage: Option<Result<(), UsageProblem>>,
}

/// What is wrong with the usage that a response tells (realtime reference 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsageProblem {
    /// There is none.
    #[error("no usage is told")]
    Missing,
    /// A number is missing.
    #[error("`{0}` is not told")]
    Number(&'static str),
    /// `input_tokens` is not text, audio and image together.
    #[error("the input tokens are not the sum of their parts")]
    Input,
    /// More was cached than read.
    #[error("more tokens are told as cached than as read")]
    Cached,
    /// `output_tokens` is not text and audio together, with or without those of reasoning.
    #[error("the output tokens are not the sum of their parts")]
    Output,
    /// `total_tokens` is not input and output together.
    #[error("the total is not the sum of input and output")]
    Total,
}

impl Provider {
    /// Makes a call as a browser in direct mode does: the offer alone, with a secret. One attempt.
    ///
    /// # Errors
    /// When there is no call, or one that cannot be used.
    pub async fn create_with_secret(
        &self,
        offer: &SdpOffer,
        secret: &Private<String>,
    ) -> Result<CreatedCall, CreateCallError> {
        let deadline = self.clock().now() + CREATE_TIMEOUT;
        self.offer_by(deadline, offer, secret).await
    }
}

impl CreatedCall {
    /// Whether the answer has an open data channel.
    #[must_use]
    pub fn has_data_channel(&self) -> bool {
        let port = |line: &str| {
            let media = line.strip_prefix("m=application ")?;
            Some(media.split(' ').next() != Some("0"))
        };
        self.answer.lines().any(|line| port(line) == Some(true))
    }
}

impl ControlLink {
    /// The next event, with a closer look at what it tells of usage. Cancel safe.
    ///
    /// # Errors
    /// When the link is over, and how.
    pub async fn witness(&mut self) -> Result<Witnessed, LinkEnd> {
        loop {
            let frame = self.frame().await?;
            if let Some(event) = self.read(&frame) {
                let usage = match event {
                    CallEvent::ResponseDone { .. } => Some(usage(&frame)),
                    _ => None,
                };
                return Ok(Witnessed { event, usage });
            }
        }
    }
}

/// Whether an event is the error that answers that very command: one of ours on the control link, or
/// one that [`encode`](crate::encode) wrote for a caller on the caller's own channel.
#[must_use]
pub fn answers(event: &CallEvent, command: &CallCommand) -> bool {
    match event {
        CallEvent::Error {
            command: Some(name),
            ..
        } => *name == command::name(command),
        _ => false,
    }
}

/// Whether a `response.done` tells what was used, and the numbers add up.
fn usage(frame: &str) -> Result<(), UsageProblem> {
    let event: Value = serde_json::from_str(frame).map_err(|_| UsageProblem::Missing)?;
    let usage = event
        .pointer("/response/usage")
        .and_then(Value::as_object)
        .map(Fields)
        .ok_or(UsageProblem::Missing)?;
    let number = |name| usage.number(name).map_err(|_| UsageProblem::Number(name));
    let part = |path: &str| usage_part(&event, path);
    let (input, output) = (number("input_tokens")?, number("output_tokens")?);
    let cached =
        part("input_token_details/cached_tokens").ok_or(UsageProblem::Number("cached_tokens"))?;
    let sum = |details: &str, kinds: &[&str]| {
        kinds
            .iter()
            .filter_map(|kind| part(&format!("{details}/{kind}_tokens")))
            .fold(0_u64, u64::saturating_add)
    };
    let written = sum("output_token_details", &["text", "audio"]);
    let reasoned = sum("output_token_details", &["reasoning"]);
    if sum("input_token_details", &["text", "audio", "image"]) != input {
        Err(UsageProblem::Input)
    } else if cached > input {
        Err(UsageProblem::Cached)
    } else if written != output && written.saturating_add(reasoned) != output {
        Err(UsageProblem::Output)
    } else if number("total_tokens")? != input.saturating_add(output) {
        Err(UsageProblem::Total)
    } else {
        Ok(())
    }
}

fn usage_part(event: &Value, path: &str) -> Option<u64> {
    event
        .pointer(&format!("/response/usage/{path}"))
        .and_then(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(change: impl FnOnce(&mut Value), expected: Result<(), UsageProblem>) {
        let mut event = json!({ "type": "response.done", "response": { "usage": {
            "total_tokens": 1_110, "input_tokens": 1_000, "output_tokens": 110,
            "input_token_details": {
                "text_tokens": 700, "audio_tokens": 290, "image_tokens": 10, "cached_tokens": 640 },
            "output_token_details": { "text_tokens": 30, "audio_tokens": 80 },
        } } });
        change(&mut event);
        assert_eq!(usage(&event.to_string()), expected, "{event}");
    }

    #[test]
    fn usage_is_told_only_when_every_number_is_there_and_adds_up() {
        use UsageProblem as P;
        let set = |path: &'static str, value: Value| {
            move |event: &mut Value| {
                let (above, name) = path.rsplit_once('/').unwrap();
                let above = event.pointer_mut(above).unwrap();
                above.as_object_mut().unwrap().insert(name.into(), value);
            }
        };
        check(|_| {}, Ok(()));
        check(set("/response/usage", Value::Null), Err(P::Missing));
        check(|event| *event = json!([]), Err(P::Missing));
        check(
            set("/response/usage/input_tokens", Value::Null),
            Err(P::Number("input_tokens")),
        );
        check(
            set("/response/usage/total_tokens", json!("many")),
            Err(P::Number("total_tokens")),
        );
        check(
            set("/response/usage/input_token_details", Value::Null),
            Err(P::Number("cached_tokens")),
        );
        check(
            set("/response/usage/input_token_details/text_tokens", json!(1)),
            Err(P::Input),
        );
        check(
            set(
                "/response/usage/input_token_details/cached_tokens",
                json!(1_001),
            ),
            Err(P::Cached),
        );
        check(
            set(
                "/response/usage/output_token_details/audio_tokens",
                json!(1),
            ),
            Err(P::Output),
        );
        check(set("/response/usage/total_tokens", json!(1)), Err(P::Total));
    }

    #[test]
    fn an_error_answers_the_command_it_names_and_no_other() {
        let delete = |item: &str| CallCommand::DeleteItem {
            item: item.parse().unwrap(),
        };
        let error = |command: Option<&str>| CallEvent::Error {
            code: None,
            command: command.map(str::to_owned),
        };
        let of_a = error(Some("delete_item.item_a"));
        assert!(answers(&of_a, &delete("item_a")));
        assert!(!answers(&of_a, &delete("item_b")));
        assert!(!answers(&error(None), &delete("item_a")));
        assert!(!answers(
            &error(Some("m4rk.delete_item.item_a")),
            &delete("item_a")
        ));
    }

    #[test]
    fn tokens_of_reasoning_may_be_part_of_the_text_or_beside_it() {
        for (text, reasoning) in [(30, 20), (10, 20)] {
            check(
                |event| {
                    event["response"]["usage"]["output_token_details"] = json!({
                        "text_tokens": text, "audio_tokens": 80, "reasoning_tokens": reasoning });
                },
                Ok(()),
            );
        }
    }

    #[test]
    fn a_data_channel_is_one_that_is_answered_and_open() {
        use domain::ProviderCallId;
        for (section, expected) in [
            ("", false),
            ("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", true),
            (
                "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n",
                false,
            ),
        ] {
            let created = CreatedCall {
                call: ProviderCallId::parse("rtc_1").unwrap(),
                answer: format!("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{section}"),
                model: None,
                location: crate::LocationForm::Relative,
            };
            assert_eq!(created.has_data_channel(), expected, "{section}");
        }
    }
}
