//! Voices and ears. What needs an installed program or a model says when it is skipped.

use super::{wav, *};

fn tone(samples: usize) -> Vec<i16> {
    (0..samples)
        .map(|at| ((at as f32 * 0.1).sin() * 8_000.0) as i16)
        .collect()
}

fn wav_file(rate: u32, length: u32, pcm: &[i16]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"LIST\x03\0\0\0abc\0data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(pcm.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[test]
fn a_wav_with_a_wrong_length_is_read_to_its_end() {
    let pcm = tone(1_000);
    for length in [2_000, u32::MAX, 0x7fff_f000] {
        let sound = wav::parse(&wav_file(16_000, length, &pcm)).unwrap();
        assert_eq!((sound.rate, sound.samples.len()), (16_000, 1_000));
    }
    for bad in [
        &b""[..],
        b"RIFF",
        &wav_file(16_000, 2_000, &pcm)[..30],
        b"RIFF\0\0\0\0WAVEdata\xff\xff\xff\xff",
    ] {
        assert!(wav::parse(bad).is_none());
    }
}

#[test]
fn resampling_keeps_the_duration() {
    let half_second = resample::to_float(&tone(8_000));
    let resampled = resample::resample(&half_second, 16_000, 24_000).unwrap();
    assert!(resampled.len().abs_diff(12_000) < 50, "{}", resampled.len());
}

#[test]
fn the_cache_lets_go_of_what_was_not_used() {
    let mut cache = Cache::default();
    let minute: Arc<[i16]> = vec![0; 24_000 * 50].into();
    cache.keep("a", &minute);
    cache.keep("b", &minute);
    assert!(cache.find("a").is_some());
    cache.keep("c", &minute);
    assert!(cache.find("b").is_none() && cache.find("a").is_some() && cache.find("c").is_some());
}

#[test]
fn a_pack_gives_back_its_sentences_and_only_those() {
    let sound: Arc<[i16]> = tone(24_000).into();
    let bytes = PromptPack::write(&[
        ("Hello there.".into(), Arc::clone(&sound)),
        ("Is that right?".into(), sound),
    ])
    .unwrap();
    let pack = PromptPack::parse(&bytes).unwrap();
    let one = pack.speak("Hello there.").unwrap().unwrap();
    assert!(one.len().abs_diff(24_480) < 10);
    let loudness = one
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum::<f64>()
        / one.len() as f64;
    assert!(loudness.sqrt() > 3_000.0, "{loudness}");
    // A sentence that varies is left to the captions, the fixed ones around it are heard.
    assert_eq!(
        pack.speak("I have Anna Keller. Is that right?")
            .unwrap()
            .unwrap()
            .len(),
        one.len()
    );
    assert!(
        pack.speak("Hello there. Is that right?")
            .unwrap()
            .unwrap()
            .len()
            > 2 * one.len()
    );
    assert!(pack.speak("Something else.").unwrap().is_none());
    assert!(
        PromptPack::parse(&bytes[..bytes.len() - 1]).is_err()
            && PromptPack::parse(b"nothing").is_err()
    );
}

#[tokio::test]
async fn captions_only_makes_no_sound_and_says_so() {
    let voice = Voice::detect(VoiceChoice::CaptionsOnly).await;
    assert_eq!(voice.speak("Hello.").await.unwrap(), None);
    assert!(voice.describe().to_string().contains("captions only"));
}

#[tokio::test]
async fn the_bundled_voice_knows_the_common_phrases() {
    let voice = Voice::detect(VoiceChoice::Bundled).await;
    assert_eq!(voice.describe(), VoiceKind::Bundled);
    assert!(voice.speak("Is that right?").await.unwrap().unwrap().len() > 12_000);
    assert!(voice.speak("I have Anna Keller.").await.unwrap().is_none());
}

#[tokio::test]
async fn an_installed_voice_speaks_at_24_khz_and_is_cached() {
    let voice = Voice::detect(VoiceChoice::Detect).await;
    if !matches!(voice.describe(), VoiceKind::Flite | VoiceKind::EspeakNg) {
        println!("skipped: neither flite nor espeak-ng is installed");
        return;
    }
    let first = voice
        .speak("What is the best phone number to reach you? $(touch x) -o y")
        .await
        .unwrap()
        .unwrap();
    assert!(
        (24_000 * 2..24_000 * 15).contains(&first.len()),
        "{}",
        first.len()
    );
    let again = voice
        .speak("What is the best phone number to reach you? $(touch x) -o y")
        .await
        .unwrap()
        .unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert!(matches!(
        voice.speak(&"long ".repeat(1_000)).await,
        Err(SpeechError::Program(ProgramError::TooLong))
    ));
}

#[tokio::test]
async fn a_deaf_ear_never_pretends_to_hear() {
    let hearing = Hearing::prepare(HearingChoice::Deaf).await.unwrap();
    assert_eq!(
        hearing.transcribe(&tone(24_000)).await.unwrap(),
        Heard::Unintelligible
    );
    assert!(!hearing.push(["yes".to_owned()]));
    assert!(hearing.describe().to_string().contains("can't hear words"));
}

#[tokio::test]
async fn a_scripted_ear_gives_one_text_for_each_turn() {
    let hearing = Hearing::prepare(HearingChoice::Scripted(vec!["one".into()]))
        .await
        .unwrap();
    assert!(hearing.push(["two".to_owned()]));
    for expected in [
        Heard::Speech("one".into()),
        Heard::Speech("two".into()),
        Heard::Unintelligible,
    ] {
        assert_eq!(hearing.transcribe(&[]).await.unwrap(), expected);
    }
}

#[cfg(not(feature = "hearing"))]
#[tokio::test]
async fn a_build_without_recognition_says_so() {
    let error = Hearing::prepare(HearingChoice::Whisper("models/any".into()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("without the feature `hearing`"));
}
