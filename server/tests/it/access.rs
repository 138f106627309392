//! Who may do what: every server function is asked by a stranger, by each role, and from outside.

use crate::stage::{Person, Stage};
use domain::IntakeId;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every server function, and a request that would be right for an intake. A new function without
/// a row fails the test below.
fn functions(intake: &IntakeId, workflow: &str) -> Vec<(&'static str, Body)> {
    let fingerprint = vec!["AB"; 32].join(":");
    let on_intake = || json!({ "intake": intake });
    let on_session = || json!({ "session": "vs_00000000000000000000000000000000" });
    vec![
        ("account/sign_in", Body::Open),
        ("account/sign_out", Body::Open),
        ("account/me", Body::Open),
        (
            "account/choose_workspace",
            Body::Form(vec![("request[workspace]", "no-such".into())]),
        ),
        ("workflows/list", Body::Form(vec![])),
        (
            "intakes/open",
            Body::Form(vec![("request[workflow]", workflow.to_owned())]),
        ),
        ("intakes/list", Body::Json(json!({}))),
        ("intakes/read", Body::Json(on_intake())),
        ("intakes/timeline", Body::Json(on_intake())),
        (
            "intakes/edit_field",
            Body::Json(
                json!({ "intake": intake, "key": "full_name", "value": "X", "revision": 0 }),
            ),
        ),
        (
            "intakes/waive_field",
            Body::Json(json!({ "intake": intake, "key": "email", "waived": true })),
        ),
        ("intakes/finish", Body::Json(on_intake())),
        (
            "intakes/escalate",
            Body::Json(json!({ "intake": intake, "reason": "x" })),
        ),
        ("intakes/abandon", Body::Json(on_intake())),
        ("intakes/reopen", Body::Json(on_intake())),
        ("intakes/export", Body::Json(on_intake())),
        (
            "sessions/start",
            Body::Json(Person::start_request(intake, &fingerprint, "k1")),
        ),
        ("sessions/heartbeat", Body::Json(on_session())),
        (
            "sessions/report_call",
            Body::Json(json!({ "session": "vs_00", "call": "rtc_1" })),
        ),
        (
            "sessions/type_turn",
            Body::Json(json!({ "session": "vs_00", "text": "x" })),
        ),
        (
            "sessions/pause",
            Body::Json(json!({ "session": "vs_00", "paused": true })),
        ),
        (
            "sessions/end",
            Body::Json(json!({ "session": "vs_00", "leaving": "stop" })),
        ),
        (
            "sessions/prove_again",
            Body::Json(json!({ "password": "a long password" })),
        ),
        ("sessions/supervise", Body::Json(json!({}))),
        ("sessions/stop", Body::Json(on_session())),
        ("sessions/stop_user", Body::Json(json!({ "user": "u_00" }))),
        ("sessions/stop_all", Body::Json(json!({}))),
    ]
}

enum Body {
    /// Anybody may call it.
    Open,
    Form(Vec<(&'static str, String)>),
    Json(Value),
}

async fn status(person: &Person, function: &str, body: &Body) -> StatusCode {
    match body {
        Body::Open => person.form(function, &[]).await.0,
        Body::Form(form) => {
            let form: Vec<_> = form
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            person.form(function, &form).await.0
        }
        Body::Json(request) => person.call(function, request).await.0,
    }
}

#[tokio::test]
async fn every_server_function_is_listed_and_refuses_a_stranger() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let (intake, workflow) = (staff.open("legal").await, staff.workflow("legal").await);
    let rows = functions(&intake, &workflow);
    let listed: BTreeSet<String> = rows
        .iter()
        .map(|(name, _)| format!("/api/{name}"))
        .collect();
    let there: BTreeSet<String> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path.to_owned())
        .collect();
    assert_eq!(there, listed, "a server function has no row in this test");
    let stranger = stage.stranger();
    for (function, body) in rows.iter().filter(|(_, body)| !matches!(body, Body::Open)) {
        assert_eq!(
            status(&stranger, function, body).await,
            StatusCode::UNAUTHORIZED,
            "{function}"
        );
    }
    assert_eq!(
        stranger
            .get(&format!("/intakes/{intake}/events"))
            .await
            .status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(stage.ledger().calls.len(), 0);
    stage.close().await;
}

#[tokio::test]
async fn an_intake_of_another_workspace_does_not_exist() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let (intake, workflow) = (staff.open("legal").await, staff.workflow("legal").await);
    let foreign = foreigner(&stage).await;
    for (function, body) in functions(&intake, &workflow) {
        let names_it = matches!(&body, Body::Json(request) if request.get("intake").is_some())
            || function == "intakes/open";
        if names_it {
            assert_eq!(
                status(&foreign, function, &body).await,
                StatusCode::NOT_FOUND,
                "{function}"
            );
        }
    }
    assert_eq!(
        foreign
            .get(&format!("/intakes/{intake}/events"))
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(stage.ledger().calls.len(), 0);
    stage.close().await;
}

/// An admin of another workspace.
async fn foreigner(stage: &Stage) -> Person {
    use service::{
        administer::CreateUser,
        install_demo::{Demo, DemoPerson, install_demo},
    };
    let address = |text: &str| domain::person::SignInAddress::parse(text).unwrap();
    let people = vec![DemoPerson {
        address: address("s@other.example"),
        name: "S".into(),
        role: domain::person::Role::Staff,
    }];
    let other = Demo {
        workspace: "Other".into(),
        people,
        workflows: vec![],
        intakes: vec![],
    };
    install_demo(&stage.service, other).await.unwrap().unwrap();
    let password = "a long enough password";
    let user = CreateUser {
        address: address("admin@other.example"),
        name: "Other admin".into(),
        password: password.into(),
        member_of: Some(("Other".into(), domain::person::Role::Admin)),
    };
    service::administer::create_user(&stage.service, user)
        .await
        .unwrap();
    let person = stage.stranger();
    assert_eq!(
        person
            .try_sign_in("admin@other.example", password)
            .await
            .status(),
        StatusCode::OK
    );
    person
}

#[tokio::test]
async fn what_each_role_may_do_with_somebody_elses_intake() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let edit =
        json!({ "intake": intake, "key": "full_name", "value": "Ada Lovelace", "revision": 0 });
    assert_eq!(
        staff.call("intakes/edit_field", &edit).await.0,
        StatusCode::OK
    );

    for role in ["admin", "supervisor"] {
        let person = stage.person(role).await;
        let view = person.read(&intake).await;
        assert_eq!(
            (&view["masked"], &view["may"]["edit"], &view["may"]["close"]),
            (&json!(false), &json!(true), &json!(true)),
            "{role}"
        );
    }
    let analyst = stage.person("analyst").await;
    let name = analyst.field(&intake, "full_name").await;
    assert_eq!(name["masked"], true);
    assert!(!name.to_string().contains("Ada"));
    let edit = json!({ "intake": intake, "key": "full_name", "value": "Eve", "revision": 1 });
    assert_eq!(
        analyst.call("intakes/edit_field", &edit).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        analyst
            .call("intakes/export", &json!({ "intake": intake }))
            .await
            .0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        analyst
            .call("intakes/abandon", &json!({ "intake": intake }))
            .await
            .0,
        StatusCode::FORBIDDEN
    );
    let fingerprint = vec!["AB"; 32].join(":");
    assert_eq!(
        analyst
            .call(
                "sessions/start",
                &Person::start_request(&intake, &fingerprint, "k1")
            )
            .await
            .0,
        StatusCode::FORBIDDEN
    );
    let workflow = staff.workflow("legal").await;
    assert_eq!(
        analyst
            .form("intakes/open", &[("request[workflow]", &workflow)])
            .await
            .0,
        StatusCode::FORBIDDEN
    );

    // Staff do not see the intakes of others.
    let theirs = stage.person("supervisor").await.open("clinic").await;
    assert_eq!(
        staff
            .call("intakes/read", &json!({ "intake": theirs }))
            .await
            .0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        stage.ledger().calls.len(),
        0,
        "no provider request was made"
    );
    stage.close().await;
}

/// A workflow that everybody runs and only admins supervise.
async fn walk_in(stage: &Stage, workspace: &Value) {
    use domain::{
        Timestamp, VersionId, WorkflowId,
        person::Role,
        workflow::{WorkflowAccess, WorkflowDefinition},
    };
    let definition: WorkflowDefinition = serde_json::from_value(json!({
        "name": "Walk-in", "description": "d", "purpose": "p", "rules": "r", "opening_line": "o",
        "disclosure": "d", "language": "en", "voice": "v", "max_minutes": 30, "connection": "sealed",
        "sections": [{"title": "t", "fields": [
            {"key": "full_name", "label": "Name", "question": "Who?", "type": "short_text", "required": true}
        ]}]
    }))
    .unwrap();
    let workflow = store::NewWorkflow {
        id: WorkflowId::parse("wf_walk_in").unwrap(),
        workspace: serde_json::from_value(workspace.clone()).unwrap(),
        slug: "walk-in".into(),
        access: WorkflowAccess {
            supervise: vec![Role::Admin],
            ..WorkflowAccess::default()
        },
        at: Timestamp::from_micros(1),
    };
    let store = stage.store().await;
    let mut tx = store.begin().await.unwrap();
    tx.create_workflow(&workflow).await.unwrap();
    tx.publish_version(
        &workflow.workspace,
        &workflow.id,
        &VersionId::parse("ve_walk_in").unwrap(),
        &definition,
        workflow.at,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

async fn named(person: &Person, word: &str) -> IntakeId {
    let intake = person.open(word).await;
    let edit = json!({ "intake": intake, "key": "full_name", "value": "Zebedee", "revision": 0 });
    person.ok("intakes/edit_field", &edit).await;
    intake
}

#[tokio::test]
async fn supervising_one_workflow_shows_nothing_of_another_that_one_only_runs() {
    let stage = Stage::new().await;
    let (admin, supervisor, staff) = (
        stage.person("admin").await,
        stage.person("supervisor").await,
        stage.person("staff").await,
    );
    let me = async |person: &Person| person.form("account/me", &[]).await.1;
    walk_in(&stage, &me(&supervisor).await["workspace"]["id"]).await;
    let supervised = named(&staff, "legal").await;
    let own = named(&supervisor, "walk-in").await;
    let theirs = named(&staff, "walk-in").await;

    let listed = async |person: &Person, request: Value| -> BTreeSet<IntakeId> {
        let page = person.ok("intakes/list", &request).await;
        let rows = page["rows"].as_array().unwrap().iter();
        rows.filter(|row| row["demo"] == false)
            .map(|row| serde_json::from_value(row["id"].clone()).unwrap())
            .collect()
    };
    let set = |ids: &[&IntakeId]| -> BTreeSet<IntakeId> { ids.iter().copied().cloned().collect() };
    for request in [json!({}), json!({ "words": "zebedee" })] {
        assert_eq!(
            listed(&supervisor, request.clone()).await,
            set(&[&supervised, &own]),
            "{request}"
        );
        assert_eq!(
            listed(&staff, request.clone()).await,
            set(&[&supervised, &theirs])
        );
        assert_eq!(
            listed(&admin, request).await,
            set(&[&supervised, &own, &theirs])
        );
    }
    let walk_in = json!({ "workflow": "wf_walk_in" });
    assert_eq!(listed(&supervisor, walk_in).await, set(&[&own]));
    let mine = json!({ "mine": true });
    assert_eq!(listed(&supervisor, mine).await, set(&[&own]));

    let waiting = async |person: &Person| me(person).await["needs_attention"].as_u64().unwrap();
    let before = waiting(&supervisor).await;
    for (person, intake, more) in [
        (&staff, &theirs, 0),
        (&supervisor, &own, 1),
        (&staff, &supervised, 2),
    ] {
        let escalated = json!({ "intake": intake, "reason": "x" });
        person.ok("intakes/escalate", &escalated).await;
        assert_eq!(waiting(&supervisor).await, before + more);
    }
    assert_eq!(waiting(&admin).await, before + 3);

    let analyst = stage.person("analyst").await;
    assert_eq!(waiting(&analyst).await, before + 3);
    let (status, _) = analyst
        .call("intakes/list", &json!({ "words": "zebedee" }))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    stage.close().await;
}

#[tokio::test]
async fn a_form_without_scripts_is_led_to_its_refusal_in_words() {
    let stage = Stage::new().await;
    let analyst = stage.person("analyst").await;
    let workflow = analyst.workflow("legal").await;
    let none = "019aa000-0000-7000-8000-000000000000";
    let staff = stage.person("staff").await;
    let stranger = stage.stranger();
    let open = "intakes/open";
    for (who, function, name, value, leads_to, words) in [
        (
            &analyst,
            open,
            "request[workflow]",
            workflow.as_str(),
            "/?problem=role",
            "Your role does not start intakes.",
        ),
        (
            &staff,
            open,
            "request[workflow]",
            none,
            "/?problem=not_found",
            "This does not exist, or you have no access to it.",
        ),
        (
            &staff,
            "account/choose_workspace",
            "request[workspace]",
            none,
            "/?problem=not_found",
            "This does not exist, or you have no access to it.",
        ),
        (
            &stranger,
            open,
            "request[workflow]",
            workflow.as_str(),
            "/sign-in?problem=signed_out",
            "You are signed out.",
        ),
    ] {
        let (to, page) = who.plain_form(function, &[(name, value)]).await;
        assert_eq!(to, leads_to, "{function}");
        assert!(page.contains(words), "{function} {to}: {page}");
    }
    // What an address makes up is not said.
    let page = staff.get("/?problem=Call+this+number").await;
    let page = page.text().await.unwrap();
    assert!(page.contains("This did not work.") && !page.contains("<span>Call"));
    stage.close().await;
}
