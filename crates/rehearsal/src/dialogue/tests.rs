//! What is understood, as tables: values of every kind, yes and no, wishes, and the contract's grammar.

use super::{
    contact,
    dates::{self, Leaning, Sense},
    email,
    intent::{self, Intent},
    reply::{self, Reply},
    script::{Field, Known, Script},
    sentences,
    values::{self, Trouble},
};
use crate::dialogue::SessionView;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

/// A Saturday.
const TODAY: Date = date(2026, 11, 21);
const NEAREST: Sense = Sense {
    leaning: Leaning::Nearest,
    birth: false,
};
const BIRTH: Sense = Sense {
    leaning: Leaning::Past,
    birth: true,
};

fn field(label: &str, kind: &str, choices: &str) -> Field {
    let line =
        format!("key | {label} | {kind} | required | read_back | Question? | choices: {choices}");
    script(&[&line]).fields.remove(0)
}

fn script(lines: &[&str]) -> Script {
    let keys: Vec<&str> = lines
        .iter()
        .map(|line| line.split(" |").next().unwrap())
        .collect();
    let tools = [
        json!({"type":"function","name":"set_field","parameters":{"type":"object","properties":{"field":{"enum":keys,"description":lines.join("\n")}}}}),
    ];
    let instructions = "# Rules\n- If asked about fees, say: Ask the lawyer.\n# Emergency exit\nsay: Call now.\nwords: chest pain; can't breathe; not breathing";
    Script::read(&SessionView {
        instructions,
        tools: &tools,
        tool_choice: &Value::Null,
    })
}

fn check(kind: &str, text: &str, expected: Option<&str>) {
    check_labelled("Answer", kind, text, expected);
}

fn check_labelled(label: &str, kind: &str, text: &str, expected: Option<&str>) {
    let field = field(
        label,
        kind,
        "Car accident; Water damage; Fire; Wills and estates; Employment; Other",
    );
    assert_eq!(
        values::extract(&field, text, Some(TODAY)).ok().as_deref(),
        expected,
        "{kind} {text:?}"
    );
}

#[test]
fn names_and_short_answers_lose_their_lead_in() {
    check_labelled(
        "Full name",
        "short_text",
        "My name is Anna Keller.",
        Some("Anna Keller"),
    );
    check_labelled(
        "Full name",
        "short_text",
        "it's anna keller",
        Some("Anna Keller"),
    );
    check_labelled(
        "Full name",
        "short_text",
        "Um, I'm Robert O'Neill, please.",
        Some("Robert O'Neill"),
    );
    check_labelled(
        "Full name",
        "short_text",
        "Hello, this is Maria-Luisa Ortega",
        Some("Maria-Luisa Ortega"),
    );
    check_labelled(
        "Full name",
        "short_text",
        "Anna Keller, K-E-L-L-E-R.",
        Some("Anna Keller"),
    );
    check_labelled(
        "Full name",
        "short_text",
        "Jon Smith, S M Y T H E",
        Some("Jon Smythe"),
    );
    check_labelled(
        "Other party",
        "short_text",
        "That's Northgate Properties.",
        Some("Northgate Properties"),
    );
    check_labelled(
        "Since when",
        "short_text",
        "since last Monday",
        Some("since last Monday"),
    );
    check_labelled(
        "Best time to call back",
        "short_text",
        "Well, tomorrow morning would be good.",
        Some("tomorrow morning would be good"),
    );
    check_labelled(
        "Policy number",
        "short_text",
        "M V two oh four five one eight",
        Some("MV204518"),
    );
    check_labelled(
        "Policy number",
        "short_text",
        "It's MV 204518.",
        Some("MV204518"),
    );
    check_labelled("Policy number", "short_text", "mv204518", Some("MV204518"));
    check("short_text", " . ", None);
    check(
        "long_text",
        "I fell. It's my knee, it hurts.",
        Some("I fell. It's my knee, it hurts."),
    );
}

#[test]
fn numbers_and_amounts_are_understood_in_words_and_digits() {
    for (text, expected) in [
        ("seven", "7"),
        ("About a six, I think.", "6"),
        ("forty two", "42"),
        ("forty-two", "42"),
        ("two hundred and five", "205"),
        ("1,200", "1200"),
        ("three point five", "3.5"),
        ("3.5", "3.5"),
        ("twelve thousand three hundred", "12300"),
        ("minus four", "-4"),
        ("ten out of ten", "10"),
        ("no pain", "0"),
        ("two and a half", "2.5"),
        ("a hundred", "100"),
    ] {
        check("number", text, Some(expected));
    }
    // As recognition wrote `three`.
    check("number", "Free.", Some("3"));
    check("number", "quite a lot", None);
    for (text, expected) in [
        ("$1,200.50", "1200.50"),
        ("twelve hundred dollars", "1200"),
        ("four thousand euros", "4000"),
        ("about 4k", "4000"),
        ("two and a half thousand", "2500"),
        ("five dollars and twenty cents", "5.20"),
        ("around fifteen hundred dollars I guess", "1500"),
        ("2.5 million", "2500000"),
    ] {
        check("money", text, Some(expected));
    }
}

#[test]
fn telephone_numbers_are_understood() {
    for (text, expected) in [
        ("five five five zero one four two", "5550142"),
        ("555-0142.", "5550142"),
        ("It's (312) 555-0142", "3125550142"),
        ("my number is 312 555 oh one four two", "3125550142"),
        (
            "plus four nine three oh one two three four five",
            "+49301 2345",
        ),
        ("+49 30 1234567", "+49301234567"),
        ("double five five oh one four two", "5550142"),
        ("one eight hundred 555 0142", "18005550142"),
        ("312.555.0142", "3125550142"),
        // As recognition wrote `five five five zero one four two`, and `four to` at an end.
        ("55501 for 2.", "5550142"),
        ("5550, one for to.", "5550142"),
        ("call me for that at 555 0142", "5550142"),
        (
            "The best one is five five five, zero one, forty two",
            "5550142",
        ),
        ("555 0142 extension 12", "5550142"),
    ] {
        assert_eq!(
            contact::phone(text).ok(),
            Some(expected.replace(' ', "")),
            "{text:?}"
        );
    }
    assert!(matches!(
        contact::phone("call me on the usual one"),
        Err(Trouble::Again(_))
    ));
    assert_eq!(
        contact::phone("five five five"),
        Err(Trouble::More("Go on."))
    );
}

#[test]
fn email_addresses_are_understood() {
    for (text, expected) in [
        (
            "anna dot keller at example dot com",
            "anna.keller@example.com",
        ),
        ("Anna.Keller@example.com.", "anna.keller@example.com"),
        ("my email is a n n a at example dot org", "anna@example.org"),
        (
            "It's anna underscore k nine at mail dot example dot co dot uk thank you",
            "anna_k9@mail.example.co.uk",
        ),
        ("anna.keller at example.com", "anna.keller@example.com"),
        ("A-N-N-A at example dot com", "anna@example.com"),
        (
            "the address is bob dash smith at example dot net",
            "bob-smith@example.net",
        ),
        (
            "anna dot keller at example mail dot com",
            "anna.keller@examplemail.com",
        ),
    ] {
        assert_eq!(email::email(text).as_deref(), Ok(expected), "{text:?}");
    }
    assert!(matches!(
        email::email("I don't use that"),
        Err(Trouble::Again(_))
    ));
    assert_eq!(email::email("anna at home"), Err(Trouble::More("Go on.")));
}

#[test]
fn days_are_understood() {
    for (text, expected) in [
        ("march third nineteen eighty", "1980-03-03"),
        ("March 3rd, 1980.", "1980-03-03"),
        ("the third of March 1980", "1980-03-03"),
        ("3 March 1980", "1980-03-03"),
        ("1980-03-03", "1980-03-03"),
        ("3/4/1980", "1980-03-04"),
        ("13/4/80", "1980-04-13"),
        ("March twenty first nineteen eighty five", "1985-03-21"),
        ("march twenty twenty twenty six", "2026-03-20"),
        ("December 5, 20, 26", "2026-12-05"),
        ("the 5th of December 19 85", "1985-12-05"),
        ("It may have been 11/20/2026", "2026-11-20"),
        ("June 5, two thousand and four", "2004-06-05"),
        ("december thirty first nineteen oh five", "1905-12-31"),
        (
            "It was on the twenty second of May, twenty oh six",
            "2006-05-22",
        ),
        ("yesterday", "2026-11-20"),
        ("today around noon", "2026-11-21"),
        ("next Tuesday", "2026-11-24"),
        ("last friday", "2026-11-20"),
        ("two weeks ago", "2026-11-07"),
        ("in ten days", "2026-12-01"),
        ("the day before yesterday", "2026-11-19"),
        ("November 3rd", "2026-11-03"),
        ("the fifth of january", "2027-01-05"),
    ] {
        assert_eq!(
            dates::date(text, &NEAREST, Some(TODAY))
                .map(|date| date.to_string())
                .as_deref(),
            Ok(expected),
            "{text:?}"
        );
    }
    for text in ["no idea", "february thirtieth nineteen eighty", "soon"] {
        assert!(
            matches!(
                dates::date(text, &NEAREST, Some(TODAY)),
                Err(Trouble::Again(_))
            ),
            "{text:?}"
        );
    }
    assert!(dates::date("yesterday", &NEAREST, None).is_err());
    assert_eq!(
        dates::date("March third", &BIRTH, Some(TODAY)),
        Err(Trouble::More("Which year?"))
    );
}

#[test]
fn times_of_day_are_understood() {
    for (text, expected) in [
        ("three pm", "15:00"),
        ("3 p.m.", "15:00"),
        ("half past two in the afternoon", "14:30"),
        ("quarter to five in the evening", "16:45"),
        ("14:30", "14:30"),
        ("around ten in the morning", "10:00"),
        ("two thirty pm", "14:30"),
        ("noon", "12:00"),
        ("at about twenty past eight pm", "20:20"),
        ("5pm", "17:00"),
        ("twelve thirty am", "00:30"),
        ("ten oh five am", "10:05"),
        ("nine o'clock in the evening", "21:00"),
    ] {
        check("time", text, Some(expected));
    }
    check("time", "no clue", None);
    // Either half of the day is possible.
    check("time", "nine o'clock", None);
}

#[test]
fn addresses_choices_and_yes_no_are_understood() {
    check(
        "address",
        "It was at twelve maple street, Springfield.",
        Some("12 Maple Street, Springfield"),
    );
    check(
        "address",
        "42 High Street in Springfield",
        Some("42 High Street in Springfield"),
    );
    check(
        "address",
        "the corner of Fifth and Main",
        Some("the corner of Fifth and Main"),
    );
    check("choice", "It's a car accident.", Some("Car accident"));
    check("choice", "there is water everywhere", Some("Water damage"));
    check("choice", "a will", Some("Wills and estates"));
    check("choice", "the second one", Some("Water damage"));
    check(
        "choice",
        "I was fired from my employment",
        Some("Employment"),
    );
    check("choice", "something else", Some("Other"));
    check("choice", "anything", None);
    check("choice", "other", Some("Other"));
    check("yes_no", "Yes, it is.", Some("yes"));
    check("yes_no", "No, nobody was.", Some("no"));
    check("yes_no", "I don't think so", Some("no"));
    check("yes_no", "maybe", None);
}

#[test]
fn yes_and_no_carry_what_was_said_with_them() {
    for (text, expected) in [
        ("Yes.", Reply::Yes),
        ("that's right", Reply::Yes),
        ("Yep, correct!", Reply::Yes),
        ("no problem", Reply::Yes),
        ("No.", Reply::No(None)),
        ("that's not right", Reply::No(None)),
        (
            "no, it's five five five",
            Reply::No(Some("it's five five five".into())),
        ),
        ("No, Anna Keller.", Reply::No(Some("Anna Keller".into()))),
        ("nope", Reply::No(None)),
        ("Right now I am at work", Reply::Other),
        ("Anna", Reply::Other),
        ("", Reply::Other),
    ] {
        assert_eq!(reply::parse(text), expected, "{text:?}");
    }
}

#[test]
fn wishes_are_told_from_answers() {
    let script = script(&[
        "full_name | Full name | short_text | required | read_back | Name?",
        "street | Street | address | required | no_read_back | Street?",
        "phone | Phone number | phone | required | read_back | Phone?",
        "story | What happened | long_text | required | no_read_back | What happened?",
    ]);
    let ask = |key: &str, text: &str| intent::find(text, &script, script.field(key));
    let correct = |key: &str, value: Option<&str>| {
        Some(Intent::Correct {
            key: key.into(),
            value: value.map(str::to_owned),
        })
    };
    for text in [
        "I want to talk to a person",
        "Can I speak to a human please?",
        "agent",
        "Get me a real person.",
        "could I speak to someone",
    ] {
        assert_eq!(ask("phone", text), Some(Intent::Person), "{text:?}");
    }
    for text in [
        "I can't breathe",
        "there is some Chest Pain",
        "he is not breathing",
        "I cannot breathe well",
    ] {
        assert!(
            matches!(ask("story", text), Some(Intent::Emergency(_))),
            "{text:?}"
        );
    }
    assert_eq!(
        ask("phone", "Sorry, could you repeat that?"),
        Some(Intent::Repeat)
    );
    assert_eq!(
        ask("phone", "How much will that cost me?"),
        Some(Intent::Price)
    );
    assert_eq!(ask("phone", "Do I have a case?"), Some(Intent::Advice));
    assert_eq!(ask("phone", "I have to go, goodbye"), Some(Intent::Stop));
    assert_eq!(
        ask("phone", "Actually, the street is 5 Oak Road."),
        correct("street", Some("5 Oak Road"))
    );
    assert_eq!(
        ask("phone", "change my name to Anna Kellner"),
        correct("full_name", Some("Anna Kellner"))
    );
    assert_eq!(
        ask("street", "Wait, my phone number is 555 0143"),
        correct("phone", Some("555 0143"))
    );
    assert_eq!(ask("phone", "the street is wrong"), correct("street", None));
    for (key, text) in [
        ("full_name", "My name is Anna"),
        ("phone", "my phone number is 555 0142"),
        (
            "story",
            "The street was wet and a person ran in front of me",
        ),
        ("story", "I have no chest pain"),
        ("story", "I talked to an agent yesterday about the price"),
        (
            "story",
            "a human error, the other driver wanted someone to pay",
        ),
    ] {
        assert_eq!(ask(key, text), None, "{text:?}");
    }
    let skips = |text| intent::skips(text, script.field("phone").unwrap());
    assert!(
        skips("No, thanks.")
            && skips("skip that")
            && skips("No, I don't have one.")
            && skips("no phone")
    );
    assert!(!skips(
        "No one was there except my brother Tom and his friend"
    ));
    assert!(
        intent::is_unknown("I'm not sure.")
            && !intent::is_unknown("I am not sure whether it was the left or the right knee")
    );
}

#[test]
fn the_script_keeps_the_enum_order_and_leaves_out_what_does_not_fit() {
    let tools = [
        json!({"type":"function","name":"set_field","parameters":{"properties":{"field":{"enum":["b","a","gone"],"description":"One line per field.\na | A | choice | optional | no_read_back | Which? | choices: x; y z\nb | B | phone | required | read_back | \nc | C | colour | required | read_back | ?"}}}}),
    ];
    let instructions = "# Opening line\nHello.\nWelcome.\n\n# Already known\na = \"x\" (confirmed)\nb = 5, (five) (proposed)\nnonsense\n# Today\n2026-11-21";
    let script = Script::read(&SessionView {
        instructions,
        tools: &tools,
        tool_choice: &Value::Null,
    });
    assert_eq!(script.opening_line.as_deref(), Some("Hello. Welcome."));
    assert_eq!(
        script
            .fields
            .iter()
            .map(|field| (
                field.key.as_str(),
                field.required,
                field.read_back,
                field.question.as_str()
            ))
            .collect::<Vec<_>>(),
        [
            ("b", true, true, "What is the b?"),
            ("a", false, false, "Which?")
        ]
    );
    assert_eq!(script.fields[1].choices, ["x", "y z"]);
    assert_eq!(
        script.known,
        [
            Known {
                key: "a".into(),
                value: "x".into(),
                confirmed: true
            },
            Known {
                key: "b".into(),
                value: "5, (five)".into(),
                confirmed: false
            }
        ]
    );
    assert_eq!(script.today, Some(TODAY));
    assert!(script.tools.set_field && !script.tools.escalate);
}

#[test]
fn sentences_end_at_their_sign() {
    assert_eq!(
        sentences("Hello. Are you there? anna at example dot com").collect::<Vec<_>>(),
        ["Hello.", "Are you there?", "anna at example dot com"]
    );
}
