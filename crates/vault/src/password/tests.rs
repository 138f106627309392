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
    let fastest = |stored: Option<&str>| -> Duration {
        (0..5)
            .map(|_| {
                let start = Instant::now();
                assert!(!verify_password(&"wrong".into(), stored, cost));
                start.elapsed()
            })
            .min()
            .unwrap()
    };
    let (wrong, unknown) = (fastest(Some(&stored)), fastest(None));
    // The fastest of five: what else the machine does can only add. Without the dummy work the
    // unknown user would be answered a thousand times faster.
    assert!(
        unknown * 2 > wrong && wrong * 2 > unknown,
        "wrong {wrong:?}, unknown {unknown:?}"
    );
}
