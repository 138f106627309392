//! The marked part of the corpus by ear: two voices say it and Whisper hears it. Runs where
//! `VESTIBULE_HEARING_MODEL` names a model folder and the crate was built with the feature `hearing`.

use crate::corpus::{Entry, Outcome, entries};
use crate::spoken::prepared_hearing;
use rehearsal::speech::{Voice, VoiceChoice, VoiceKind};
use std::fmt;
use std::time::Instant;

/// How the utterances of one voice came out.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    right: usize,
    asked_again: usize,
    /// Misheard, but the assistant reads it back before it counts.
    read_back: usize,
    wrong: usize,
}

impl Tally {
    fn total(self) -> usize {
        self.right + self.asked_again + self.read_back + self.wrong
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            right,
            asked_again,
            read_back,
            wrong,
        } = self;
        write!(
            f,
            "{right} right, {asked_again} asked again, {read_back} misheard and read back, {wrong} wrong, of {}",
            self.total()
        )
    }
}

/// Of a hundred utterances, at least so many are understood at once …
const RIGHT: usize = 70;
/// … and at most so many change something that they should not. What is left is asked again, or read back.
const WRONG: usize = 8;

const WOMAN: &str = "slt";
const MAN: &str = "rms";

/// Which of the marked entries a voice says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Even,
    Odd,
    All,
}

// Recognition takes nearly all of the time, so each core has a test, and ordinarily the two voices
// take turns: every entry is heard, and each voice says half of them.

#[tokio::test]
async fn most_of_what_a_womans_voice_says_is_understood() {
    check(WOMAN, Share::Even).await;
}

#[tokio::test]
async fn most_of_what_a_mans_voice_says_is_understood() {
    check(MAN, Share::Odd).await;
}

#[tokio::test]
#[ignore = "minutes: cargo xtask bench fields"]
async fn most_of_all_that_a_womans_voice_says_is_understood() {
    check(WOMAN, Share::All).await;
}

#[tokio::test]
#[ignore = "minutes: cargo xtask bench fields"]
async fn most_of_all_that_a_mans_voice_says_is_understood() {
    check(MAN, Share::All).await;
}

/// Lets one of flite's voices say its share of the marked entries.
async fn check(name: &str, share: Share) {
    let Some(hearing) = prepared_hearing().await else {
        return;
    };
    let voice = Voice::detect(VoiceChoice::Flite(name.to_owned())).await;
    if voice.describe() != VoiceKind::Flite {
        println!("skipped: flite is not installed");
        return;
    }
    let spoken: Vec<Entry> = entries().into_iter().filter(|entry| entry.spoken).collect();
    assert!(spoken.len() >= 60, "{}", spoken.len());
    let share = spoken.iter().enumerate().filter(|(at, _)| match share {
        Share::Even => at % 2 == 0,
        Share::Odd => at % 2 == 1,
        Share::All => true,
    });
    let began = Instant::now();
    let mut tally = Tally::default();
    for (_, entry) in share {
        let mut heard = Vec::new();
        for turn in &entry.turns {
            let pcm = voice.speak(turn).await.unwrap().unwrap();
            heard.push(hearing.transcribe(&pcm).await.unwrap());
        }
        let outcome = entry.run(heard.clone(), same_letters);
        match &outcome {
            Outcome::Right => tally.right += 1,
            Outcome::AskedAgain(_) => tally.asked_again += 1,
            Outcome::ReadBack(_) => tally.read_back += 1,
            Outcome::Wrong(_) => tally.wrong += 1,
        }
        if outcome != Outcome::Right {
            println!("{}: heard {heard:?}: {outcome:?}", entry.name());
        }
    }
    println!("{name}: {tally}, in {:.0} s", began.elapsed().as_secs_f32());
    assert!(tally.right * 100 >= tally.total() * RIGHT, "{tally}");
    assert!(tally.wrong * 100 <= tally.total() * WRONG, "{tally}");
}

/// Recognition writes capitals, commas and spaces as it likes.
pub(crate) fn same_letters(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        text.to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect()
    };
    letters(one) == letters(other)
}
