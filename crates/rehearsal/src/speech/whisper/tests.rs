//! The tables by known values, and recognition itself where a model folder is given.

use super::{super::*, is_loop, mel::Mel, most_likely, probability};

#[test]
fn the_mel_filters_are_those_whisper_was_trained_with() {
    for bins in [80, 128] {
        let mel = Mel::new(bins);
        assert_eq!(mel.bins(), bins);
        // A pure 1 kHz tone is brightest where the mel scale has it, and silence is even.
        let tone: Vec<f32> = (0..16_000)
            .map(|at| (std::f32::consts::TAU * 1_000.0 * at as f32 / 16_000.0).sin())
            .collect();
        let picture = mel.of(&tone);
        assert_eq!(picture.len(), bins * super::mel::FRAMES);
        let column: Vec<f32> = (0..bins)
            .map(|bin| picture[bin * super::mel::FRAMES + 50])
            .collect();
        let brightest = (0..bins)
            .max_by(|a, b| column[*a].total_cmp(&column[*b]))
            .unwrap();
        // The mel of 1 kHz is 15 of 45.2.
        assert!(
            brightest.abs_diff(15 * (bins + 1) / 45 - 1) <= 1,
            "{brightest}"
        );
        let silent = mel.of(&[0.0; 16_000]);
        assert!(silent.iter().all(|value| (value - -1.5).abs() < 1e-6));
    }
}

#[test]
fn loops_are_told_from_repeated_digits() {
    assert!(!is_loop(&[1, 5, 5, 5, 5, 2]));
    assert!(is_loop(&[5; 8]));
    assert!(is_loop(&[9, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]));
    assert!(!is_loop(&[1, 2, 3, 1, 2, 3, 1, 2, 4]));
}

#[test]
fn likelihoods_are_those_of_a_softmax() {
    let logits = [0.0, 2.0_f32.ln(), f32::NEG_INFINITY];
    let (best, likelihood) = most_likely(&logits).unwrap();
    assert_eq!(best, 1);
    assert!(
        (likelihood - (2.0_f32 / 3.0).ln()).abs() < 1e-6
            && (probability(&logits, 0) - 1.0 / 3.0).abs() < 1e-6
    );
}

#[tokio::test]
async fn a_folder_without_a_model_is_refused_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let error = Hearing::prepare(HearingChoice::Whisper(folder.path().into()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("it has no `config.json`"),
        "{error}"
    );
}

/// Intake sentences, as Whisper writes them.
const SENTENCES: [&str; 20] = [
    "My name is Anna Keller.",
    "I want to talk to a person.",
    "Yes, that is right.",
    "No, it is not.",
    "The accident happened on Maple Street.",
    "My landlord wants to evict me.",
    "Another car hit mine from behind at the traffic light.",
    "I was born on March 3, 1980.",
    "It happened yesterday around noon.",
    "My phone number is 555-0142.",
    "I take one tablet every morning.",
    "I am allergic to penicillin.",
    "The kitchen is under water.",
    "Nobody was hurt.",
    "Please call me back tomorrow morning.",
    "I have had a cough for two weeks.",
    "The other party is a company.",
    "The damage is about four thousand dollars.",
    "Could you repeat the question?",
    "I would like to be seen by video.",
];

#[tokio::test]
async fn spoken_intake_sentences_are_understood() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test that runs where a model folder is given"
    )]
    let Some(folder) = std::env::var_os("VESTIBULE_HEARING_MODEL") else {
        println!("skipped: VESTIBULE_HEARING_MODEL names no model folder");
        return;
    };
    let voice = Voice::detect(VoiceChoice::Detect).await;
    if !matches!(voice.describe(), VoiceKind::Flite | VoiceKind::EspeakNg) {
        println!("skipped: neither flite nor espeak-ng is installed");
        return;
    }
    let hearing = Hearing::prepare(HearingChoice::Whisper(folder.into()))
        .await
        .unwrap();
    assert_eq!(hearing.describe(), HearingKind::Whisper);
    let words = |text: &str| {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (mut right, mut total) = (0, 0);
    for sentence in SENTENCES {
        let pcm = voice.speak(sentence).await.unwrap().unwrap();
        let heard = hearing.transcribe(&pcm).await.unwrap();
        let text = if let Heard::Speech(text) = &heard {
            text.as_str()
        } else {
            ""
        };
        let (wanted, got) = (words(sentence), words(text));
        total += wanted.len();
        let matched = common(&wanted, &got);
        right += matched;
        if matched < wanted.len() {
            println!("{sentence:?} was heard as {heard:?}");
        }
    }
    println!("{right} of {total} words ({} %)", 100 * right / total);
    assert!(right * 100 >= total * 85, "{right} of {total}");
    // What is no speech must not become words.
    for noise in [
        vec![0; 48_000],
        (0..48_000_u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 22) as i16 - 512)
            .collect::<Vec<i16>>(),
    ] {
        assert_eq!(
            hearing.transcribe(&noise).await.unwrap(),
            Heard::Unintelligible
        );
    }
}

/// The length of the longest common subsequence.
fn common(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for word in a {
        let mut diagonal = 0;
        for (at, other) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[at])
            };
            diagonal = above;
        }
    }
    row[b.len()]
}
