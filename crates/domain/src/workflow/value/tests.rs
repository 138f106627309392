//! Every kind: what fits, its normal form, and what is refused.

use super::*;
use crate::FieldKey;

fn field(kind: FieldKind) -> FieldDefinition {
    FieldDefinition {
        key: FieldKey::parse("f").unwrap(),
        label: "F".into(),
        question: "F?".into(),
        help: String::new(),
        kind,
        required: true,
        sensitive: false,
        read_back: false,
        choices: if kind == FieldKind::Choice {
            vec!["By phone".into(), "By post".into()]
        } else {
            vec![]
        },
        max_length: None,
    }
}

fn check(kind: FieldKind, raw: &str, expected: Option<&str>) {
    assert_eq!(
        normalise(&field(kind), raw).ok().as_deref(),
        expected,
        "{kind:?} {raw:?}"
    );
}

#[test]
fn values_have_one_normal_form() {
    use FieldKind::*;
    check(ShortText, "  Ada Lovelace ", Some("Ada Lovelace"));
    check(ShortText, "a\nb", None);
    check(LongText, "a\nb", Some("a\nb"));
    check(LongText, "a\u{0}b", None);
    check(Number, "007.50", Some("7.50"));
    check(Number, "-3", Some("-3"));
    check(Number, "3.", None);
    check(Number, "1e9", None);
    check(Number, "٣", None);
    check(Money, "$1,250.5", Some("1250.50"));
    check(Money, "1250", Some("1250.00"));
    check(Money, "1.234", None);
    check(Date, "2026-02-28", Some("2026-02-28"));
    check(Date, "20260228", Some("2026-02-28"));
    check(Date, "2026-02-30", None);
    check(Date, "2026-02-28T15:00", None);
    check(Date, "tomorrow", None);
    check(Time, "9:05", Some("09:05"));
    check(Time, "24:00", None);
    check(Time, "1500", None);
    check(Phone, "+49 (30) 1234-567", Some("+49301234567"));
    check(Phone, "12", None);
    check(Phone, "call me", None);
    check(Email, "Ada@Example.ORG", Some("Ada@example.org"));
    check(Email, "ada@localhost", None);
    check(Email, "a@b@c.d", None);
    check(Choice, "by PHONE", Some("By phone"));
    check(Choice, "by fax", None);
    check(YesNo, "Yes", Some("yes"));
    check(YesNo, "perhaps", None);
    check(
        Address,
        "12 High Street, Springfield",
        Some("12 High Street, Springfield"),
    );
}

#[test]
fn empty_and_long_values_are_refused_for_every_kind() {
    check(FieldKind::ShortText, "   ", None);
    check(FieldKind::ShortText, &"x".repeat(201), None);
    check(
        FieldKind::LongText,
        &"x".repeat(4000),
        Some(&"x".repeat(4000)),
    );
    check(FieldKind::LongText, &"x".repeat(4001), None);
}

#[test]
fn a_problem_never_repeats_the_value() {
    let problem = normalise(&field(FieldKind::Number), "4111 1111 1111 1111").unwrap_err();
    assert!(!problem.to_string().contains("4111"));
}
