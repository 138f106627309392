//! A whole intake by ear: every answer is spoken by the installed voice and heard by Whisper. Runs where
//! `VESTIBULE_HEARING_MODEL` names a model folder and the crate was built with the feature `hearing`.

use crate::call::Call;
use rehearsal::dialogue::Heard;
use rehearsal::speech::{Hearing, HearingChoice, SpeechError, Voice, VoiceChoice, VoiceKind};

/// What the person says, and what the assistant's next words must hold. Where recognition went wrong the
/// read-back shows it, and the person says no and repeats.
const ANSWERS: [(&str, &str); 14] = [
    ("My name is Robert Miller.", "Robert Miller. Is that right?"),
    ("Yes.", "date of birth?"),
    ("March third, nineteen eighty.", "I have March 3, 1980."),
    ("Yes, that is right.", "phone number should"),
    (
        "five five five, zero one, four two.",
        "I have 5 5 5 0 1 4 2.",
    ),
    ("Yes.", "first visit"),
    ("No, it is not.", "reason for your visit?"),
    ("I have had a cough for some time.", "Since when"),
    ("For about two weeks.", "How strong is the pain"),
    ("Three.", "Which medicines"),
    ("I take one tablet every morning.", "allergic"),
    ("I am allergic to penicillin.", "interpreter"),
    ("No, thank you.", "How would you like to be seen?"),
    ("By video.", "Goodbye."),
];

/// The ear that the environment names; `None`, with the reason printed, where there is none.
pub(crate) async fn prepared_hearing() -> Option<Hearing> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test that runs where a model folder is given"
    )]
    let Some(folder) = std::env::var_os("VESTIBULE_HEARING_MODEL") else {
        println!("skipped: VESTIBULE_HEARING_MODEL names no model folder");
        return None;
    };
    match Hearing::prepare(HearingChoice::Whisper(folder.into())).await {
        Err(SpeechError::HearingNotBuilt) => {
            println!("skipped: built without the feature `hearing`");
            None
        }
        hearing => Some(hearing.unwrap()),
    }
}

#[tokio::test]
async fn a_clinic_questionnaire_is_answered_by_voice() {
    let Some(hearing) = prepared_hearing().await else {
        return;
    };
    let voice = Voice::detect(VoiceChoice::Detect).await;
    if voice.describe() != VoiceKind::Flite {
        println!("skipped: flite is not installed");
        return;
    }
    let mut call = Call::started("clinic-pre-visit");
    for (text, expected) in ANSWERS {
        let pcm = voice.speak(text).await.unwrap().unwrap();
        let heard = hearing.transcribe(&pcm).await.unwrap();
        println!("{text:?} was heard as {heard:?}");
        let (Heard::Speech(heard) | Heard::Doubtful(heard)) = heard else {
            panic!("{text:?} was not understood")
        };
        call.say(&heard, expected);
    }
    call.is_finished();
}
