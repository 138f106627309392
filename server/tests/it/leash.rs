//! The leash: every cause ends the provider's call within a second, with its own reason, once.

use crate::{
    stage::{Person, Stage, Talk, end_reason, sealed},
    stream::Events,
};
use domain::{
    UserId, WorkspaceId,
    audit::AuditAction,
    limits::AllowanceScope,
    person::{Role, SignInAddress},
    session::EndReason,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use service::administer::{self, AllowanceOf};
use std::time::{Duration, Instant};
use store::Store;

/// An event a second is more than any page sends.
const BEAT: Duration = Duration::from_secs(10);

impl Stage {
    /// Lets that much time pass for a page that says all the while that it is there.
    async fn pass(&self, person: &Person, talk: &Talk, mut span: Duration) {
        let beat = json!({ "session": talk.session });
        while !span.is_zero() {
            let _ = person.call("sessions/heartbeat", &beat).await;
            let step = span.min(BEAT);
            self.hand.advance(step);
            span -= step;
        }
    }

    /// Waits until the session has ended with that reason and its call is hung up; and that from the
    /// cause on it took no longer than promised.
    async fn ends(&self, person: &Person, talk: &mut Talk, reason: EndReason, cause: Instant) {
        let view = person
            .until(&talk.intake, "over", |view| end_reason(view).is_some())
            .await;
        assert_eq!(end_reason(&view), Some(reason.as_str()));
        talk.caller.until("hung up", |state| state.closed).await;
        let took = cause.elapsed();
        // A second is promised; a busy test machine is given another one.
        assert!(took < Duration::from_secs(2), "{reason:?} took {took:?}");
        assert_eq!(view["status"], "open", "nothing is lost");
        let timeline = person
            .ok("intakes/timeline", &json!({ "intake": talk.intake }))
            .await;
        let entries = timeline.as_array().unwrap();
        let says = |begins: &str| {
            let begins = |entry: &&Value| entry["what"].as_str().unwrap().starts_with(begins);
            entries.iter().filter(begins).count()
        };
        assert_eq!(says("ended the session"), 1, "{timeline}");
    }

    fn count(&self, event: &str) -> u64 {
        let calls = self.ledger().calls;
        calls.last().map_or(0, |call| {
            call.events_sent.get(event).copied().unwrap_or_default()
        })
    }

    /// Waits until the provider has sent so many events of that type in the newest call.
    async fn until_sent(&self, event: &str, count: u64) {
        let sent = async {
            while self.count(event) < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(40), sent)
            .await
            .unwrap_or_else(|_| panic!("{} of {count} {event}", self.count(event)));
    }

    /// The workspace and a member, as the database has them.
    async fn member(&self, store: &Store, role: &str) -> (WorkspaceId, UserId) {
        let (email, _) = self.sign_in(role);
        let address = SignInAddress::parse(&email).unwrap();
        let user = store.user_by_address(&address).await.unwrap().unwrap();
        let memberships = store.memberships(&user.id).await.unwrap();
        (memberships[0].workspace.clone(), user.id)
    }
}

#[tokio::test]
async fn who_says_nothing_is_asked_once_and_then_let_go() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("clinic").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    // Silence is counted from when the assistant was heard to its end.
    stage.until_sent("output_audio_buffer.stopped", 1).await;
    stage.pass(&staff, &talk, Duration::from_secs(61)).await;
    events.said("Are you still there?").await;
    stage.until_sent("output_audio_buffer.stopped", 2).await;
    stage.pass(&staff, &talk, Duration::from_secs(55)).await;
    assert_eq!(end_reason(&staff.read(&talk.intake).await), None);
    stage.pass(&staff, &talk, Duration::from_secs(6)).await;
    stage
        .ends(&staff, &mut talk, EndReason::Idle, Instant::now())
        .await;
    stage.close().await;
}

#[tokio::test]
async fn a_budget_is_reserved_at_the_start_ends_the_call_to_the_second_and_is_settled() {
    let stage = Stage::new().await;
    let store = stage.store().await;
    let (workspace, user) = stage.member(&store, "staff").await;
    let minute = Duration::from_secs(60);
    let bound = async |scope, subject: &str, month| {
        let mut tx = store.begin().await.unwrap();
        tx.set_allowance(&workspace, scope, subject, month)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    bound(AllowanceScope::User, user.as_str(), Some(minute)).await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    stage.pass(&staff, &talk, Duration::from_secs(45)).await;
    assert_eq!(end_reason(&staff.read(&talk.intake).await), None);
    stage.pass(&staff, &talk, Duration::from_secs(15)).await;
    stage
        .ends(&staff, &mut talk, EndReason::Budget, Instant::now())
        .await;
    let view = staff.read(&talk.intake).await;
    let told = view["talk_refusal"].as_str().unwrap();
    assert!(told.contains("minutes of talking"), "{told}");
    let request = Person::start_request(&talk.intake, sealed().await.fingerprint(), "k1");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("budget_used"))
    );
    assert_eq!(stage.ledger().calls.len(), 1, "no provider was asked");
    // The workspace's bound is everybody's: what the one talked is missing to the other.
    bound(AllowanceScope::User, user.as_str(), None).await;
    bound(
        AllowanceScope::Workspace,
        workspace.as_str(),
        Some(minute + minute / 2),
    )
    .await;
    let other = stage.person("supervisor").await;
    let mut second = other.talk("legal").await;
    stage.pass(&other, &second, Duration::from_secs(15)).await;
    assert_eq!(end_reason(&other.read(&second.intake).await), None);
    stage.pass(&other, &second, Duration::from_secs(15)).await;
    stage
        .ends(&other, &mut second, EndReason::Budget, Instant::now())
        .await;
    stage.close().await;
}

#[tokio::test]
async fn the_operator_sets_minutes_of_a_workflow() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let set = async |of: AllowanceOf, minutes: Option<u64>| {
        let month = minutes.map(|minutes| Duration::from_secs(minutes * 60));
        administer::set_allowance(&stage.service, "Demo workspace", &of, month).await
    };
    let unknown = set(AllowanceOf::Workflow("no-such".into()), Some(1)).await;
    assert!(matches!(unknown, Err(service::Error::NotFound)));
    let intake = staff.open("legal").await;
    set(AllowanceOf::Workflow("legal-new-client".into()), Some(0))
        .await
        .unwrap();
    let request = Person::start_request(&intake, sealed().await.fingerprint(), "k1");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("workflow's minutes")
    );
    let elsewhere = staff.talk("clinic").await;
    drop(elsewhere);
    set(AllowanceOf::Workflow("legal-new-client".into()), None)
        .await
        .unwrap();
    stage.close().await;
}

#[tokio::test]
async fn the_time_of_an_intake_is_one_over_all_its_sessions() {
    let stage = Stage::with(&["--requests-per-minute=100000"]).await;
    let staff = stage.person("staff").await;
    // Legal intakes have twenty minutes.
    let mut talk = staff.talk("legal").await;
    let whole = Duration::from_secs(20 * 60);
    let step = Duration::from_secs(15 * 60);
    stage.talked(&staff, &mut talk, step).await;
    let request = json!({ "session": talk.session, "leaving": "stop" });
    staff.ok("sessions/end", &request).await;
    let mut again = staff.talk_on(talk.intake).await;
    stage.talked(&staff, &mut again, whole - step).await;
    stage
        .ends_late(&staff, &mut again, EndReason::Deadline)
        .await;
    let request = Person::start_request(&again.intake, sealed().await.fingerprint(), "k9");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("intake_time_used"))
    );
    stage.close().await;
}

impl Stage {
    /// Time passes while the person answers all the time.
    async fn talked(&self, person: &Person, talk: &mut Talk, span: Duration) {
        let mut left = span;
        while !left.is_zero() {
            let step = left.min(Duration::from_secs(50));
            self.pass(person, talk, step).await;
            let typed = json!({ "session": talk.session, "text": "one moment" });
            let _ = person.call("sessions/type_turn", &typed).await;
            left -= step;
        }
    }

    /// As [`Stage::ends`], where the moment of the cause is not known to the test.
    async fn ends_late(&self, person: &Person, talk: &mut Talk, reason: EndReason) {
        let view = person
            .until(&talk.intake, "over", |view| end_reason(view).is_some())
            .await;
        assert_eq!(end_reason(&view), Some(reason.as_str()));
        talk.caller.until("hung up", |state| state.closed).await;
    }
}

#[tokio::test]
async fn losing_the_membership_the_role_or_the_workspaces_voice_ends_the_call() {
    let stage = Stage::new().await;
    let store = stage.store().await;
    let (workspace, user) = stage.member(&store, "staff").await;
    let now = stage.service.now();
    let staff = stage.person("staff").await;

    let mut talk = staff.talk("legal").await;
    let cause = Instant::now();
    let mut tx = store.begin().await.unwrap();
    tx.set_voice(&workspace, false).await.unwrap();
    tx.commit().await.unwrap();
    stage
        .ends(&staff, &mut talk, EndReason::Policy, cause)
        .await;
    let mut tx = store.begin().await.unwrap();
    tx.set_voice(&workspace, true).await.unwrap();
    tx.commit().await.unwrap();

    let admin = stage.person("admin").await;
    for gone in [false, true] {
        let mut talk = staff.talk("legal").await;
        let cause = Instant::now();
        let mut tx = store.begin().await.unwrap();
        if gone {
            tx.remove_member(&workspace, &user).await.unwrap();
        } else {
            tx.put_member(&workspace, &user, Role::Analyst, now)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        stage
            .ends(&admin, &mut talk, EndReason::Revoked, cause)
            .await;
        let mut tx = store.begin().await.unwrap();
        tx.put_member(&workspace, &user, Role::Staff, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    stage.close().await;
}

#[tokio::test]
async fn those_who_supervise_stop_one_session_all_of_a_person_or_all_of_the_workspace() {
    let stage = Stage::new().await;
    let (admin, supervisor, staff) = (
        stage.person("admin").await,
        stage.person("supervisor").await,
        stage.person("staff").await,
    );
    let analyst = stage.person("analyst").await;

    let mut talk = staff.talk("legal").await;
    for refused in [&staff, &analyst] {
        for (function, request) in [
            ("sessions/supervise", json!({})),
            ("sessions/stop", json!({ "session": talk.session })),
            ("sessions/stop_all", json!({})),
        ] {
            let (status, body) = refused.call(function, &request).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{function}: {body}");
        }
    }
    let seen = supervisor.ok("sessions/supervise", &json!({})).await;
    let running = &seen["running"][0];
    assert_eq!(
        (&running["state"], &running["mode"], &running["intake"]),
        (&json!("live"), &json!("sealed"), &json!(talk.intake))
    );
    let user = running["user"].clone();
    let cause = Instant::now();
    let stopped = supervisor
        .ok("sessions/stop", &json!({ "session": talk.session }))
        .await;
    assert_eq!(stopped, json!(1));
    // What the person still wants to say goes nowhere.
    let typed = json!({ "session": talk.session, "text": "hello" });
    let (status, _) = staff.call("sessions/type_turn", &typed).await;
    assert_eq!(status, StatusCode::CONFLICT);
    stage
        .ends(&staff, &mut talk, EndReason::Revoked, cause)
        .await;
    let again = supervisor
        .ok("sessions/stop", &json!({ "session": talk.session }))
        .await;
    assert_eq!(again, json!(0), "it is over");
    let (status, _) = supervisor
        .call("sessions/stop", &json!({ "session": "vs_none" }))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let mut talk = staff.talk("legal").await;
    let mut other = supervisor.talk("legal").await;
    let cause = Instant::now();
    let request = json!({ "user": user });
    assert_eq!(admin.ok("sessions/stop_user", &request).await, json!(1));
    stage
        .ends(&staff, &mut talk, EndReason::Revoked, cause)
        .await;
    assert_eq!(end_reason(&supervisor.read(&other.intake).await), None);
    let mut talk = staff.talk("clinic").await;
    let cause = Instant::now();
    let request = json!({});
    assert_eq!(supervisor.ok("sessions/stop_all", &request).await, json!(2));
    stage
        .ends(&staff, &mut talk, EndReason::Revoked, cause)
        .await;
    stage
        .ends(&supervisor, &mut other, EndReason::Revoked, cause)
        .await;
    stage.close().await;
}

#[tokio::test]
async fn the_operator_stops_everything_and_nothing_starts_until_it_is_allowed() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    let cause = Instant::now();
    assert_eq!(administer::stop_all(&stage.service).await.unwrap(), 1);
    stage
        .ends(&staff, &mut talk, EndReason::Revoked, cause)
        .await;
    let request = Person::start_request(&talk.intake, sealed().await.fingerprint(), "k1");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("stopped"))
    );
    let view = staff.read(&talk.intake).await;
    let told = view["talk_refusal"].as_str().unwrap();
    assert!(told.contains("operator"), "{told}");
    administer::allow_starts(&stage.service).await.unwrap();
    drop(staff.talk_on(talk.intake).await);
    stage.close().await;
}

#[tokio::test]
async fn after_long_talking_the_conversation_waits_for_the_password() {
    let stage = Stage::with(&["--prove-again-seconds=40"]).await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    stage.pass(&staff, &talk, Duration::from_secs(41)).await;
    let wanted = events
        .until(|frame| frame["event"]["kind"] == "password_wanted")
        .await;
    assert!(wanted["event"]["until"].is_i64(), "{wanted}");
    events
        .until(|frame| frame["event"]["kind"] == "paused" && frame["event"]["paused"] == true)
        .await;
    // Nothing but the password lets it go on.
    let go_on = json!({ "session": talk.session, "paused": false });
    let (status, body) = staff.call("sessions/pause", &go_on).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("prove_again"))
    );
    let (status, _) = staff
        .call(
            "sessions/prove_again",
            &json!({ "password": "not the password" }),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, password) = stage.sign_in("staff");
    staff
        .ok("sessions/prove_again", &json!({ "password": password }))
        .await;
    events
        .until(|frame| frame["event"]["kind"] == "paused" && frame["event"]["paused"] == false)
        .await;
    // Who does not give it is let go.
    stage.pass(&staff, &talk, Duration::from_secs(41)).await;
    events
        .until(|frame| frame["event"]["kind"] == "password_wanted")
        .await;
    stage.pass(&staff, &talk, Duration::from_secs(300)).await;
    stage
        .ends(&staff, &mut talk, EndReason::Policy, Instant::now())
        .await;
    let request = Person::start_request(&talk.intake, sealed().await.fingerprint(), "k1");
    let (status, body) = staff.call("sessions/start", &request).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("prove_again"))
    );
    staff
        .ok("sessions/prove_again", &json!({ "password": password }))
        .await;
    drop(staff.talk_on(talk.intake).await);
    stage.close().await;
}

#[tokio::test]
async fn what_staff_had_silenced_stays_silent_when_the_password_was_given() {
    let stage = Stage::with(&["--prove-again-seconds=40"]).await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("legal").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    let paused = json!({ "session": talk.session, "paused": true });
    staff.ok("sessions/pause", &paused).await;
    stage.pass(&staff, &talk, Duration::from_secs(41)).await;
    let kind = |frame: &Value| frame["event"]["kind"] == "password_wanted";
    events.until(kind).await;
    let (_, password) = stage.sign_in("staff");
    staff
        .ok("sessions/prove_again", &json!({ "password": password }))
        .await;
    let given = events.until(kind).await;
    assert_eq!(given["event"]["until"], Value::Null);
    let asked = stage.count("response.created");
    stage.pass(&staff, &talk, Duration::from_secs(20)).await;
    assert_eq!(stage.count("response.created"), asked, "nobody speaks");
    let go_on = json!({ "session": talk.session, "paused": false });
    staff.ok("sessions/pause", &go_on).await;
    stage.until_sent("response.created", asked + 1).await;
    stage.close().await;
}

#[tokio::test]
async fn looking_at_what_runs_by_itself_keeps_no_sign_in_alive() {
    let stage = Stage::new().await;
    let supervisor = stage.person("supervisor").await;
    for _ in 0..5 {
        stage.hand.advance(Duration::from_secs(6 * 60));
        let _ = supervisor.call("sessions/supervise", &json!({})).await;
    }
    let (status, _) = supervisor.call("sessions/supervise", &json!({})).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    stage.close().await;
}

#[tokio::test]
async fn a_session_that_asks_too_much_is_told_when_to_come_back_and_goes_on() {
    let stage = Stage::with(&["--requests-per-minute=5"]).await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("legal").await;
    let beat = json!({ "request": { "session": talk.session } });
    let mut refused = None;
    for _ in 0..12 {
        let answer = staff.raw("sessions/heartbeat", &beat).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
        }
    }
    let refused = refused.expect("the rate holds");
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(end_reason(&staff.read(&talk.intake).await), None);
    // Stopping is always possible.
    let stop = json!({ "session": talk.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    stage.close().await;
}

#[tokio::test]
async fn the_server_as_a_whole_has_a_ceiling() {
    let stage = Stage::with(&["--live-on-server=1"]).await;
    let (staff, other) = (
        stage.person("staff").await,
        stage.person("supervisor").await,
    );
    let talk = staff.talk("legal").await;
    let intake = other.open("legal").await;
    let request = Person::start_request(&intake, sealed().await.fingerprint(), "k1");
    let body = json!({ "request": request });
    let answer = other.raw("sessions/start", &body).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
    let stop = json!({ "session": talk.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    drop(other.talk_on(intake).await);
    stage.close().await;
}

#[tokio::test]
async fn a_secrets_life_is_on_record_each_step_once_with_where_it_came_from() {
    let stage = Stage::new().await;
    let store = stage.store().await;
    let staff = stage.person("staff").await;
    let (workspace, _) = stage.member(&store, "staff").await;
    let count = async |intake: &domain::IntakeId, action: AuditAction| {
        let entries = store.audit_of_intake(&workspace, intake).await.unwrap();
        let found = entries.into_iter().filter(|entry| entry.action == action);
        found.collect::<Vec<_>>()
    };
    let talk = staff.talk("legal").await;
    for action in [AuditAction::SessionStarted, AuditAction::SecretUsed] {
        let found = count(&talk.intake, action).await;
        assert_eq!(found.len(), 1, "{action:?}");
        assert!(found[0].details["from"].len() > 8, "{:?}", found[0].details);
        assert!(found[0].details.contains_key("user_agent"));
    }

    // Used again, it is refused, and those who supervise hear of it.
    let caller = sealed().await;
    let used = staff.open("legal").await;
    let stop = json!({ "session": talk.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    let started = staff.start(&used, &caller).await;
    for status in [StatusCode::CREATED, StatusCode::UNAUTHORIZED] {
        let answer = staff.post_offer(&started.secret, caller.offer()).await;
        assert_eq!(answer.status(), status);
    }
    let refused = count(&used, AuditAction::SecretRefused).await;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].details["why"], "used");
    assert_eq!(count(&used, AuditAction::IncidentFound).await.len(), 1);
    let supervisor = stage.person("supervisor").await;
    let seen = supervisor.ok("sessions/supervise", &json!({})).await;
    let told = seen["incidents"][0]["what"].as_str().unwrap();
    assert!(told.contains("second time"), "{told}");

    // Never used, it expires once, or is revoked once.
    let stop = json!({ "session": started.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    let late = staff.open("legal").await;
    staff.start(&late, &sealed().await).await;
    stage.hand.advance(Duration::from_secs(61));
    let over = async |intake: &domain::IntakeId, action: AuditAction| {
        let waited = async {
            while count(intake, action).await.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waited)
            .await
            .unwrap_or_else(|_| panic!("no {action:?}"));
    };
    over(&late, AuditAction::SecretExpired).await;
    let revoked = staff.open("legal").await;
    let started = staff.start(&revoked, &sealed().await).await;
    let stop = json!({ "session": started.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    over(&revoked, AuditAction::SecretRevoked).await;
    stage.hand.advance(Duration::from_secs(120));
    over(&late, AuditAction::SessionEnded).await;
    for (intake, expired, gone) in [(&late, 1, 0), (&revoked, 0, 1), (&used, 0, 0)] {
        assert_eq!(
            count(intake, AuditAction::SecretExpired).await.len(),
            expired
        );
        assert_eq!(count(intake, AuditAction::SecretRevoked).await.len(), gone);
    }
    stage.close().await;
}
