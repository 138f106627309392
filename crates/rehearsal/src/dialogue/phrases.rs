//! The fixed sentences of the rehearsal voice. What varies with the session stands in `script`.

pub(super) const GREETING: &str = "Hello.";
pub(super) const WELCOME_BACK: &str = "We go on where we stopped.";
pub(super) const THANKS: [&str; 3] = ["Thank you.", "Got it.", "All right."];
pub(super) const SKIPPABLE: &str = "You can say skip.";
pub(super) const IS_THAT_RIGHT: &str = "Is that right?";
pub(super) const YES_OR_NO: &str = "Please say yes or no.";
pub(super) const ASK_AGAIN: &str = "Then please say it again.";
pub(super) const NOT_UNDERSTOOD: &str =
    "Sorry, I did not understand that. You can also type your answer.";
pub(super) const STILL_THERE: &str = "Are you still there?";
pub(super) const TAKE_YOUR_TIME: &str = "Take your time.";
pub(super) const STAFF_CAN_TYPE: &str =
    "That is all right. You can also type your answers, and the team can fill in what is missing.";
pub(super) const I_HEAR_YOU: &str = "Yes, I can hear you.";
pub(super) const FIRST_QUESTION: &str = "This is the first question.";
pub(super) const AUTOMATED: &str =
    "I am an automated assistant. You can ask for a person at any time.";
pub(super) const PART_OF_THE_FORM: &str = "It is part of this form, and the team will see it.";
pub(super) const OFF_TOPIC: &str = "I can't help with that here.";
pub(super) const TYPE_OR_SKIP: &str = "You can also type it, or say skip.";
pub(super) const TYPE_OR_PERSON: &str = "You can also type it, or say that you want a person.";
pub(super) const LEFT_OUT: &str = "We leave this one out.";
pub(super) const NEEDED: &str =
    "I need this to finish. A rough answer is fine, or say that you want a person.";
pub(super) const STUCK: &str =
    "I have trouble with this one. You can type it, or say that you want a person.";
pub(super) const GIVE_UP: &str =
    "I can't get this right on my own. Someone from the team will take over.";
pub(super) const PERSON: &str = "Of course. Someone from the team will take over.";
pub(super) const NO_PERSON: &str = "I can't reach anyone from this call. Let us go on.";
pub(super) const NO_PRICE: &str = "I can't quote prices. The team will talk about that with you.";
pub(super) const NO_ADVICE: &str =
    "I can't give advice or decide that. I will leave it to the team.";
pub(super) const STOPPING: &str =
    "All right, I am stopping here. What you have told me is kept. Goodbye.";
pub(super) const LAST: &str =
    "That was my last question. I have written everything down and send it in now.";
pub(super) const GOODBYE: &str = "Thank you. Your answers are with the team. Goodbye.";
pub(super) const OVER: &str = "We are finished. You can hang up now.";
pub(super) const NOT_YET: &str = "Something is still missing.";
pub(super) const NOT_SAVED: &str = "I could not save that. Let us try again.";
pub(super) const NOT_ALLOWED: &str = "I am not allowed to write that down. We leave it out.";
pub(super) const BY_STAFF: &str = "The team has already filled that in.";
pub(super) const NO_TASK: &str = "This is the rehearsal voice. This session gives me no form to fill in, so I can only repeat what I understand.";

/// All of them, for pre-rendering.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    THANKS.into_iter().chain([
        GREETING,
        WELCOME_BACK,
        SKIPPABLE,
        IS_THAT_RIGHT,
        YES_OR_NO,
        ASK_AGAIN,
        NOT_UNDERSTOOD,
        STILL_THERE,
        TAKE_YOUR_TIME,
        STAFF_CAN_TYPE,
        I_HEAR_YOU,
        FIRST_QUESTION,
        AUTOMATED,
        PART_OF_THE_FORM,
        OFF_TOPIC,
        TYPE_OR_SKIP,
        TYPE_OR_PERSON,
        LEFT_OUT,
        NEEDED,
        STUCK,
        GIVE_UP,
        PERSON,
        NO_PERSON,
        NO_PRICE,
        NO_ADVICE,
        STOPPING,
        LAST,
        GOODBYE,
        OVER,
        NOT_YET,
        NOT_SAVED,
        NOT_ALLOWED,
        BY_STAFF,
        NO_TASK,
    ])
}
