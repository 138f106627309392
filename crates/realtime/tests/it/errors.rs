//! Every way a request is refused (realtime reference 1.8, 2.6 and 3.4): what we make of it, what the
//! person is told, and that nothing is sent twice.

use crate::{
    fixtures::{fixture, fixtures},
    stage::{Answer, KEY, configuration, listen, offer, provider},
};
use domain::{ProviderCallId, trouble::ProviderTrouble};
use realtime::{AttachError, CreateCallError, HangupError, HungUp, ProviderKind};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

struct Meaning {
    create: CreateCallError,
    trouble: ProviderTrouble,
    hangup: Result<HungUp, HangupError>,
    attach: AttachError,
}

fn meaning(status: u16, create: CreateCallError, trouble: ProviderTrouble) -> Meaning {
    Meaning {
        create,
        trouble,
        hangup: Err(HangupError::Refused { status }),
        attach: AttachError::Refused(status),
    }
}

fn owned(code: &str) -> Option<String> {
    (!code.is_empty()).then(|| code.to_owned())
}

fn setup(status: u16, code: &str) -> Meaning {
    let code = owned(code);
    meaning(
        status,
        CreateCallError::Refused { status, code },
        ProviderTrouble::Setup,
    )
}

fn key(code: &str) -> Meaning {
    let (status, code) = (401, owned(code));
    meaning(
        status,
        CreateCallError::Key { status, code },
        ProviderTrouble::Key,
    )
}

fn access(status: u16, code: &str) -> Meaning {
    let code = owned(code);
    meaning(
        status,
        CreateCallError::Access { status, code },
        ProviderTrouble::Access,
    )
}

fn failed(status: u16, code: &str) -> Meaning {
    let code = owned(code);
    meaning(
        status,
        CreateCallError::Failed { status, code },
        ProviderTrouble::Failed,
    )
}

fn busy(seconds: Option<u64>) -> Meaning {
    let retry_after = seconds.map(Duration::from_secs);
    meaning(
        429,
        CreateCallError::RateLimited { retry_after },
        ProviderTrouble::Busy,
    )
}

/// There is no such call: for a new link not yet, for one to be hung up no longer.
fn no_call(meaning: Meaning) -> Meaning {
    Meaning {
        hangup: Ok(HungUp::NoSuchCall),
        attach: AttachError::NotFound,
        ..meaning
    }
}

fn meanings() -> BTreeMap<&'static str, Meaning> {
    BTreeMap::from([
        ("307_redirect", setup(307, "")),
        ("400_unknown_parameter", setup(400, "unknown_parameter")),
        (
            "400_missing_required_parameter",
            setup(400, "missing_required_parameter"),
        ),
        ("400_invalid_value", setup(400, "invalid_value")),
        ("400_invalid_type", setup(400, "invalid_type")),
        (
            "400_beta_api_shape_disabled",
            setup(400, "beta_api_shape_disabled"),
        ),
        (
            "400_call_id_not_found",
            no_call(setup(400, "call_id_not_found")),
        ),
        ("401_invalid_api_key", key("invalid_api_key")),
        ("401_azure_needs_a_secret", key("401")),
        ("403_no_permission", access(403, "")),
        // A link that is answered 404 is not there yet, whoever says so; a hang-up has to be sure.
        (
            "404_model_not_found",
            Meaning {
                attach: AttachError::NotFound,
                ..access(404, "model_not_found")
            },
        ),
        (
            "404_call_id_not_found",
            no_call(setup(404, "call_id_not_found")),
        ),
        (
            "404_of_a_proxy",
            Meaning {
                attach: AttachError::NotFound,
                ..setup(404, "")
            },
        ),
        ("409_conflict", failed(409, "")),
        ("415_content_type", setup(415, "unsupported_content_type")),
        ("429_rate_limit_exceeded", busy(Some(7))),
        ("429_without_a_wait", busy(None)),
        (
            "429_insufficient_quota",
            meaning(429, CreateCallError::Quota, ProviderTrouble::Quota),
        ),
        ("500_server_error", failed(500, "server_error")),
        ("502_of_a_proxy", failed(502, "")),
        ("503_overloaded", failed(503, "server_error")),
    ])
}

fn call() -> ProviderCallId {
    ProviderCallId::parse("rtc_u2_Kq7w1ZbN5xRt0LmYc3Vd").unwrap()
}

#[tokio::test]
async fn every_refusal_has_its_meaning_its_sentence_and_one_request() {
    let mut meanings = meanings();
    for (name, refusal) in fixtures("errors") {
        let meaning = meanings
            .remove(name.as_str())
            .unwrap_or_else(|| panic!("{name}"));
        // On Azure it is the minting that is refused: then no call is even asked for.
        for kind in ProviderKind::ALL {
            let (address, log) = listen(vec![Answer::of(&refusal)]).await;
            let provider = provider(kind, &address);
            let error = provider
                .create_call(&offer(), &configuration(&provider), "6f1c")
                .await
                .unwrap_err();
            assert_eq!(error, meaning.create, "{name} {kind:?}");
            assert_eq!(error.trouble(), meaning.trouble, "{name}");
            assert_eq!(log.lock().unwrap().len(), 1, "{name} {kind:?}: asked again");
            assert_eq!(provider.hangup(&call()).await, meaning.hangup, "{name}");
            assert_eq!(
                provider.attach(&call()).await.unwrap_err(),
                meaning.attach,
                "{name}"
            );
            assert_eq!(log.lock().unwrap().len(), 3, "{name} {kind:?}: asked again");
            let shown = format!("{error} {error:?} {:?}", error.code());
            assert!(
                !shown.contains(KEY) && !shown.contains("sentence"),
                "{shown}"
            );
        }
    }
    assert_eq!(
        meanings.keys().collect::<Vec<_>>(),
        [&""; 0],
        "without a fixture"
    );
}

#[tokio::test]
async fn a_refused_offer_after_a_minted_secret_means_the_same() {
    let minted = Answer::new(200, &fixture("replies/minted").to_string());
    for (name, refusal) in fixtures("errors") {
        let (address, log) = listen(vec![minted.clone(), Answer::of(&refusal)]).await;
        let provider = provider(ProviderKind::Azure, &address);
        let error = provider
            .create_call(&offer(), &configuration(&provider), "6f1c")
            .await
            .unwrap_err();
        assert_eq!(error, meanings()[name.as_str()].create, "{name}");
        assert_eq!(log.lock().unwrap().len(), 2, "{name}: asked again");
    }
}

#[tokio::test]
async fn a_secret_that_is_none_is_not_used() {
    let mut no_secret = fixture("replies/minted");
    no_secret["value"] = "sk-something-else".into();
    let mut broken = fixture("replies/minted");
    broken["value"] = "ek_a\r\nx: y".into();
    let missing: Value = serde_json::json!({ "client_secret": { "value": "ek_1" } });
    for reply in [
        no_secret.to_string(),
        broken.to_string(),
        missing.to_string(),
        "<html>".into(),
    ] {
        let (address, log) = listen(vec![Answer::new(200, &reply)]).await;
        let provider = provider(ProviderKind::Azure, &address);
        let error = provider
            .create_call(&offer(), &configuration(&provider), "6f1c")
            .await
            .unwrap_err();
        assert_eq!(error, CreateCallError::BadAnswer, "{reply}");
        assert_eq!(log.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_id_that_is_no_call_id_of_its_kind_is_not_taken_for_one() {
    let uuid = "0b0f1c2d-1111-4222-8333-444455556666";
    for kind in ProviderKind::ALL {
        let made =
            Answer::new(201, "v=0\r\n").with("location", &format!("/v1/realtime/calls/{uuid}"));
        let answers = match kind {
            ProviderKind::Azure => {
                vec![
                    Answer::new(200, &fixture("replies/minted").to_string()),
                    made,
                ]
            }
            _ => vec![made],
        };
        let (address, _) = listen(answers).await;
        let provider = provider(kind, &address);
        let made = provider
            .create_call(&offer(), &configuration(&provider), "6f1c")
            .await
            .map(|created| created.call.as_str().to_owned());
        let expected = match kind {
            ProviderKind::Compatible => Ok(uuid.to_owned()),
            _ => Err(CreateCallError::Uncontrollable),
        };
        assert_eq!(made, expected, "{kind:?}");
    }
    assert_eq!(
        CreateCallError::Uncontrollable.trouble(),
        ProviderTrouble::Unusable
    );
}

#[tokio::test]
async fn a_network_that_refuses_is_told_apart_from_a_provider_that_is_silent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for kind in ProviderKind::ALL {
        let provider = provider(kind, &nobody);
        let error = provider
            .create_call(&offer(), &configuration(&provider), "6f1c")
            .await
            .unwrap_err();
        assert_eq!(error, CreateCallError::Unreachable);
        assert_eq!(error.trouble(), ProviderTrouble::Unreachable);
        assert_eq!(
            provider.hangup(&call()).await,
            Err(HangupError::Unreachable)
        );
        assert_eq!(
            provider.attach(&call()).await.unwrap_err(),
            AttachError::Failed
        );
    }
    // How long the silence lasts is tested where the clock can be moved.
    assert_eq!(CreateCallError::Timeout.trouble(), ProviderTrouble::Silent);
    assert_eq!(
        CreateCallError::BadAnswer.trouble(),
        ProviderTrouble::Unusable
    );
}
