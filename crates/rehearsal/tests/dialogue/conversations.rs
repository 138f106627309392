//! Whole conversations: each shipped workflow driven to its end.

use crate::call::Call;
use crate::contract::WORKFLOWS;
use rehearsal::dialogue::{Dialogue, Heard, SessionView, Step};
use serde_json::json;

#[test]
fn a_legal_intake_with_corrections_reaches_its_end() {
    let mut call = Call::started("legal-new-client");
    assert!(
        call.said.starts_with("Hello, this is the front desk")
            && call.said.contains("What is your full name?"),
        "{}",
        call.said
    );
    call.say(
        "My name is Anna Keller.",
        "I have Anna Keller. Is that right?",
    );
    call.say("Yes.", "phone number to reach you?");
    call.say("It's 555-0142.", "I have 5 5 5 0 1 4 2. Is that right?");
    call.say("No, it's 555 0143.", "I have 5 5 5 0 1 4 3. Is that right?");
    call.say("That's right.", "safe to leave a message");
    call.say(
        "Actually, my name is Anna Kellner.",
        "I have Anna Kellner. Is that right?",
    );
    call.say("Correct.", "safe to leave a message");
    call.say(
        "Yes, it is.",
        "What kind of matter is it? You can say: Family,",
    );
    call.say("Housing.", "what is it about?");
    call.say(
        "My landlord wants to evict me by the end of the month.",
        "Who is on the other side?",
    );
    call.say(
        "Northgate Properties.",
        "I have Northgate Properties. Is that right?",
    );
    call.say("No.", "Who is on the other side?");
    call.say(
        "Northgate Property Management.",
        "I have Northgate Property Management. Is that right?",
    );
    call.say("How much do your lawyers charge?", "I can't quote fees.");
    call.say("yes", "good time to call you back?");
    call.say("Tomorrow morning.", "email address? You can say skip.");
    call.say(
        "anna dot kellner at example dot com",
        "I have anna dot kellner at example dot com. Is that right?",
    );
    call.say("yes", "when did it begin?");
    call.say("skip", "deadline or a court date");
    call.say(
        "December fifth, twenty twenty six",
        "I have December 5, 2026. Is that right?",
    );
    call.say("yes that's correct", "Who else is involved");
    call.say("No one else.", "lawyer already");
    call.say("No.", "That was my last question.");
    call.is_finished();
    call.has("full_name", "Anna Kellner");
    call.has("phone", "5550143");
    call.has("safe_to_call", "yes");
    call.has("matter_type", "Housing");
    call.has("other_party", "Northgate Property Management");
    call.has("email", "anna.kellner@example.com");
    call.has("deadline", "2026-12-05");
    assert!(!call.form.contains_key("incident_date"));
}

#[test]
fn an_insurance_notice_reaches_its_end() {
    let mut call = Call::started("insurance-first-notice");
    call.instructions.push_str("\n# Today\n2026-11-21\n");
    call.say("No, nobody was.", "full name?");
    call.say("Robert Ortega", "I have Robert Ortega.");
    call.say("yes", "Which phone number");
    call.say("the one on my card", "I need all the digits");
    call.say("five five five", "Go on.");
    call.say(
        "three one two five five five oh one nine nine",
        "I have 3 1 2 5 5 5 0 1 9 9.",
    );
    call.say("yep", "What kind of loss is it?");
    call.say("it was a dinosaur", "I need one of the choices.");
    call.say("A car accident.", "On what date");
    call.say("Yesterday.", "I have November 20, 2026.");
    call.say("Yes.", "Where did it happen?");
    call.say(
        "At forty two maple street, Springfield.",
        "I have 42 Maple Street, Springfield.",
    );
    call.say("Yes.", "what happened");
    call.say(
        "Another car hit mine from behind at the traffic light.",
        "still safe to use?",
    );
    call.say("No, it isn't.", "who is it and how are they now?");
    call.say("skip", "policy number?");
    call.say("M V two oh four five one eight.", "I have M V 2 0 4 5 1 8.");
    call.say("yes", "At about what time?");
    call.say("half past five in the afternoon", "how high the damage is");
    call.say("About four thousand dollars.", "That was my last question.");
    call.is_finished();
    call.has("loss_date", "2026-11-20");
    call.has("loss_time", "17:30");
    call.has("loss_address", "42 Maple Street, Springfield");
    call.has("policy_number", "MV204518");
    call.has("estimated_damage", "4000.00");
    call.has("still_usable", "no");
}

#[test]
fn a_clinic_questionnaire_reaches_its_end() {
    let mut call = Call::started("clinic-pre-visit");
    call.say("Maria Lopez", "I have Maria Lopez.");
    call.say("yes", "date of birth?");
    call.say("March third nineteen eighty", "I have March 3, 1980.");
    call.say("yes", "phone number should");
    call.say("555 0199 please", "I have 5 5 5 0 1 9 9.");
    call.say("yes", "first visit");
    call.say("no", "reason for your visit?");
    call.say(
        "A cough that does not go away, but no chest pain.",
        "Since when",
    );
    call.say("For about two weeks.", "How strong is the pain");
    call.say("Three.", "Which medicines");
    call.say("Ten milligrams of lisinopril every morning.", "allergic");
    call.say("None.", "interpreter");
    call.say("No.", "How would you like to be seen?");
    call.say("By video.", "That was my last question.");
    call.is_finished();
    call.has("birth_date", "1980-03-03");
    call.has("pain_level", "3");
    call.has("allergies", "None.");
    call.has("new_patient", "no");
    call.has("visit_kind", "By video");
}

#[test]
fn a_person_is_called_when_asked_for() {
    let mut call = Call::started("legal-new-client");
    call.say(
        "I would rather speak to a person.",
        "Someone from the team will take over.",
    );
    assert_eq!(
        call.calls,
        [
            "escalate: The caller asked for a person.",
            "end_call: A person takes over."
        ]
    );
}

#[test]
fn an_emergency_ends_the_questions_at_once() {
    let mut call = Call::started("clinic-pre-visit");
    call.say("Maria Lopez", "Is that right?");
    call.say(
        "My chest hurts and I can't breathe",
        "Please hang up and call nine one one now.",
    );
    assert!(!call.said.contains('?'), "{}", call.said);
    assert_eq!(
        call.calls[1..],
        [
            "escalate: Emergency: the caller said \"chest hurts\".",
            "end_call: A person takes over."
        ]
    );
}

#[test]
fn a_person_is_called_when_answers_stay_unusable() {
    let mut call = Call::started("clinic-pre-visit");
    call.say("Maria Lopez", "Is that right?");
    call.say("yes", "date of birth?");
    call.say("purple", "I need a day");
    // In other words, and with the other ways out.
    call.say("purple", "Please say the day like this");
    assert!(
        call.said
            .contains("You can also type it, or say that you want a person."),
        "{}",
        call.said
    );
    call.say("purple", "You can type it, or say that you want a person.");
    call.say("purple", "You can type it, or say that you want a person.");
    call.say("purple", "will take over");
    assert!(
        call.calls
            .iter()
            .any(|name| name.starts_with("escalate: The answer to `birth_date`")),
        "{:?}",
        call.calls
    );
}

#[test]
fn staff_edits_and_resumed_values_are_not_asked_for_again() {
    let mut call = Call::of("clinic-pre-visit");
    call.instructions.push_str(
        "\n# Already known\nfull_name = Maria Lopez (confirmed)\nphone = 5550199 (proposed)\n",
    );
    call.form
        .insert("full_name".into(), ("Maria Lopez".into(), true));
    call.form.insert("phone".into(), ("5550199".into(), false));
    call.respond();
    assert!(
        call.said
            .contains("We go on where we stopped. I have 5 5 5 0 1 9 9. Is that right?"),
        "{}",
        call.said
    );
    call.say("yes", "date of birth?");
    call.form
        .insert("birth_date".into(), ("1980-03-03".into(), true));
    call.dialogue
        .on_note("The form was edited by staff: birth_date = 1980-03-03 (confirmed)");
    let said = call.respond();
    assert!(said.contains("first visit"), "{said}");
}

#[test]
fn a_waived_field_is_not_asked_for() {
    let mut call = Call::started("clinic-pre-visit");
    // The server's lists no longer name `birth_date`: somebody waived it.
    let output = json!({"ok": true, "value": "Maria Lopez", "state": "confirmed", "missing": ["phone"], "unconfirmed": []});
    call.dialogue.on_tool_output(
        "set_field",
        r#"{"field":"full_name","value":"Maria Lopez","confirmed":true}"#,
        &output.to_string(),
    );
    assert!(call.respond().contains("phone number"));
}

#[test]
fn what_was_not_understood_is_asked_again() {
    let mut call = Call::started("clinic-pre-visit");
    call.dialogue.on_user(Heard::Unintelligible);
    assert!(call.respond().contains(
        "I did not understand that. You can also type your answer. What is the patient's full name?"
    ));
    call.dialogue.on_user(Heard::Silence);
    assert_eq!(
        call.respond().trim(),
        "Are you still there? What is the patient's full name?"
    );
    call.say("Could you repeat that?", "What is the patient's full name?");
    call.dialogue.on_user(Heard::Typed("Maria Lopez".into()));
    assert!(call.respond().contains("I have Maria Lopez."));
}

#[test]
fn a_session_without_tools_gets_an_honest_echo() {
    let auto = json!("auto");
    let view = SessionView {
        instructions: "",
        tools: &[],
        tool_choice: &auto,
    };
    let mut dialogue = Dialogue::new();
    let greeting = dialogue.respond(&view, None);
    assert!(
        matches!(&greeting[..], [Step::Say(text)] if text.contains("no form to fill in")),
        "{greeting:?}"
    );
    dialogue.on_user(Heard::Typed("good morning".into()));
    assert_eq!(
        dialogue.respond(&view, None),
        [Step::Say("You said: good morning".into())]
    );
    assert_eq!(
        dialogue.respond(&view, Some("Be brief.\nSay: One moment please.")),
        [Step::Say("One moment please.".into())]
    );
}

#[test]
fn tool_choice_none_allows_no_call() {
    let call = Call::of("clinic-pre-visit");
    let none = json!("none");
    let view = SessionView {
        instructions: &call.instructions,
        tools: &call.tools,
        tool_choice: &none,
    };
    let mut dialogue = Dialogue::new();
    dialogue.respond(&view, None);
    dialogue.on_user(Heard::Typed("Maria Lopez".into()));
    assert!(
        !dialogue
            .respond(&view, None)
            .iter()
            .any(|step| matches!(step, Step::CallTool { .. }))
    );
}

#[test]
fn the_same_words_lead_to_the_same_steps() {
    for name in WORKFLOWS {
        let run = || {
            let mut call = Call::started(name);
            let mut said = call.said.clone();
            for text in ["yes", "Anna Keller", "no", "555 0142", "skip", "a person"] {
                call.dialogue.on_user(Heard::Typed(text.into()));
                said.push_str(call.respond());
            }
            (said, call.calls)
        };
        assert_eq!(run(), run());
    }
}
