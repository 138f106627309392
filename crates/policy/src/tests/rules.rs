//! Single rules: reach, the order in which a start is refused, and what a refusal says.

use super::*;
use domain::limits::{Allowance, AllowanceScope};

#[test]
fn reach_follows_the_workflows_lists() {
    let check = |role: Role, run: &[Role], read: &[Role], supervise: &[Role], expected: Reach| {
        let access = WorkflowAccess {
            run: run.to_vec(),
            read: read.to_vec(),
            supervise: supervise.to_vec(),
        };
        assert_eq!(
            reach(&person(Some(role)), &access),
            expected,
            "{role} {access:?}"
        );
    };
    use Role::*;
    check(Staff, &[Staff], &[], &[], Reach::Mine);
    check(Staff, &[], &[Staff], &[], Reach::Mine);
    check(Staff, &[], &[], &[Staff], Reach::All);
    check(Staff, &[Admin], &[Admin], &[Admin], Reach::None);
    check(Admin, &[], &[], &[], Reach::None);
    check(Admin, &[Admin], &[Admin], &[], Reach::Mine);
    check(Supervisor, &[], &[], &[Supervisor], Reach::All);
    check(Analyst, &[], &[Analyst], &[], Reach::AllMasked);
    check(Analyst, &[Analyst], &[], &[Analyst], Reach::None);
}

#[test]
fn who_may_only_read_an_intake_of_theirs_does_not_change_it() {
    let access = WorkflowAccess {
        run: vec![],
        read: vec![Role::Staff],
        supervise: vec![],
    };
    let owner = id("u_me");
    let intake = IntakeFacts {
        access: &access,
        opened_by: &owner,
        open: true,
    };
    let staff = person(Some(Role::Staff));
    assert_eq!(word(decide(&staff, &Action::ReadIntake(intake))), "yes");
    assert_eq!(word(decide(&staff, &Action::EditIntake(intake))), "role");
    assert_eq!(word(decide(&staff, &Action::CloseIntake(intake))), "role");
}

#[test]
fn a_start_is_refused_for_each_reason_and_the_longest_lasting_first() {
    let access = WorkflowAccess::default();
    let owner = id("u_me");
    let mut facts = StartFacts {
        voice_enabled: false,
        consent: false,
        running_of_user: 1,
        running_of_workspace: 20,
        running_on_server: 200,
        stopped: true,
        intake_left: Duration::from_secs(9),
        allowance: Some(Allowance {
            scope: AllowanceScope::User,
            left: Duration::from_secs(9),
        }),
        proof_left: Duration::from_secs(9),
        sealed_supported: false,
        ..start()
    };
    let found = |facts: StartFacts| {
        let intake = IntakeFacts {
            access: &access,
            opened_by: &owner,
            open: true,
        };
        decide(
            &person(Some(Role::Staff)),
            &Action::StartSession {
                intake,
                state: VersionState::Published,
                start: &facts,
            },
        )
    };
    assert_eq!(found(facts), Decision::Deny(Refusal::VoiceOff));
    facts.voice_enabled = true;
    assert_eq!(found(facts), Decision::Deny(Refusal::ModeNotAllowed));
    facts.mode = ConnectionMode::Direct;
    assert_eq!(found(facts), Decision::Deny(Refusal::ModeNotAllowed));
    facts.mode = ConnectionMode::Brokered;
    facts.client = ClientKind::Other;
    assert_eq!(found(facts), Decision::Deny(Refusal::ClientNotAllowed));
    facts.open_to_other_clients = true;
    assert_eq!(found(facts), Decision::Deny(Refusal::Stopped));
    facts.stopped = false;
    assert_eq!(found(facts), Decision::Deny(Refusal::IntakeTimeUsed));
    facts.intake_left = Duration::from_secs(10);
    let used = Refusal::BudgetUsed {
        scope: AllowanceScope::User,
    };
    assert_eq!(found(facts), Decision::Deny(used));
    facts.allowance = None;
    assert_eq!(found(facts), Decision::Deny(Refusal::NoConsent));
    facts.consent = true;
    assert_eq!(found(facts), Decision::Deny(Refusal::ProveAgain));
    facts.proof_left = Duration::from_secs(10);
    assert_eq!(
        found(facts),
        Decision::Deny(Refusal::TooManyOfUser { limit: 1 })
    );
    facts.running_of_user = 0;
    assert_eq!(
        found(facts),
        Decision::Deny(Refusal::TooManyOfWorkspace { limit: 20 })
    );
    facts.running_of_workspace = 19;
    assert_eq!(found(facts), Decision::Deny(Refusal::TooManyOnServer));
    facts.running_on_server = 199;
    assert_eq!(found(facts), Decision::Allow(Sight::Full));
}

#[test]
fn another_client_starts_only_where_the_workflow_is_open_to_it_and_brokered() {
    let access = WorkflowAccess::default();
    let owner = id("u_me");
    let found = |client, mode, open_to_other_clients| {
        let intake = IntakeFacts {
            access: &access,
            opened_by: &owner,
            open: true,
        };
        let facts = StartFacts {
            client,
            mode,
            open_to_other_clients,
            ..start()
        };
        word(decide(
            &person(Some(Role::Staff)),
            &Action::StartSession {
                intake,
                state: VersionState::Published,
                start: &facts,
            },
        ))
    };
    use ClientKind::{Other, OurPage};
    use ConnectionMode::{Brokered, Sealed};
    assert_eq!(found(Other, Brokered, true), "yes");
    assert_eq!(found(Other, Brokered, false), "client_not_allowed");
    // A version from before that was refused, or a row somebody changed.
    assert_eq!(found(Other, Sealed, true), "client_not_allowed");
    for (mode, open) in [(Brokered, true), (Brokered, false), (Sealed, false)] {
        assert_eq!(found(OurPage, mode, open), "yes", "{mode:?}");
    }
}

#[test]
fn a_limit_of_zero_lets_nobody_start() {
    let access = WorkflowAccess::default();
    let owner = id("u_me");
    let intake = IntakeFacts {
        access: &access,
        opened_by: &owner,
        open: true,
    };
    let limits = SessionLimits {
        live_per_user: 0,
        ..SessionLimits::default()
    };
    let action = Action::StartSession {
        intake,
        state: VersionState::Published,
        start: &StartFacts { limits, ..start() },
    };
    assert_eq!(
        decide(&person(Some(Role::Admin)), &action),
        Decision::Deny(Refusal::TooManyOfUser { limit: 0 })
    );
}

#[test]
fn every_refusal_has_a_code_of_its_own_and_a_sentence() {
    let all = [
        Refusal::NoWorkspace,
        Refusal::Role,
        Refusal::NotYours,
        Refusal::NotPublished,
        Refusal::Closed,
        Refusal::VoiceOff,
        Refusal::TooManyOfUser { limit: 1 },
        Refusal::TooManyOfWorkspace { limit: 2 },
        Refusal::NoConsent,
        Refusal::ModeNotAllowed,
        Refusal::ClientNotAllowed,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), all.len());
    for refusal in all {
        let sentence = refusal.to_string();
        assert!(
            sentence.len() > 15 && !sentence.ends_with('.'),
            "{sentence}"
        );
        assert!(
            refusal
                .code()
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_')
        );
    }
    assert!(
        Refusal::TooManyOfUser { limit: 3 }
            .to_string()
            .contains('3')
    );
}
