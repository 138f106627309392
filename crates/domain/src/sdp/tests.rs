//! Offers that pass and offers that do not.

use super::*;

fn fingerprint() -> String {
    vec!["AB"; 32].join(":")
}

fn offer(media: &[&str]) -> String {
    let mut text = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {}\r\n",
        fingerprint()
    );
    for line in media {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text
}

const AUDIO: [&str; 2] = [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=rtpmap:111 opus/48000/2",
];
const CHANNEL: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel";

fn check(text: &str, expected: Result<DataChannel, OfferProblem>) {
    assert_eq!(
        SdpOffer::parse(text).map(|offer| offer.data_channel()),
        expected,
        "{text}"
    );
}

#[test]
fn audio_alone_and_audio_with_a_channel_pass() {
    check(&offer(&AUDIO), Ok(DataChannel::Absent));
    check(
        &offer(&[AUDIO[0], AUDIO[1], CHANNEL]),
        Ok(DataChannel::Offered),
    );
    check(
        &offer(&AUDIO).replace("\r\n", "\n"),
        Ok(DataChannel::Absent),
    );
}

#[test]
fn everything_else_is_refused() {
    check("", Err(OfferProblem::Malformed));
    check("hello", Err(OfferProblem::Malformed));
    check("{\"sdp\":\"v=0\"}", Err(OfferProblem::Malformed));
    check(&offer(&[]), Err(OfferProblem::Audio));
    check(&offer(&[CHANNEL]), Err(OfferProblem::Audio));
    check(
        &offer(&[AUDIO[0], AUDIO[1], AUDIO[0]]),
        Err(OfferProblem::Audio),
    );
    check(
        &offer(&[AUDIO[0], AUDIO[1], "m=video 9 UDP/TLS/RTP/SAVPF 96"]),
        Err(OfferProblem::OtherMedia),
    );
    check(
        &offer(&[AUDIO[0], AUDIO[1], CHANNEL, CHANNEL]),
        Err(OfferProblem::OtherMedia),
    );
    check(
        &offer(&[AUDIO[0], "a=rtpmap:0 PCMU/8000"]),
        Err(OfferProblem::Opus),
    );
    check(
        &offer(&AUDIO).replace("sha-256", "sha-1"),
        Err(OfferProblem::Fingerprint),
    );
    check(
        &offer(&[
            AUDIO[0],
            AUDIO[1],
            &format!("a=fingerprint:sha-256 {}", vec!["CD"; 32].join(":")),
        ]),
        Err(OfferProblem::Fingerprint),
    );
    check(
        &offer(&AUDIO).replace("s=-", "s=\u{7}"),
        Err(OfferProblem::Malformed),
    );
    check(
        &(offer(&AUDIO) + &"a=x\r\n".repeat(20_000)),
        Err(OfferProblem::TooLarge),
    );
}

#[test]
fn fingerprints_by_other_hashes_are_not_passed_on() {
    let others = [
        format!("a=fingerprint:sha-512 {}", vec!["CD"; 64].join(":")),
        format!("a=fingerprint:SHA-384 {}", vec!["EF"; 48].join(":")),
        "a=fingerprint:sha-1".to_owned(),
    ];
    let lines: Vec<&str> = AUDIO
        .into_iter()
        .chain(others.iter().map(String::as_str))
        .collect();
    let alone = SdpOffer::parse(&offer(&AUDIO)).unwrap();
    assert_eq!(SdpOffer::parse(&offer(&lines)), Ok(alone));
    check(
        &offer(&AUDIO).replace("sha-256", "sha-512"),
        Err(OfferProblem::Fingerprint),
    );
}

#[test]
fn debug_shows_no_address() {
    assert!(!format!("{:?}", SdpOffer::parse(&offer(&AUDIO)).unwrap()).contains("127"));
}
