//! Passwords that fit and that do not, and the time both take.

use super::*;
use std::time::{Duration, Instant};

const CHEAP: PasswordCost = PasswordCost::cheap_for_tests();

#[test]
fn only_the_right_password_fits() {
    let stored = hash_password(&"correct horse".into(), CHEAP).unwrap();
    assert!(verify_password(
        &"correct horse".into(),
        Some(&stored),
        CHEAP
    ));
    for wrong in [
        "",
        "correct horsf",
        "Correct horse",
        "correct horse ",
        &"x".repeat(2000),
    ] {
        assert!(
            !verify_password(&wrong.into(), Some(&stored), CHEAP),
            "{wrong:?}"
        );
    }
}

#[test]
fn nobody_and_nonsense_never_fit() {
    for stored in [
        None,
        Some(""),
        Some("plain"),
        Some("$argon2id$v=19$m=8,t=1,p=1$"),
        Some("$5$abc$def"),
    ] {
        for password in ["", "-", "anything"] {
            assert!(
                !verify_password(&password.into(), stored, CHEAP),
                "{stored:?} {password:?}"
            );
        }
    }
}

#[test]
fn an_empty_password_never_fits_even_the_stand_in_for_it() {
    let stored = hash_password(&"-".into(), CHEAP).unwrap();
    assert!(!verify_password(&"".into(), Some(&stored), CHEAP));
    assert!(!verify_password(
        &"x".repeat(MAX_PASSWORD_BYTES + 1).as_str().into(),
        Some(&stored),
        CHEAP
    ));
}

#[test]
fn hashes_are_salted_and_name_the_recommended_cost() {
    let one = hash_password(&"same".into(), PasswordCost::default()).unwrap();
    let two = hash_password(&"same".into(), PasswordCost::default()).unwrap();
    assert_ne!(one, two);
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert!(!one.contains("same"));
}

#[test]
fn what_cannot_be_a_password_is_refused() {
    assert_eq!(hash_password(&"".into(), CHEAP), Err(PasswordError::Empty));
    let long = "x".repeat(MAX_PASSWORD_BYTES + 1);
    assert_eq!(
        hash_password(&long.as_str().into(), CHEAP),
        Err(PasswordError::TooLong)
    );
}

#[test]
fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    let cost = PasswordCost::default();
    let stored = hash_password(&"correct horse".into(), cost).unwrap();
    let time = |stored: Option<&str>| -> Duration {
        let start = Instant::now();
        assert!(!verify_password(&"wrong".into(), stored, cost));
        start.elapsed()
    };
    // In turns, and the fastest of each: what else the machine does can only add.
    let rounds: Vec<_> = (0..8).map(|_| (time(Some(&stored)), time(None))).collect();
    let wrong = rounds.iter().map(|(wrong, _)| *wrong).min().unwrap();
    let unknown = rounds.iter().map(|(_, unknown)| *unknown).min().unwrap();
    // Without the work done for nothing, an unknown user would be answered a thousand times faster.
    let alike = unknown * 4 > wrong && wrong * 4 > unknown;
    assert!(alike, "wrong {wrong:?}, unknown {unknown:?}");
}
