//! A provider that refuses, fails, keeps silent or gives up: what the person is told, what is on
//! record, and that the answers and the intake are safe.

use crate::stage::{Person, Stage, Started, end_reason};
use domain::{IntakeId, trouble::ProviderTrouble};
use rehearsal::{Faults, HttpFault};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Caller, CallerOptions};

async fn ready(stage: &Stage) -> (Person, IntakeId, Caller, Started) {
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let caller = Caller::new(CallerOptions {
        data_channel: false,
        ..CallerOptions::default()
    })
    .await;
    let started = staff.start(&intake, &caller).await;
    stage.must_not_log(&started.secret);
    (staff, intake, caller, started)
}

async fn told(response: Response) -> Value {
    response.json::<Value>().await.unwrap()["error"].clone()
}

async fn until_ended(staff: &Person, intake: &IntakeId) -> String {
    let view = staff
        .until(intake, "ended", |view| end_reason(view).is_some())
        .await;
    assert_eq!(view["status"], "open", "the intake can be gone on with");
    end_reason(&view).unwrap().to_owned()
}

async fn timeline(staff: &Person, intake: &IntakeId) -> String {
    staff
        .ok("intakes/timeline", &json!({ "intake": intake }))
        .await
        .to_string()
}

#[tokio::test]
async fn every_refusal_is_told_in_its_own_words_and_on_record() {
    let bad = StatusCode::BAD_GATEWAY;
    let cases = [
        (400, None, None, bad, ProviderTrouble::Setup),
        (401, None, None, bad, ProviderTrouble::Key),
        (403, None, None, bad, ProviderTrouble::Access),
        (
            404,
            Some("model_not_found"),
            None,
            bad,
            ProviderTrouble::Access,
        ),
        (
            429,
            Some("insufficient_quota"),
            None,
            bad,
            ProviderTrouble::Quota,
        ),
        (500, None, None, bad, ProviderTrouble::Failed),
        (
            429,
            None,
            Some(7),
            StatusCode::SERVICE_UNAVAILABLE,
            ProviderTrouble::Busy,
        ),
        (
            429,
            None,
            None,
            StatusCode::SERVICE_UNAVAILABLE,
            ProviderTrouble::Busy,
        ),
    ];
    let stage = Stage::new().await;
    for (status, code, retry_after, answered, trouble) in cases {
        let (staff, intake, caller, started) = ready(&stage).await;
        // One more than is asked for: nothing is tried again, or it would be used up as well.
        stage.rehearsal.set_faults(Faults {
            create: Some(HttpFault {
                status,
                times: 1,
                code: code.map(str::to_owned),
                retry_after,
            }),
            ..Faults::default()
        });
        let response = staff.post_offer(&started.secret, caller.offer()).await;
        assert_eq!(response.status(), answered, "{status}");
        let wait = response.headers().get("retry-after").cloned();
        assert_eq!(
            wait.map(|wait| wait.to_str().unwrap().to_owned()),
            retry_after.map(|seconds| seconds.to_string())
        );
        let error = told(response).await;
        assert_eq!(error["code"], trouble.as_str(), "{status}");
        assert_eq!(error["message"], trouble.sentence(), "{status}");
        assert_eq!(until_ended(&staff, &intake).await, "provider_failed");
        // A call of a second try would be here: the fault was for one request only.
        assert_eq!(stage.ledger().calls.len(), 0, "{status}: tried again");
        let on_record = timeline(&staff, &intake).await;
        let why = trouble.as_str().trim_start_matches("provider_");
        let line = format!("had trouble with the voice service: {why}");
        assert!(on_record.contains(&line), "{status}: {on_record}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_silent_provider_is_given_up_and_told_as_that() {
    let stage = Stage::new().await;
    let (staff, intake, caller, started) = ready(&stage).await;
    stage.rehearsal.set_faults(Faults {
        create_hangs: true,
        ..Faults::default()
    });
    let posted = staff.post_offer(&started.secret, caller.offer());
    tokio::pin!(posted);
    let response = loop {
        tokio::select! {
            response = &mut posted => break response,
            () = tokio::time::sleep(Duration::from_millis(50)) => stage.hand.advance(Duration::from_secs(4)),
        }
    };
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(
        told(response).await["code"],
        ProviderTrouble::Silent.as_str()
    );
    until_ended(&staff, &intake).await;
    stage.close().await;
}

#[tokio::test]
async fn a_quota_that_is_used_up_in_the_middle_ends_the_call_and_says_why() {
    let stage = Stage::new().await;
    let (staff, intake, caller, started) = ready(&stage).await;
    stage.rehearsal.set_faults(Faults {
        quota_failures: 1,
        ..Faults::default()
    });
    let answer = staff.post_offer(&started.secret, caller.offer()).await;
    let mut live = caller.connect(&answer.text().await.unwrap());
    live.until("hung up", |state| state.closed).await;
    assert_eq!(until_ended(&staff, &intake).await, "provider_failed");
    let on_record = timeline(&staff, &intake).await;
    assert!(
        on_record.contains("voice service: quota (insufficient_quota)"),
        "{on_record}"
    );
    stage.close().await;
}

#[tokio::test]
async fn a_call_whose_first_update_is_refused_never_goes_live() {
    let stage = Stage::new().await;
    let (staff, intake, caller, started) = ready(&stage).await;
    stage.rehearsal.set_faults(Faults {
        refuse_session_updates: 1,
        ..Faults::default()
    });
    let answer = staff.post_offer(&started.secret, caller.offer()).await;
    let mut live = caller.connect(&answer.text().await.unwrap());
    live.until("hung up", |state| state.closed).await;
    assert_eq!(until_ended(&staff, &intake).await, "provider_failed");
    let on_record = timeline(&staff, &intake).await;
    assert!(on_record.contains("voice service: setup"), "{on_record}");
    assert!(!on_record.contains("is live"), "{on_record}");
    stage.close().await;
}

#[tokio::test]
async fn a_call_that_is_not_found_at_first_is_looked_for_again() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    stage.rehearsal.set_faults(Faults {
        link_not_found: 3,
        ..Faults::default()
    });
    // Gives up unless the call goes live.
    let talk = staff.talk("legal").await;
    assert_eq!(stage.ledger().calls[0].links_attached, 1);
    drop(talk);
    stage.close().await;
}

#[tokio::test]
async fn the_providers_own_cap_ends_the_session_as_its_time_being_over() {
    let stage = Stage::new().await;
    let (staff, intake, caller, started) = ready(&stage).await;
    stage.rehearsal.set_faults(Faults {
        max_session_ms: Some(1500),
        ..Faults::default()
    });
    let answer = staff.post_offer(&started.secret, caller.offer()).await;
    let mut live = caller.connect(&answer.text().await.unwrap());
    live.until("hung up", |state| state.closed).await;
    assert_eq!(until_ended(&staff, &intake).await, "deadline");
    stage.close().await;
}
