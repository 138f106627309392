use super::*;
use ConnectionMode::{Brokered, Sealed};

/// A check in which everything holds but what is named.
fn check_without(missing: &[(Question, Verdict)]) -> ProviderCheck {
    let verdict = |question| {
        missing
            .iter()
            .find(|(missing, _)| *missing == question)
            .map_or(Verdict::Enforced, |(_, verdict)| *verdict)
    };
    ProviderCheck {
        profile: CheckedProfile {
            name: "provider.example/v1".into(),
            kind: "compatible".into(),
            base_url: "https://provider.example/v1".into(),
        },
        at: Timestamp::from_micros(1_795_230_600_000_000),
        findings: Question::ALL
            .map(|question| Finding {
                question,
                verdict: verdict(question),
                seen: "Something was seen.".into(),
            })
            .to_vec(),
    }
}

/// The risks of every mode, by a name.
fn risks(check: Option<&ProviderCheck>) -> [(&'static str, Vec<&'static str>); 3] {
    [
        ("sealed", residual_risks(Sealed, check)),
        ("brokered", residual_risks(Brokered, check)),
        ("direct", residual_risks(ConnectionMode::Direct, check)),
    ]
}

#[test]
fn questions_are_known_by_the_words_they_are_stored_with() {
    for question in Question::ALL {
        let stored = serde_json::to_value(question).unwrap();
        assert_eq!(stored, question.as_str());
    }
    let every: std::collections::BTreeSet<Question> = Question::ALL.into();
    assert_eq!(every.len(), Question::ALL.len());
}

#[test]
fn a_check_comes_back_from_storage_as_it_was() {
    let check = check_without(&[(Question::Usage, Verdict::Unclear)]);
    let text = serde_json::to_string(&check).unwrap();
    assert_eq!(serde_json::from_str::<ProviderCheck>(&text).unwrap(), check);
}

#[test]
fn what_was_not_asked_does_not_hold() {
    let mut check = check_without(&[]);
    assert_eq!(check.lacks(Sealed), []);
    assert_eq!(check.lacks(Brokered), []);
    check.findings.clear();
    assert_eq!(check.verdict(Question::Hangup), Verdict::Unclear);
    assert_eq!(check.lacks(Sealed), needs(Sealed));
}

#[test]
fn a_mode_lacks_only_what_it_needs() {
    for verdict in [Verdict::NotEnforced, Verdict::Unclear] {
        for question in Question::ALL {
            let check = check_without(&[(question, verdict)]);
            for mode in [Sealed, Brokered] {
                let expected: &[Question] = if needs(mode).contains(&question) {
                    &[question]
                } else {
                    &[]
                };
                assert_eq!(check.lacks(mode), expected, "{mode:?} {question:?}");
            }
        }
    }
    assert!(needs(Sealed).contains(&Question::SealedOffers));
    assert!(!needs(Brokered).contains(&Question::SealedOffers));
}

#[test]
fn a_strong_provider_leaves_what_no_provider_can_rule_out() {
    let strong = check_without(&[]);
    let counts = risks(Some(&strong)).map(|(mode, risks)| (mode, risks.len()));
    assert_eq!(counts, [("sealed", 1), ("brokered", 2), ("direct", 3)]);
}

#[test]
fn each_weakness_adds_one_sentence_to_the_modes_it_touches() {
    let with_a_channel = ["brokered", "direct"].as_slice();
    let every = ["sealed", "brokered", "direct"].as_slice();
    let touched = |question| match question {
        Question::CallId | Question::ControlLink | Question::Hangup | Question::Usage => every,
        Question::SealedOffers => &["sealed"],
        Question::ChangesShown
        | Question::ChangesRefused
        | Question::ItemsShown
        | Question::ErrorsApart => with_a_channel,
        Question::SecretLife | Question::SecretOnce | Question::SecretCallByKey => &["direct"],
        // Nobody needs the secret where the key is enough.
        Question::SecretCallBySecret => &[],
    };
    let strong = risks(Some(&check_without(&[])));
    for verdict in [Verdict::NotEnforced, Verdict::Unclear] {
        for question in Question::ALL {
            let weak = risks(Some(&check_without(&[(question, verdict)])));
            for ((mode, before), (_, after)) in strong.iter().zip(&weak) {
                let added = after.len() - before.len();
                let expected = usize::from(touched(question).contains(mode));
                assert_eq!(added, expected, "{mode} {question:?}");
                assert!(before.iter().all(|risk| after.contains(risk)));
            }
        }
    }
}

#[test]
fn without_the_secrets_own_link_a_call_of_the_browsers_is_beyond_control() {
    let by_key = (Question::SecretCallByKey, Verdict::NotEnforced);
    let by_secret = (Question::SecretCallBySecret, Verdict::NotEnforced);
    let weak = residual_risks(ConnectionMode::Direct, Some(&check_without(&[by_key])));
    let weaker = residual_risks(
        ConnectionMode::Direct,
        Some(&check_without(&[by_key, by_secret])),
    );
    assert!(weak.iter().any(|risk| risk.starts_with("Only the secret")));
    assert!(
        !weaker
            .iter()
            .any(|risk| risk.starts_with("Only the secret"))
    );
    assert_eq!(weak.len(), weaker.len());
}

#[test]
fn an_unchecked_provider_is_said_to_be_one_and_has_every_risk() {
    let weak = Question::ALL.map(|question| (question, Verdict::Unclear));
    let weakest = check_without(&weak);
    for ((mode, unchecked), (_, weakest)) in risks(None).into_iter().zip(risks(Some(&weakest))) {
        assert_eq!(unchecked.first(), Some(&UNCHECKED), "{mode}");
        assert_eq!(unchecked.get(1..), Some(weakest.as_slice()), "{mode}");
    }
}

#[test]
fn every_risk_is_one_plain_sentence() {
    for (mode, risks) in risks(None) {
        for risk in risks {
            assert!(
                risk.ends_with('.') && !risk.contains("  "),
                "{mode}: {risk}"
            );
            assert_eq!(risk.matches(". ").count(), 0, "{mode}: {risk}");
        }
    }
}
