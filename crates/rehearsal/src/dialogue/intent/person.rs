//! Whether a person is asked for.

use crate::dialogue::words::padded;

/// Whether a text asks for a person. `I want to talk to someone` does; `I want someone to pay` is a story.
pub(super) fn wants_person(text: &str) -> bool {
    const PEOPLE: [&str; 12] = [
        "person",
        "human",
        "agent",
        "someone",
        "somebody",
        "operator",
        "representative",
        "receptionist",
        "staff",
        "lawyer",
        "nurse",
        "doctor",
    ];
    const VERBS: [&str; 16] = [
        "i want",
        "i want to talk to",
        "i want to speak to",
        "i want to speak with",
        "i want to talk with",
        "talk to",
        "speak to",
        "speak with",
        "get me",
        "connect me to",
        "transfer me to",
        "put me through to",
        "id like",
        "i would like",
        "i need to talk to",
        "give me",
    ];
    let said = padded(text);
    let named = |person: &str| {
        [
            "",
            "a ",
            "an ",
            "the ",
            "some ",
            "a real ",
            "real ",
            "a live ",
            "a human ",
            "an actual ",
            "another ",
        ]
        .iter()
        .any(|article| {
            VERBS
                .iter()
                .any(|verb| said.contains(&format!(" {verb} {article}{person} ")))
        })
    };
    let alone = [
        "person",
        "human",
        "agent",
        "operator",
        "representative",
        "real person",
    ]
    .iter()
    .any(|person| {
        ["", "a ", "an "].iter().any(|article| {
            let ask = format!("{article}{person}");
            said == format!(" {ask} ") || said == format!(" {ask} please ")
        })
    });
    // `I want to talk to someone` asks for a person; `I want someone to pay` is a story.
    let vague = |person: &str| {
        matches!(
            person,
            "someone" | "somebody" | "staff" | "lawyer" | "nurse" | "doctor"
        )
    };
    let named_vague = |person: &str| {
        [
            "talk to",
            "speak to",
            "speak with",
            "connect me to",
            "transfer me to",
            "put me through to",
        ]
        .iter()
        .any(|verb| {
            ["", "a ", "the "].iter().any(|article| {
                let wish = format!(" {verb} {article}{person} ");
                said.starts_with(&wish)
                    || [
                        "i want to",
                        "id like to",
                        "i would like to",
                        "can i",
                        "could i",
                        "may i",
                        "let me",
                        "i need to",
                        "please",
                        "id rather",
                        "i would rather",
                        "could you",
                        "can you",
                        "would you",
                    ]
                    .iter()
                    .any(|wish_start| said.contains(&format!(" {wish_start}{wish}")))
            })
        })
    };
    alone
        || PEOPLE.iter().any(|person| {
            if vague(person) {
                named_vague(person)
            } else {
                named(person)
            }
        })
}
