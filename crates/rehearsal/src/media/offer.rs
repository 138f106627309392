//! The answer to a caller's offer: what is accepted, and a connection that is ready for its checks.

use std::net::SocketAddr;
use std::time::Instant;
use str0m::change::SdpOffer;
use str0m::format::Codec;
use str0m::{Candidate, Rtc, RtcConfig};

/// A connection that waits for its caller.
pub(crate) struct Answered {
    pub(crate) rtc: Rtc,
    pub(crate) sdp: String,
    /// Whether the caller wants a data channel.
    pub(crate) data_channel: bool,
}

/// Why an offer is not answered. The texts are for the client; what the parser says is not among
/// them, because it tells about our insides.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum OfferError {
    #[error("Failed to parse the SDP offer.")]
    Unreadable,
    #[error("The SDP offer has no audio section.")]
    NoAudio,
    #[error("The SDP offer has no Opus audio.")]
    NoOpus,
    #[error("The SDP offer could not be accepted.")]
    Refused,
}

/// Room for events: a session with many tools is larger than a browser's default of 64 KiB.
const CHANNEL_BUFFER: usize = 1 << 20;
const LONGEST_EVENT: u32 = 1 << 20;

/// Answers an offer with our own addresses.
pub(crate) fn answer_offer(text: &str, candidates: &[SocketAddr]) -> Result<Answered, OfferError> {
    let offer = SdpOffer::from_sdp_string(text).map_err(|_| OfferError::Unreadable)?;
    let sections = || {
        text.lines()
            .filter_map(|line| line.trim_end().strip_prefix("m="))
    };
    let is_open = |section: &str| section.split(' ').nth(1).is_some_and(|port| port != "0");
    if !sections().any(|section| section.starts_with("audio ") && is_open(section)) {
        return Err(OfferError::NoAudio);
    }
    if !text.to_ascii_lowercase().contains(" opus/48000") {
        return Err(OfferError::NoOpus);
    }
    let data_channel =
        sections().any(|section| section.starts_with("application ") && is_open(section));

    let mut rtc = RtcConfig::new()
        .clear_codecs()
        .enable_opus(true, false)
        .set_reordering_size_audio(5)
        .set_sctp_max_buffered_amount(CHANNEL_BUFFER)
        .set_sctp_max_message_size(LONGEST_EVENT)
        .build(Instant::now());
    for candidate in candidates
        .iter()
        .filter_map(|address| Candidate::host(*address, "udp").ok())
    {
        rtc.add_local_candidate(candidate);
    }
    let answer = rtc
        .sdp_api()
        .accept_offer(offer)
        .map_err(|_| OfferError::Refused)?;
    let sdp = answer.to_sdp_string();
    if !rtc
        .codec_config()
        .iter()
        .any(|params| params.spec().codec == Codec::Opus)
    {
        return Err(OfferError::NoOpus);
    }
    Ok(Answered {
        rtc,
        sdp,
        data_channel,
    })
}
