//! The check of a provider: a strong one passes, each weakness is found by the question it belongs to,
//! nothing is left running, and the result decides whether sealed workflows can run.

use crate::{
    crash::World,
    stage::{Stage, sealed},
};
use domain::{
    provider_check::{ProviderCheck, Question, Verdict, needs},
    workflow::ConnectionMode,
};
use rehearsal::{Faults, HttpFault, LedgerReport, LocationFault};
use serde_json::{Value, json};
use service::check_provider::{CheckProviderError, check_provider};
use std::{collections::BTreeMap, process::Output, time::Duration};
use tokio::process::Command;

use Question as Q;
use Verdict::{Enforced, NotEnforced, Unclear};

/// What the rehearsal does when nothing is wrong. Like the real provider it lets a client change the
/// session, and a secret make many calls.
fn strong(question: Question) -> Verdict {
    match question {
        Q::ChangesRefused | Q::SecretOnce => NotEnforced,
        Q::CallId
        | Q::ControlLink
        | Q::SealedOffers
        | Q::Hangup
        | Q::Usage
        | Q::ChangesShown
        | Q::ItemsShown
        | Q::ErrorsApart
        | Q::SecretLife
        | Q::SecretCallByKey
        | Q::SecretCallBySecret => Enforced,
    }
}

async fn check_with(stage: &Stage, faults: Faults) -> ProviderCheck {
    stage.rehearsal.set_faults(faults);
    let begun = std::time::Instant::now();
    let check = check_provider(&stage.service).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60));
    stage.rehearsal.set_faults(Faults::default());
    // What the callers' goodbyes end, at the latest.
    stage.until_no_call_runs().await;
    check
}

/// Expects the strong one's answers but for these.
fn expect(check: &ProviderCheck, but: &[(Question, Verdict)]) {
    let found: BTreeMap<_, _> = Q::ALL.map(|q| (q, check.verdict(q))).into();
    let mut expected: BTreeMap<_, _> = Q::ALL.map(|q| (q, strong(q))).into();
    expected.extend(but.iter().copied());
    assert_eq!(found, expected, "{:#?}", check.findings);
    let asked: Vec<_> = check
        .findings
        .iter()
        .map(|finding| finding.question)
        .collect();
    assert_eq!(asked, Q::ALL, "each is answered once");
    for finding in &check.findings {
        let seen = &finding.seen;
        assert!(
            seen.ends_with('.') && seen.starts_with(char::is_uppercase),
            "{seen}"
        );
        for secret in ["ek_", "rtc_", "sk-", "127.0.0.1"] {
            assert!(!seen.contains(secret), "{seen}");
        }
    }
}

#[tokio::test]
async fn a_strong_provider_has_what_every_mode_needs_and_the_result_is_kept() {
    let stage = Stage::new().await;
    let check = check_with(&stage, Faults::default()).await;
    expect(&check, &[]);
    for mode in [ConnectionMode::Sealed, ConnectionMode::Brokered] {
        assert_eq!(check.lacks(mode), [], "{mode:?}");
    }
    let ledger = stage.ledger();
    assert_eq!(ledger.calls.len(), 4);
    assert_eq!(
        ledger
            .calls
            .iter()
            .filter(|call| !call.data_channel)
            .count(),
        1
    );
    assert_eq!(
        ledger
            .calls
            .iter()
            .map(|call| call.usage.responses)
            .sum::<u64>(),
        1
    );

    let store = stage.store().await;
    let kept = store
        .meta("provider_check/rehearsal")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(serde_json::from_str::<ProviderCheck>(&kept).unwrap(), check);
    store.close().await;
    stage.close().await;
}

#[tokio::test]
async fn each_weakness_is_found_by_its_own_question() {
    let stage = Stage::new().await;
    let weak = |faults: Faults, but: &'static [(Question, Verdict)]| (faults, but);
    let cases = [
        weak(
            Faults {
                sealed_offers_refused: true,
                ..Faults::default()
            },
            &[(Q::SealedOffers, NotEnforced)],
        ),
        weak(
            Faults {
                updates_unseen: true,
                ..Faults::default()
            },
            &[(Q::ChangesShown, NotEnforced)],
        ),
        weak(
            Faults {
                items_unseen: true,
                ..Faults::default()
            },
            &[(Q::ItemsShown, NotEnforced)],
        ),
        weak(
            Faults {
                usage_missing: true,
                ..Faults::default()
            },
            &[(Q::Usage, NotEnforced)],
        ),
        weak(
            Faults {
                quota_failures: 1,
                ..Faults::default()
            },
            &[(Q::Usage, Unclear)],
        ),
        weak(
            Faults {
                refuse_session_updates: 1,
                ..Faults::default()
            },
            &[(Q::ChangesRefused, Enforced)],
        ),
        weak(
            Faults {
                location: Some(LocationFault::Absolute),
                ..Faults::default()
            },
            &[],
        ),
    ];
    for (faults, but) in cases {
        expect(&check_with(&stage, faults).await, but);
    }
    stage.close().await;
}

#[tokio::test]
async fn a_hang_up_in_words_only_is_found_out() {
    let stage = Stage::with(&["--rehearsal-connect-seconds=3"]).await;
    let check = check_with(
        &stage,
        Faults {
            hangups_ignored: true,
            ..Faults::default()
        },
    )
    .await;
    expect(&check, &[(Q::Hangup, NotEnforced)]);
    stage.close().await;
}

#[tokio::test]
async fn a_secrets_call_that_the_key_does_not_control_is_found_out() {
    let stage = Stage::new().await;
    let check = check_with(
        &stage,
        Faults {
            secret_calls_refuse_key: true,
            ..Faults::default()
        },
    )
    .await;
    expect(&check, &[(Q::SecretCallByKey, NotEnforced)]);
    stage.close().await;
}

#[tokio::test]
async fn where_nothing_can_be_found_out_what_was_known_stays() {
    let stage = Stage::new().await;
    let known = check_with(&stage, Faults::default()).await;
    let refusal = || {
        Some(HttpFault {
            status: 401,
            times: 100,
            code: None,
            retry_after: None,
        })
    };
    let check = check_with(
        &stage,
        Faults {
            create: refusal(),
            mint: refusal(),
            ..Faults::default()
        },
    )
    .await;
    expect(&check, &Q::ALL.map(|question| (question, Unclear)));
    let store = stage.store().await;
    let kept = store
        .meta("provider_check/rehearsal")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(serde_json::from_str::<ProviderCheck>(&kept).unwrap(), known);
    store.close().await;
    stage.close().await;
}

#[tokio::test]
async fn a_call_whose_id_is_not_told_is_found_out_and_left() {
    let stage = Stage::with(&["--rehearsal-connect-seconds=3"]).await;
    let check = check_with(
        &stage,
        Faults {
            location: Some(LocationFault::Missing),
            ..Faults::default()
        },
    )
    .await;
    assert_eq!(check.verdict(Q::CallId), NotEnforced);
    for question in needs(ConnectionMode::Sealed) {
        assert_ne!(check.verdict(*question), Enforced, "{question:?}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_check_that_is_interrupted_hangs_up_what_it_made() {
    let stage = Stage::new().await;
    let checking = check_provider(&stage.service);
    let stopping = async {
        // In the middle of a call.
        let attached =
            |ledger: &LedgerReport| ledger.calls.iter().any(|call| call.links_attached > 0);
        stage.until_ledger("attached", attached).await;
        stage.service.tasks().stop(crate::stage::PATIENCE).await
    };
    let (checked, stopped) = tokio::join!(checking, stopping);
    assert!(matches!(checked, Err(CheckProviderError::Interrupted)));
    assert!(stopped);
    stage.until_no_call_runs().await;
    let store = stage.store().await;
    assert_eq!(store.meta("provider_check/rehearsal").await.unwrap(), None);
    store.close().await;
    stage.close().await;
}

/// Runs the program against the provider of a world.
async fn command(world: &World, more: &[&str]) -> Output {
    let own = ["provider", "check", "--data-dir=data", "--key-file=key"];
    Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(own)
        .args(world.provider_flags())
        .args(more)
        .current_dir(world.folder())
        .output()
        .await
        .unwrap()
}

#[tokio::test]
async fn sealed_workflows_run_once_a_check_has_seen_that_they_can() {
    let world = World::new().await;
    let flags = world.provider_flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let start = async || {
        let server = world.server_with(&flags).await;
        let staff = world.staff(&server).await;
        let intake = staff.open("legal").await;
        let caller = sealed().await;
        let request = crate::stage::Person::start_request(&intake, caller.fingerprint(), "k1");
        let (_, answer) = staff.call("sessions/start", &request).await;
        server.kill().await;
        answer
    };
    assert!(
        start().await["session_id"].is_null(),
        "not known to be possible"
    );

    let unasked = command(&world, &[]).await;
    assert_eq!(unasked.status.code(), Some(1));
    let said = String::from_utf8_lossy(&unasked.stderr).into_owned();
    assert!(said.contains("--yes") && said.contains("bill"), "{said}");
    assert_eq!(
        world.ledger().await["calls"],
        json!([]),
        "nothing was called"
    );

    let asked = command(&world, &["--yes", "--json"]).await;
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert_eq!(asked.status.code(), Some(0), "{said}");
    let result: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(result["default_mode"], "sealed");
    assert_eq!(result["lacking"], json!([]));
    assert_eq!(result["findings"].as_array().unwrap().len(), Q::ALL.len());
    assert!(
        start().await["session_id"].is_string(),
        "seen to be possible"
    );

    // What the operator says stands above what was seen.
    let server = world
        .server_with(&[flags.as_slice(), &["--provider-sealed=false"]].concat())
        .await;
    let staff = world.staff(&server).await;
    let intake = staff.open("legal").await;
    let caller = sealed().await;
    let request = crate::stage::Person::start_request(&intake, caller.fingerprint(), "k2");
    let (_, answer) = staff.call("sessions/start", &request).await;
    assert!(answer["session_id"].is_null(), "{answer}");
    server.kill().await;
}

#[tokio::test]
async fn the_command_says_in_words_what_the_default_mode_lacks() {
    let world = World::new().await;
    world
        .faults(&json!({ "sealed_offers_refused": true }))
        .await;
    let brokered = command(&world, &["--yes"]).await;
    let said = String::from_utf8_lossy(&brokered.stdout).into_owned();
    assert_eq!(brokered.status.code(), Some(0), "{said}");
    assert!(
        said.contains("The default mode with this provider is brokered."),
        "{said}"
    );
    assert!(said.contains("may bill them"), "{said}");

    let sealed = command(&world, &["--yes", "--provider-sealed"]).await;
    assert_eq!(sealed.status.code(), Some(1));
    let said = String::from_utf8_lossy(&sealed.stderr).into_owned();
    assert!(said.contains(Q::SealedOffers.asked()), "{said}");
}
