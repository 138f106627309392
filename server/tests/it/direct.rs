//! Direct mode: the browser makes the call itself, with a secret of the provider's. What it says of
//! the call is believed once the call shows it.

use crate::stage::{PATIENCE, Person, Stage, Started, end_reason};
use domain::IntakeId;
use rehearsal::Faults;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Caller, CallerOptions, LiveCaller};

const DIRECT: [&str; 1] = ["--demo-connection=direct"];

pub(crate) struct Dialled {
    pub(crate) intake: IntakeId,
    pub(crate) started: Started,
    pub(crate) call: String,
    pub(crate) caller: LiveCaller,
}

/// Starts a direct session and makes its call, as the page does; what is named is up to the test.
pub(crate) async fn dial(staff: &Person, intake: IntakeId) -> Dialled {
    let caller = with_channel().await;
    let started = staff.start(&intake, &caller).await;
    let (call, answer) = post(&started, caller.offer()).await;
    Dialled {
        intake,
        started,
        call,
        caller: caller.connect(&answer),
    }
}

pub(crate) async fn with_channel() -> Caller {
    Caller::new(CallerOptions {
        data_channel: true,
        ..CallerOptions::default()
    })
    .await
}

/// Posts an offer to the provider itself; the call's id and the answer.
pub(crate) async fn post(started: &Started, offer: &str) -> (String, String) {
    let browser = Client::builder().no_proxy().build().unwrap();
    let answer = browser
        .post(&started.calls_url)
        .bearer_auth(&started.secret)
        .header("content-type", "application/sdp")
        .body(offer.to_owned())
        .timeout(PATIENCE)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let call = place.rsplit('/').next().unwrap().to_owned();
    (call, answer.text().await.unwrap())
}

impl Person {
    pub(crate) async fn names(&self, started: &Started, call: &str) -> (StatusCode, Value) {
        let request = json!({ "session": started.session, "call": call });
        self.call("sessions/report_call", &request).await
    }

    /// How many incidents of a kind are on an intake's record.
    pub(crate) async fn incidents(&self, intake: &IntakeId) -> usize {
        let timeline = self
            .ok("intakes/timeline", &json!({ "intake": intake }))
            .await;
        let told = |entry: &&Value| {
            entry["what"]
                .as_str()
                .unwrap()
                .starts_with("worked against the session")
        };
        timeline.as_array().unwrap().iter().filter(told).count()
    }
}

#[tokio::test]
async fn a_call_that_the_page_makes_itself_is_controlled_once_it_is_named() {
    let stage = Stage::with(&DIRECT).await;
    let staff = stage.person("staff").await;
    let intake = staff.open("clinic").await;
    let mut talk = dial(&staff, intake).await;
    assert!(talk.started.secret.starts_with("ek_"));
    assert!(talk.started.calls_url.starts_with("http://127.0.0.1:"));
    stage.must_not_log(&talk.started.secret);
    talk.caller
        .until("connected", |state| state.connected)
        .await;
    let ledger = stage.ledger();
    let call = &ledger.calls[0];
    assert_eq!(
        (call.authorization, call.links_attached),
        ("secret", 0),
        "nobody controls it yet"
    );
    assert!(call.safety_identifier.is_some());
    let (status, body) = staff.names(&talk.started, &talk.call).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    staff
        .until(&talk.intake, "live", |view| {
            view["sessions"][0]["state"] == "live"
        })
        .await;
    // Named twice, as a page does that did not hear the answer.
    assert_eq!(
        staff.names(&talk.started, &talk.call).await.0,
        StatusCode::OK
    );
    talk.caller.event_of("response.done").await;
    let typed = json!({ "session": talk.started.session, "text": "Ada Lovelace" });
    staff.ok("sessions/type_turn", &typed).await;
    staff
        .until(&talk.intake, "filled", |view| {
            view["sections"][0]["fields"][0]["value"] == "Ada Lovelace"
        })
        .await;
    let stop = json!({ "session": talk.started.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    talk.caller.until("hung up", |state| state.closed).await;
    assert_eq!(staff.incidents(&talk.intake).await, 0);
    stage.close().await;
}

#[tokio::test]
async fn where_only_the_secret_controls_the_call_it_is_used() {
    let stage = Stage::with(&DIRECT).await;
    let staff = stage.person("staff").await;
    stage.rehearsal.set_faults(Faults {
        secret_calls_refuse_key: true,
        ..Faults::default()
    });
    let intake = staff.open("clinic").await;
    let talk = dial(&staff, intake).await;
    staff.names(&talk.started, &talk.call).await;
    staff
        .until(&talk.intake, "live", |view| {
            view["sessions"][0]["state"] == "live"
        })
        .await;
    stage.close().await;
}

#[tokio::test]
async fn a_call_that_is_never_named_ends_the_session_and_is_flagged() {
    let stage = Stage::with(&DIRECT).await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let talk = dial(&staff, intake).await;
    stage.hand.advance(Duration::from_secs(18));
    let beat = json!({ "session": talk.started.session });
    staff.ok("sessions/heartbeat", &beat).await;
    stage.hand.advance(Duration::from_secs(18));
    let view = staff
        .until(&talk.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("control_lost"));
    assert_eq!(staff.incidents(&talk.intake).await, 1);
    // Named too late, it is refused.
    let (status, _) = staff.names(&talk.started, &talk.call).await;
    assert_eq!(status, StatusCode::CONFLICT);
    talk.caller.hang_up().await;
    stage.close().await;
}

#[tokio::test]
async fn a_forged_a_malformed_or_a_foreign_call_is_refused() {
    let stage = Stage::with(&DIRECT).await;
    let (staff, other) = (
        stage.person("staff").await,
        stage.person("supervisor").await,
    );
    let mine = dial(&staff, staff.open("legal").await).await;
    for malformed in ["", "rtc_", "call_1", "rtc_a/hangup", "rtc_a?x", "../rtc_a"] {
        let (status, _) = staff.names(&mine.started, malformed).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{malformed}");
    }
    // Nobody else names it, and another's call is not taken.
    let (status, _) = other.names(&mine.started, &mine.call).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        staff.names(&mine.started, &mine.call).await.0,
        StatusCode::OK
    );
    staff
        .until(&mine.intake, "live", |view| {
            view["sessions"][0]["state"] == "live"
        })
        .await;
    let theirs = dial(&other, other.open("legal").await).await;
    let (status, body) = other.names(&theirs.started, &mine.call).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("foreign_call"))
    );
    let view = other.read(&theirs.intake).await;
    assert_eq!(end_reason(&view), Some("tampered"));
    assert_eq!(other.incidents(&theirs.intake).await, 1);
    let view = staff.read(&mine.intake).await;
    assert_eq!(end_reason(&view), None, "the other one goes on");
    theirs.caller.hang_up().await;
    // A second call on one secret ends the session that it is named for.
    let again = with_channel().await;
    let (second, answer) = post(&mine.started, again.offer()).await;
    let mut again = again.connect(&answer);
    again.until("connected", |state| state.connected).await;
    let (status, _) = staff.names(&mine.started, &second).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let view = staff.read(&mine.intake).await;
    assert_eq!(end_reason(&view), Some("tampered"));
    again.until("hung up", |state| state.closed).await;
    // One that does not exist is never under control.
    let forged = dial(&staff, staff.open("legal").await).await;
    assert_eq!(
        staff.names(&forged.started, "rtc_none").await.0,
        StatusCode::OK
    );
    stage.hand.advance(Duration::from_secs(16));
    let view = staff
        .until(&forged.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("control_lost"));
    assert_eq!(staff.incidents(&forged.intake).await, 1);
    forged.caller.hang_up().await;
    stage.close().await;
}

#[tokio::test]
async fn a_call_of_another_configuration_is_told_nothing_and_hung_up() {
    let stage = Stage::with(&DIRECT).await;
    let (staff, other) = (
        stage.person("staff").await,
        stage.person("supervisor").await,
    );
    // Two sessions of ours, and each page names the other's call: the tags do not fit.
    let mine = dial(&staff, staff.open("legal").await).await;
    let mut theirs = dial(&other, other.open("legal").await).await;
    theirs
        .caller
        .until("connected", |state| state.connected)
        .await;
    assert_eq!(
        staff.names(&mine.started, &theirs.call).await.0,
        StatusCode::OK,
        "nobody can know yet"
    );
    let view = staff
        .until(&mine.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("tampered"));
    assert_eq!(staff.incidents(&mine.intake).await, 1);
    let ledger = stage.ledger();
    let call = ledger
        .calls
        .iter()
        .find(|call| call.id == theirs.call)
        .unwrap();
    let received = |event: &str| call.events_received.get(event).copied().unwrap_or_default();
    assert_eq!(
        (
            received("conversation.item.create"),
            received("response.create")
        ),
        (0, 0),
        "it was told nothing"
    );
    mine.caller.hang_up().await;
    theirs.caller.until("hung up", |state| state.closed).await;
    stage.close().await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_minted_ends_the_session_in_words() {
    let stage = Stage::with(&DIRECT).await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    stage.rehearsal.set_faults(Faults {
        mint: Some(rehearsal::HttpFault {
            status: 429,
            times: 1,
            code: None,
            retry_after: None,
        }),
        ..Faults::default()
    });
    let request = Person::start_request(&intake, with_channel().await.fingerprint(), "k1");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    let view = staff.read(&intake).await;
    assert_eq!(end_reason(&view), Some("provider_failed"));
    stage.close().await;
}

#[tokio::test]
async fn a_call_that_is_not_known_yet_is_hung_up_again_until_it_can_come_up_no_more() {
    let stage = Stage::with(&DIRECT).await;
    let store = stage.store().await;
    let staff = stage.person("staff").await;
    let forged = dial(&staff, staff.open("legal").await).await;
    staff.names(&forged.started, "rtc_none").await;
    let stop = json!({ "session": forged.started.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    let asked = |times: u64| {
        let stage = &stage;
        async move {
            while stage.ledger().requests_to("hangup") < times {
                tokio::time::sleep(Duration::from_millis(10)).await;
                stage.hand.advance(Duration::from_secs(1));
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked(2)).await.unwrap();
    let pending = async || store.pending_hangups().await.unwrap().len();
    assert_eq!(pending().await, 1, "it may still come up");
    stage.hand.advance(Duration::from_secs(180));
    let over = async {
        while pending().await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.unwrap();
    forged.caller.hang_up().await;
    stage.close().await;
}

#[tokio::test]
async fn the_providers_secret_is_none_of_ours() {
    let stage = Stage::with(&DIRECT).await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let caller = with_channel().await;
    let started = staff.start(&intake, &caller).await;
    let posted = staff.post_offer(&started.secret, caller.offer()).await;
    assert_eq!(posted.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stage.ledger().calls.len(), 0);
    stage.close().await;
}
