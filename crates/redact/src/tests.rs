//! The redactor itself: rules that compile, placeholders that stay, texts that do not change.

use super::*;
use proptest::prelude::*;

fn redact(text: &str) -> String {
    Redactor::global().redact(text).into_owned()
}

#[test]
fn every_rule_compiles() {
    for pattern in patterns::all() {
        assert!(Rule::new(pattern).is_some(), "{}", pattern.regex);
    }
    assert!(Redactor::new().words.is_some());
}

#[test]
fn a_redactor_without_rules_shows_nothing() {
    let broken = Redactor {
        rules: None,
        words: None,
        owners: vec![],
    };
    assert_eq!(broken.redact("anything"), EVERYTHING);
}

#[test]
fn no_rule_matches_a_placeholder() {
    let placeholders: Vec<&str> = patterns::all().map(|pattern| pattern.placeholder).collect();
    for placeholder in &placeholders {
        for text in [
            (*placeholder).to_owned(),
            format!("Authorization: Bearer {placeholder}"),
            format!("cookie: {placeholder}"),
            format!("phone={placeholder}{placeholder}"),
            placeholders.join(" "),
        ] {
            assert_eq!(redact(&text), text);
        }
    }
}

#[test]
fn what_has_nothing_in_it_is_not_copied() {
    let text = "the session session.id=vs_0123456789abcdef0123456789abcdef ended after 12 s";
    assert!(matches!(Redactor::global().redact(text), Cow::Borrowed(same) if same == text));
}

#[test]
fn what_is_around_stays() {
    assert_eq!(
        redact(
            "Ada <ada@example.org> called from +1 (415) 555-0100, card 4111 1111 1111 1111 12/27."
        ),
        "Ada <[email]> called from [phone], card [card] 12/27."
    );
    assert_eq!(
        redact("GET / \"authorization\": \"Bearer abc123def456\" 200"),
        "GET / \"authorization\": \"Bearer [token]\" 200"
    );
    assert_eq!(
        redact("pay DE89 3704 0044 0532 0130 00 TODAY"),
        "pay [iban] TODAY"
    );
    assert_eq!(
        redact("from 203.0.113.7:4711 to [2001:db8::7]:443"),
        "from [ip]:4711 to [[ip]]:443"
    );
}

/// Fragments that stand next to each other in unlucky ways.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[0-9 .:/+()-]{0,24}",
        "[a-fA-F0-9:.]{0,24}",
        prop::sample::select(vec![
            "ada@example.org",
            "sk-abcDEF0123456789abcd",
            "ek_0123456789abcdef0123456789abcdef",
            "Bearer ",
            "cookie: ",
            "a=b; c=d",
            "eyJhbGciOiJI.eyJzdWIiOiIx.abc",
            "4111111111111111",
            "123-45-6789",
            "DE89370400440532013000",
            "+4930123456789",
            "203.0.113.7",
            "2001:db8::1",
            "v=0\r\no=- 1\r\n",
            "candidate:1 1 udp 2 ",
            "phone",
            "[email]",
            "[phone]",
            "[",
            "]",
            "=",
            "\"",
            "\n",
            " ",
            "019aa5d3-7f1e-7c3b-9d2a-0123456789ab",
            "authorization: ",
            "é",
            "ssn ",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_again_changes_nothing(parts in prop::collection::vec(fragment(), 0..8)) {
        let once = redact(&parts.concat());
        prop_assert_eq!(redact(&once), once);
    }

    #[test]
    fn whole_values_among_words_never_survive(head in "[a-z ]{0,20}", tail in "[a-z ]{0,20}") {
        for value in ["ada@example.org", "sk-abcDEF0123456789abcd", "4111111111111111", "+4930123456789", "123-45-6789", "203.0.113.7"] {
            let shown = redact(&format!("{head} {value} {tail}"));
            prop_assert!(!shown.contains(value), "{}", shown);
        }
    }
}
