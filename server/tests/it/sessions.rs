//! Sessions from start to their one end reason.

use crate::{
    stage::{Person, Stage, end_reason, sealed},
    stream::Events,
};
use rehearsal::Faults;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use testkit::babble::babble;

#[tokio::test]
async fn a_whole_intake_is_asked_filled_read_back_finished_and_hung_up() {
    whole_intake(Stage::new().await).await;
}

#[tokio::test]
async fn a_whole_intake_on_postgresql() {
    let Some(database) = testkit::database::TestDatabase::postgres().await else {
        return;
    };
    let url = format!("--database-url={}", database.url());
    whole_intake(Stage::with(&[&url]).await).await;
}

async fn whole_intake(stage: Stage) {
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("clinic").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    stage.must_not_log("Maria Gonzalez");
    stage.must_not_log("behind the knee");
    let answers = |question: &str| -> &'static str {
        let question = question.to_lowercase();
        let known = [
            ("right?", "yes"),
            ("correct?", "yes"),
            ("full name", "Maria Gonzalez"),
            ("date of birth", "1990-05-17"),
            ("phone number", "555 014 2397"),
            ("first visit", "yes"),
            ("been to", "yes"),
            ("bring", "an ache behind the knee"),
            ("reason", "an ache behind the knee"),
            ("how long", "two weeks"),
            ("since when", "two weeks"),
            ("when did", "two weeks"),
            ("pain", "4"),
            ("medicine", "none"),
            ("allerg", "none"),
            ("interpreter", "no"),
        ];
        known
            .iter()
            .find(|(word, _)| question.contains(word))
            .map_or("skip", |(_, answer)| answer)
    };
    for _ in 0..40 {
        let frame = events
            .until(|frame| {
                let assistant = &frame["event"];
                let asked = assistant["speaker"] == "assistant" && assistant["done"] == true;
                (asked && assistant["text"].as_str().unwrap().contains('?'))
                    || assistant["kind"] == "outcome"
            })
            .await;
        if frame["event"]["kind"] == "outcome" {
            break;
        }
        let text = frame["event"]["text"].as_str().unwrap();
        let question = text
            .trim_end_matches('?')
            .rsplit(['.', '!', '?'])
            .next()
            .unwrap()
            .to_owned()
            + "?";
        let request = json!({ "session": talk.session, "text": answers(&question) });
        staff.ok("sessions/type_turn", &request).await;
    }
    let view = staff.read(&talk.intake).await;
    assert_eq!(view["status"], "complete", "{}", view["readiness"]);
    talk.caller.until("hung up", |state| state.closed).await;
    let view = staff
        .until(&talk.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("finished"));
    let name = staff.field(&talk.intake, "full_name").await;
    assert_eq!(
        (&name["value"], &name["state"], &name["set_by"]),
        (
            &json!("Maria Gonzalez"),
            &json!("confirmed"),
            &json!("Assistant")
        )
    );
    stage.close().await;
}

#[tokio::test]
async fn a_spoken_answer_is_heard_and_filled_with_its_time_in_the_call() {
    let stage = Stage::with(&["--rehearsal-voice=bundled"]).await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("clinic").await;
    stage.must_not_log("Maria Gonzalez");
    stage.rehearsal.will_hear(["Maria Gonzalez"]).await;
    talk.caller
        .until("greeted aloud", |state| {
            state.heard > Duration::from_secs(1) && state.quiet > Duration::from_millis(600)
        })
        .await;
    talk.caller.say(&babble(Duration::from_millis(1200)));
    staff
        .until(&talk.intake, "filled", |view| {
            view["sections"][0]["fields"][0]["value"] == "Maria Gonzalez"
        })
        .await;
    let evidence = &staff.field(&talk.intake, "full_name").await["evidence"];
    let (start, end) = (
        evidence["start_ms"].as_u64().unwrap(),
        evidence["end_ms"].as_u64().unwrap(),
    );
    assert_eq!(evidence["origin"], "spoken");
    assert!(end > start + 500, "{evidence}");
    stage.close().await;
}

#[tokio::test]
async fn a_second_conversation_at_once_is_refused_and_an_ended_one_frees_the_place() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("legal").await;
    let other = staff.open("clinic").await;
    let caller = sealed().await;
    let request = Person::start_request(&other, caller.fingerprint(), "k1");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{body}");
    staff
        .ok(
            "sessions/end",
            &json!({ "session": talk.session, "leaving": "stop" }),
        )
        .await;
    staff.talk_on(other).await;
    stage.close().await;
}

#[tokio::test]
async fn the_eleventh_start_in_a_quarter_of_an_hour_is_refused_with_the_time_to_wait() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let fingerprint = vec!["AB"; 32].join(":");
    for i in 0..10 {
        let (status, body) = staff
            .call(
                "sessions/start",
                &Person::start_request(&intake, &fingerprint, &format!("k{i}")),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{i}: {body}");
    }
    let response = staff
        .raw(
            "sessions/start",
            &json!({ "request": Person::start_request(&intake, &fingerprint, "k10") }),
        )
        .await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(
        response.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 30
    );
    assert_eq!(stage.ledger().calls.len(), 0);
    stage.close().await;
}

#[tokio::test]
async fn the_same_click_starts_once() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let request = Person::start_request(&intake, &vec!["AB"; 32].join(":"), "same");
    assert_eq!(
        staff.call("sessions/start", &request).await.0,
        StatusCode::OK
    );
    assert_eq!(
        staff.call("sessions/start", &request).await.0,
        StatusCode::CONFLICT
    );
    stage.close().await;
}

#[tokio::test]
async fn the_deadline_hangs_up_within_a_second_whatever_the_browser_does() {
    let stage = Stage::with(&["--session-seconds=4"]).await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    talk.caller.until("hung up", |state| state.closed).await;
    let view = staff
        .until(&talk.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("deadline"));
    let session = &view["sessions"][0];
    let micros = |name: &str| session[name].as_i64().unwrap();
    let late = micros("ended_at") - micros("deadline_at");
    assert!(
        (0..1_000_000).contains(&late),
        "{late} µs after the deadline"
    );
    assert_eq!(view["status"], "open");
    stage.close().await;
}

#[tokio::test]
async fn a_page_that_goes_silent_or_closes_loses_its_session() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let silent = staff.talk("legal").await;
    let beat = json!({ "session": silent.session });
    let told = staff.ok("sessions/heartbeat", &beat).await;
    stage.hand.advance(Duration::from_secs(7));
    let later = staff.ok("sessions/heartbeat", &beat).await;
    let passed = later.as_i64().expect("a time") - told.as_i64().expect("a time");
    assert!(
        (7_000_000..9_000_000).contains(&passed),
        "{passed} µs by the server's clock"
    );
    stage.hand.advance(Duration::from_secs(21));
    let view = staff
        .until(&silent.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("tab_lost"));
    assert!(staff.ok("sessions/heartbeat", &beat).await.is_null());

    let closed = staff.talk("legal").await;
    closed.caller.hang_up().await;
    let view = staff
        .until(&closed.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("tab_lost"));
    assert_eq!(view["status"], "open");
    // Half an hour later nobody has come back.
    stage.hand.advance(Duration::from_secs(31 * 60));
    service::keep_leash::once(&stage.service, true)
        .await
        .unwrap();
    let staff = stage.person("staff").await;
    let view = staff.read(&closed.intake).await;
    assert_eq!(
        (&view["status"], &view["may"]["reopen"]),
        (&json!("abandoned"), &json!(true))
    );
    staff
        .ok("intakes/reopen", &json!({ "intake": closed.intake }))
        .await;
    assert_eq!(staff.read(&closed.intake).await["status"], "open");
    stage.close().await;
}

#[tokio::test]
async fn finishing_escalating_and_abandoning_by_hand_end_the_call() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    for (function, request, status) in [
        (
            "intakes/escalate",
            json!({ "reason": "Needs a lawyer today" }),
            "escalated",
        ),
        ("intakes/abandon", json!({}), "abandoned"),
    ] {
        let mut talk = staff.talk("legal").await;
        let mut request = request;
        request["intake"] = json!(talk.intake);
        staff.ok(function, &request).await;
        talk.caller.until("hung up", |state| state.closed).await;
        let view = staff.read(&talk.intake).await;
        assert_eq!(
            (view["status"].as_str(), end_reason(&view)),
            (Some(status), Some("staff_ended"))
        );
        let (again, _) = staff.call(function, &request).await;
        assert_eq!(again, StatusCode::CONFLICT, "an intake has one outcome");
    }
    let (_, me) = staff.form("account/me", &[]).await;
    assert!(me["needs_attention"].as_u64().unwrap() >= 1);
    stage.close().await;
}

#[tokio::test]
async fn stopping_the_server_tells_hangs_up_and_records() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    let service = stage.service.clone();
    let (told, ()) = tokio::join!(
        async {
            events
                .until(|frame| frame["event"]["reason"].is_string())
                .await
        },
        async {
            service::drain::end_sessions(&service).await.unwrap();
        }
    );
    assert_eq!(told["event"]["reason"], "server_drained");
    talk.caller.until("hung up", |state| state.closed).await;
    stage.close().await;
}

#[tokio::test]
async fn typing_reaches_the_model_and_evidence_says_typed() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("clinic").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    events.said("full name").await;
    stage.must_not_log("Ada Lovelace");
    staff
        .ok(
            "sessions/type_turn",
            &json!({ "session": talk.session, "text": "My name is Ada Lovelace" }),
        )
        .await;
    staff
        .until(&talk.intake, "filled", |view| {
            view["sections"][0]["fields"][0]["value"] == "Ada Lovelace"
        })
        .await;
    let name = staff.field(&talk.intake, "full_name").await;
    assert_eq!(
        (&name["state"], &name["evidence"]["origin"]),
        (&json!("proposed"), &json!("typed"))
    );
    events.said("Ada Lovelace").await;
    staff
        .ok(
            "sessions/type_turn",
            &json!({ "session": talk.session, "text": "yes" }),
        )
        .await;
    staff
        .until(&talk.intake, "confirmed", |view| {
            view["sections"][0]["fields"][0]["state"] == "confirmed"
        })
        .await;
    // Another person may neither type into it nor keep it.
    let other = stage.person("supervisor").await;
    let (status, _) = other
        .call(
            "sessions/type_turn",
            &json!({ "session": talk.session, "text": "hello" }),
        )
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    stage.close().await;
}

#[tokio::test]
async fn a_pause_silences_both_sides_until_it_is_over() {
    let stage = Stage::with(&["--rehearsal-voice=bundled"]).await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    talk.caller
        .until("spoken to", |state| !state.heard.is_zero())
        .await;
    let pause = json!({ "session": talk.session, "paused": true });
    staff.ok("sessions/pause", &pause).await;
    let quiet = |state: &testkit::caller::CallerState| state.quiet > Duration::from_millis(500);
    let before = talk.caller.until("quiet", quiet).await.heard;
    // Even a page that goes on sending what it hears gets no answer.
    talk.caller.say(&babble(Duration::from_millis(800)));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = talk.caller.state().heard;
    assert!(
        after - before < Duration::from_millis(300),
        "{before:?} {after:?}"
    );

    let go_on = json!({ "session": talk.session, "paused": false });
    let other = stage.person("supervisor").await;
    let (status, _) = other.call("sessions/pause", &go_on).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "only who drives it");
    staff.ok("sessions/pause", &go_on).await;
    talk.caller
        .until("spoken to again", |state| {
            state.heard > after + Duration::from_millis(500)
        })
        .await;
    let timeline = staff
        .ok("intakes/timeline", &json!({ "intake": talk.intake }))
        .await;
    let said = timeline.to_string();
    assert!(
        said.contains("paused the conversation") && said.contains("let the conversation go on")
    );
    let stop = json!({ "session": talk.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    let (status, _) = staff.call("sessions/pause", &pause).await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing is live");
    stage.close().await;
}

#[tokio::test]
async fn a_hang_up_that_gets_no_answer_delays_no_other_and_is_tried_again() {
    let stage = Stage::new().await;
    let (staff, other) = (
        stage.person("staff").await,
        stage.person("supervisor").await,
    );
    let mut first = staff.talk("legal").await;
    let mut second = other.talk("legal").await;
    stage.rehearsal.set_faults(Faults {
        hangups_lost: 1,
        ..Faults::default()
    });
    for (person, talk) in [(&staff, &first), (&other, &second)] {
        let asked = stage.ledger().requests_to("hangup");
        let stop = json!({ "session": talk.session, "leaving": "stop" });
        person.ok("sessions/end", &stop).await;
        while stage.ledger().requests_to("hangup") == asked {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    second.caller.until("hung up", |state| state.closed).await;
    assert!(!first.caller.state().closed, "its hang-up was lost");
    stage.hand.advance(Duration::from_secs(11));
    first.caller.until("hung up", |state| state.closed).await;
    stage.close().await;
}
