//! What is a turn and what is not: noise, clicks, the assistant's own echo, and speech among them. The
//! speech is that of the bundled prompts, so that this runs everywhere.

use super::{Ears, Speech};
use crate::session::AutomaticTurns;
use crate::speech::{PromptPack, Voice, VoiceChoice, VoiceKind};
use std::time::Duration;

const RATE: usize = 24_000;
const FRAME: usize = RATE / 50;

fn turns() -> AutomaticTurns {
    AutomaticTurns {
        threshold: 0.5,
        prefix: Duration::from_millis(300),
        silence: Duration::from_millis(600),
        idle_timeout: None,
        create_response: true,
        interrupt_response: true,
    }
}

fn speech(sentence: &str) -> Vec<i16> {
    PromptPack::bundled()
        .unwrap()
        .speak(sentence)
        .unwrap()
        .unwrap_or_else(|| panic!("not bundled: {sentence}"))
        .to_vec()
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; RATE * ms / 1000]
}

/// Even noise from -1 to 1, the same in every run.
fn random(seed: u32) -> impl FnMut() -> f32 {
    let mut state = seed.max(1);
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f32::from((state >> 16) as u16) / 32_768.0 - 1.0
    }
}

fn noise(ms: usize, level: f32) -> Vec<i16> {
    let mut random = random(7);
    (0..RATE * ms / 1000)
        .map(|_| (random() * level) as i16)
        .collect()
}

/// Noise with most of its power low, as a room or a car has it.
fn rumble(ms: usize, level: f32) -> Vec<i16> {
    let mut random = random(11);
    let mut last = 0.0;
    (0..RATE * ms / 1000)
        .map(|_| {
            last = 0.98 * last + 0.2 * random();
            (last * level) as i16
        })
        .collect()
}

fn hum(ms: usize, level: f32) -> Vec<i16> {
    (0..RATE * ms / 1000)
        .map(|at| {
            let phase = std::f32::consts::TAU * at as f32 / RATE as f32;
            (level * (0.6 * (50.0 * phase).sin() + 0.4 * (150.0 * phase).sin())) as i16
        })
        .collect()
}

/// Short bursts, as of keys or a microphone that is put down.
fn clicks(ms: usize, every_ms: usize, length_ms: usize, level: f32) -> Vec<i16> {
    let mut random = random(3);
    (0..RATE * ms / 1000)
        .map(|at| {
            let since = at % (RATE * every_ms / 1000);
            let length = RATE * length_ms / 1000;
            if since < length {
                let fade = 1.0 - since as f32 / length as f32;
                (random() * level * fade) as i16
            } else {
                0
            }
        })
        .collect()
}

fn mixed(a: &[i16], b: &[i16]) -> Vec<i16> {
    (0..a.len().max(b.len()))
        .map(|at| {
            let sample = |of: &[i16]| of.get(at).copied().unwrap_or(0);
            sample(a).saturating_add(sample(b))
        })
        .collect()
}

fn quieter(pcm: &[i16], decibels: f32) -> Vec<i16> {
    let factor = 10_f32.powf(-decibels / 20.0);
    pcm.iter()
        .map(|s| (f32::from(*s) * factor) as i16)
        .collect()
}

fn level(pcm: &[i16]) -> f64 {
    (pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len() as f64).sqrt()
}

/// What is found in a sound, while another is played: beginnings and whole turns.
fn listen(heard: &[i16], played: &[i16]) -> (Vec<u64>, Vec<Vec<i16>>) {
    let mut ears = Ears::new();
    let (mut starts, mut found) = (Vec::new(), Vec::new());
    for (at, frame) in heard.chunks(FRAME).enumerate() {
        let from = (at * FRAME).min(played.len());
        let to = (from + FRAME).min(played.len());
        let mut out = played[from..to].to_vec();
        out.resize(FRAME, 0);
        ears.play(&out);
        for change in ears.detect(frame, &turns()) {
            match change {
                Speech::Started { at_ms } => starts.push(at_ms),
                Speech::Stopped { pcm, .. } => found.push(pcm),
            }
        }
    }
    (starts, found)
}

/// Four sentences of about ten seconds.
fn long_speech() -> Vec<i16> {
    [
        "Sorry, I did not understand that.",
        "You can also type your answer.",
        "I have trouble with this one.",
        "Someone from the team will take over.",
    ]
    .iter()
    .flat_map(|sentence| {
        let mut pcm = speech(sentence);
        pcm.extend(silence(200));
        pcm
    })
    .collect()
}

#[test]
fn noise_and_clicks_are_no_turns() {
    for (name, sound) in [
        ("silence", silence(4_000)),
        ("faint hiss", noise(6_000, 300.0)),
        ("hiss", noise(6_000, 2_000.0)),
        ("loud hiss", noise(6_000, 8_000.0)),
        ("rumble", rumble(6_000, 4_000.0)),
        ("hum", hum(6_000, 4_000.0)),
        ("keys", clicks(6_000, 180, 8, 9_000.0)),
        ("knocks", clicks(6_000, 700, 40, 16_000.0)),
        ("clicks", clicks(6_000, 1_000, 2, 30_000.0)),
    ] {
        let (starts, _) = listen(&sound, &[]);
        assert!(starts.is_empty(), "{name}: {starts:?}");
    }
}

#[test]
fn speech_is_one_turn_with_its_beginning_also_in_noise() {
    let clean = speech("Is that right?");
    for (name, background) in [
        ("quiet", silence(5_000)),
        (
            "hiss 20 dB below",
            noise(5_000, level(&clean) as f32 * 0.17),
        ),
        ("rumble", rumble(5_000, 2_000.0)),
        ("hum", hum(5_000, 1_000.0)),
        ("keys", clicks(5_000, 180, 8, 5_000.0)),
    ] {
        let mut said = silence(1_000);
        said.extend(&clean);
        said.extend(silence(1_500));
        let (starts, found) = listen(&mixed(&said, &background[..said.len()]), &[]);
        assert_eq!((starts.len(), found.len()), (1, 1), "{name}: {starts:?}");
        // The beginning is in it, with some of what came before.
        assert!((500..=1_150).contains(&starts[0]), "{name}: {starts:?}");
        assert!(found[0].len() >= clean.len(), "{name}");
    }
}

#[test]
fn the_assistants_own_echo_is_no_turn() {
    let played = long_speech();
    for decibels in [10.0, 15.0, 20.0] {
        for late_ms in [40, 120, 250, 330, 500] {
            let mut heard = silence(late_ms);
            heard.extend(quieter(&played, decibels));
            let heard = mixed(&heard, &noise(heard.len() * 1000 / RATE, 60.0));
            let (starts, _) = listen(&heard, &played);
            assert!(
                starts.is_empty(),
                "{decibels} dB below, {late_ms} ms late: {starts:?}"
            );
        }
    }
}

#[test]
fn a_caller_is_heard_over_the_assistant_and_its_echo() {
    let played = long_speech();
    let caller = speech("Then please say it again.");
    for decibels in [10.0, 20.0, 60.0] {
        for quieter_by in [0.0, 6.0, 12.0] {
            let mut said = silence(2_000);
            said.extend(quieter(&caller, quieter_by));
            let mut echo = silence(120);
            echo.extend(quieter(&played, decibels));
            let (starts, _) = listen(&mixed(&said, &echo), &played);
            let first = starts.first().copied();
            assert!(
                first.is_some_and(|at| (1_300..=2_200).contains(&at)),
                "echo {decibels} dB below, caller {quieter_by} dB below: {starts:?}"
            );
        }
    }
}

#[tokio::test]
async fn short_words_begin_a_turn_also_in_noise_and_quietly() {
    for name in ["slt", "rms"] {
        let voice = Voice::detect(VoiceChoice::Flite(name.to_owned())).await;
        if voice.describe() != VoiceKind::Flite {
            println!("skipped: flite is not installed");
            return;
        }
        for word in ["Yes.", "No.", "Four.", "Two.", "Skip."] {
            let clean = voice.speak(word).await.unwrap().unwrap();
            for (how, quieter_by, background) in [
                ("plainly", 0.0, silence(4_000)),
                ("12 dB quieter", 12.0, silence(4_000)),
                ("in hiss", 0.0, noise(4_000, level(&clean) as f32 * 0.17)),
                ("in rumble", 0.0, rumble(4_000, 2_000.0)),
            ] {
                let mut said = silence(500);
                said.extend(quieter(&clean, quieter_by));
                said.extend(silence(1_500));
                let (starts, found) = listen(&mixed(&said, &background[..said.len()]), &[]);
                assert_eq!(
                    (starts.len(), found.len()),
                    (1, 1),
                    "{name} {word} {how}: {starts:?}"
                );
            }
        }
    }
}
