//! A small world in a new database: two workspaces that must not see each other.

use domain::{
    FieldKey, IdempotencyKey, IntakeId, LoginId, Private, SessionId, Timestamp, ToolCallId, UserId,
    VersionId, WorkflowId, WorkspaceId,
    intake::{FieldState, Intake, SetBy},
    person::{Role, SignInAddress},
    session::{ClientKind, Grant, Session, SessionState},
    workflow::{ConnectionMode, WorkflowAccess, WorkflowDefinition},
};
use std::{collections::BTreeSet, time::Duration};
use store::{AtRest, NewLogin, NewSecret, NewUser, NewWorkflow, Readable, Store, StoredField};
use testkit::database::TestDatabase;

/// A database with two desks.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) a: Desk,
    pub(crate) b: Desk,
}

/// A workspace with one member, one workflow and one open intake.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) workspace: WorkspaceId,
    pub(crate) user: UserId,
    pub(crate) login: LoginId,
    pub(crate) workflow: WorkflowId,
    pub(crate) version: VersionId,
    pub(crate) intake: IntakeId,
}

/// Runs the body once on each kind of database.
pub(crate) async fn on_each(body: impl AsyncFn(&World)) {
    for database in TestDatabase::each().await {
        eprintln!("on {database:?}");
        let store = database.open().await;
        let a = desk(&store, "a").await;
        let b = desk(&store, "b").await;
        let world = World {
            store,
            url: database.url().to_owned(),
            a,
            b,
        };
        body(&world).await;
        world.store.close().await;
    }
}

async fn desk(store: &Store, name: &str) -> Desk {
    let desk = Desk {
        workspace: WorkspaceId::parse(&format!("ws_{name}")).unwrap(),
        user: UserId::parse(&format!("us_{name}")).unwrap(),
        login: LoginId::parse(&format!("lo_{name}")).unwrap(),
        workflow: WorkflowId::parse(&format!("wf_{name}")).unwrap(),
        version: VersionId::parse(&format!("ve_{name}")).unwrap(),
        intake: IntakeId::parse(&format!("in_{name}")).unwrap(),
    };
    let mut tx = store.begin().await.unwrap();
    tx.create_workspace(&desk.workspace, &format!("Workspace {name}"), at(0))
        .await
        .unwrap();
    tx.create_user(&NewUser {
        id: desk.user.clone(),
        address: SignInAddress::parse(&format!("{name}@example.org")).unwrap(),
        name: format!("Person {name}"),
        password_hash: String::from("$argon2id$1"),
        at: at(0),
    })
    .await
    .unwrap();
    tx.put_member(&desk.workspace, &desk.user, Role::Staff, at(0))
        .await
        .unwrap();
    tx.create_login(&NewLogin {
        id: desk.login.clone(),
        user: desk.user.clone(),
        at: at(0),
        absolute_until: at(43_200),
    })
    .await
    .unwrap();
    tx.create_workflow(&NewWorkflow {
        id: desk.workflow.clone(),
        workspace: desk.workspace.clone(),
        slug: String::from("new-client"),
        access: WorkflowAccess::default(),
        at: at(0),
    })
    .await
    .unwrap();
    let named = definition(&format!("New Cliént {name}"));
    tx.publish_version(
        &desk.workspace,
        &desk.workflow,
        &desk.version,
        &named,
        at(0),
    )
    .await
    .unwrap();
    tx.create_intake(&intake(&desk, desk.intake.as_str(), at(0)))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    desk
}

/// Everybody's intakes of every workflow there may be, of both desks.
pub(crate) fn everything(world: &World) -> Readable {
    Readable {
        all_of: vec![
            world.a.workflow.clone(),
            world.b.workflow.clone(),
            WorkflowId::parse("wf_other").unwrap(),
        ],
        mine_of: vec![],
        reader: world.a.user.clone(),
    }
}

/// A time, in seconds after the world began.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000 + seconds * 1_000_000)
}

pub(crate) fn key(text: &str) -> FieldKey {
    FieldKey::parse(text).unwrap()
}

pub(crate) fn plain(text: &str) -> AtRest {
    AtRest::Plain(Private::from(text))
}

pub(crate) fn definition(name: &str) -> WorkflowDefinition {
    serde_json::from_value(serde_json::json!({
        "name": name, "description": "d", "purpose": "p", "rules": "r", "opening_line": "o", "disclosure": "d",
        "language": "en", "voice": "v", "max_minutes": 30, "connection": "sealed",
        "sections": [{"title": "t", "fields": [
            {"key": "full_name", "label": "Name", "question": "Who?", "type": "short_text", "required": true}
        ]}]
    }))
    .unwrap()
}

pub(crate) fn intake(desk: &Desk, id: &str, opened_at: Timestamp) -> Intake {
    Intake {
        id: IntakeId::parse(id).unwrap(),
        workspace: desk.workspace.clone(),
        workflow: desk.workflow.clone(),
        version: desk.version.clone(),
        opened_by: desk.user.clone(),
        opened_at,
        changed_at: opened_at,
        outcome: None,
        waived: BTreeSet::new(),
        demo: false,
    }
}

pub(crate) fn field(name: &str, value: AtRest, revision: u32) -> StoredField {
    StoredField {
        key: key(name),
        value,
        state: FieldState::Confirmed,
        set_by: SetBy::Model {
            session: SessionId::parse("vs_1").unwrap(),
            tool_call: ToolCallId::parse("call_1").unwrap(),
        },
        evidence: None,
        heard_instead: None,
        revision,
        at: at(5),
    }
}

pub(crate) fn session(desk: &Desk, id: &str) -> Session {
    Session {
        id: SessionId::parse(id).unwrap(),
        workspace: desk.workspace.clone(),
        intake: desk.intake.clone(),
        workflow: desk.workflow.clone(),
        version: desk.version.clone(),
        user: desk.user.clone(),
        login: desk.login.clone(),
        state: SessionState::Starting,
        mode: ConnectionMode::Sealed,
        client: ClientKind::OurPage,
        config_hash: "00".repeat(32),
        grants: Grant::FULL.to_vec(),
        profile: String::from("rehearsal"),
        call: None,
        hangup_pending: false,
        started_at: at(10),
        live_at: None,
        deadline_at: at(1810),
        seen_at: at(10),
        connected_at: None,
        reserved: Duration::from_secs(1800),
        spoken_at: None,
        paused_at: None,
        ended_at: None,
    }
}

/// Stores a session whose idempotency key and secret's hash are made of its id.
pub(crate) async fn start(world: &World, session: &Session) {
    let mut tx = world.store.begin().await.unwrap();
    tx.create_session(session, &idempotency(session), &secret(session))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Stores a session that is connecting.
pub(crate) async fn connect(world: &World, session: &Session) {
    start(world, session).await;
    let mut tx = world.store.begin().await.unwrap();
    assert!(
        tx.consume_secret(&secret(session).hash, at(11))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

pub(crate) fn idempotency(session: &Session) -> IdempotencyKey {
    IdempotencyKey::parse(&format!("key_{}", session.id)).unwrap()
}

pub(crate) fn secret(session: &Session) -> NewSecret {
    NewSecret {
        hash: format!("hash of {}", session.id),
        session: session.id.clone(),
        fingerprint: None,
        expires_at: at(70),
    }
}
