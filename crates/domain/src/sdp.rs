//! A browser's SDP offer, read just far enough to refuse what must not pass (RFC 8866, RFC 8122).

use std::fmt;

/// The largest offer we read, in bytes. A browser's audio offer is about 3 KB.
pub const MAX_OFFER_BYTES: usize = 64 * 1024;

/// The SHA-256 fingerprint of a page's DTLS certificate, upper-case hex pairs with colons.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DtlsFingerprint(String);

/// Why a text is not a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 32 hex pairs joined by colons")]
pub struct InvalidFingerprint;

impl DtlsFingerprint {
    /// Takes `AB:CD:…` (32 pairs), in any case.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidFingerprint> {
        let pairs = text
            .split(':')
            .filter(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
            .count();
        if pairs == 32 && text.len() == 32 * 3 - 1 {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(InvalidFingerprint)
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DtlsFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an offer asks for a data channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataChannel {
    /// It does.
    Offered,
    /// It does not: the browser can neither read nor change the conversation.
    Absent,
}

/// An offer with exactly one audio section, no video, at most one data channel and one fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct SdpOffer {
    text: String,
    fingerprint: DtlsFingerprint,
    data_channel: DataChannel,
}

/// SDP carries network addresses, so it is never printed.
impl fmt::Debug for SdpOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SdpOffer")
            .field("data_channel", &self.data_channel)
            .finish_non_exhaustive()
    }
}

/// Why an offer is refused. It never repeats the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferProblem {
    /// Too large.
    #[error("the offer is larger than {MAX_OFFER_BYTES} bytes")]
    TooLarge,
    /// Not SDP.
    #[error("the offer is not SDP")]
    Malformed,
    /// No audio, or more than one.
    #[error("the offer must hold exactly one audio section")]
    Audio,
    /// The audio section does not offer Opus.
    #[error("the offer must hold the Opus codec")]
    Opus,
    /// Video or another kind.
    #[error("the offer must hold nothing but audio and a data channel")]
    OtherMedia,
    /// No SHA-256 fingerprint, or several that differ.
    #[error("the offer must hold one SHA-256 fingerprint")]
    Fingerprint,
}

impl SdpOffer {
    /// Reads an offer.
    ///
    /// # Errors
    /// When it holds anything we do not pass on.
    pub fn parse(text: &str) -> Result<Self, OfferProblem> {
        if text.len() > MAX_OFFER_BYTES {
            return Err(OfferProblem::TooLarge);
        }
        let lines: Vec<&str> = text
            .lines()
            .map(|line| line.trim_end_matches('\r'))
            .collect();
        if lines.first() != Some(&"v=0") || !lines.iter().all(|line| is_sdp_line(line)) {
            return Err(OfferProblem::Malformed);
        }
        let mut audio = 0_u32;
        let mut channels = 0_u32;
        for media in lines.iter().filter_map(|line| line.strip_prefix("m=")) {
            match media.split(' ').next() {
                Some("audio") => audio += 1,
                Some("application") => channels += 1,
                _ => return Err(OfferProblem::OtherMedia),
            }
        }
        if audio != 1 {
            return Err(OfferProblem::Audio);
        }
        if channels > 1 {
            return Err(OfferProblem::OtherMedia);
        }
        if !lines.iter().any(|line| {
            line.starts_with("a=rtpmap:") && line.to_ascii_lowercase().contains(" opus/48000")
        }) {
            return Err(OfferProblem::Opus);
        }
        let fingerprint = one_fingerprint(&lines).ok_or(OfferProblem::Fingerprint)?;
        // The provider wants CRLF, and a final one (realtime reference 2.2). Fingerprints by other hashes
        // stay here: they could be those of another certificate, which a provider may prefer (RFC 8122,
        // section 5.1), and what a secret is bound to is the one we read.
        let text = lines
            .iter()
            .filter(|line| !line.is_empty() && !is_other_fingerprint(line))
            .flat_map(|line| [line, "\r\n"])
            .collect();
        let data_channel = if channels == 1 {
            DataChannel::Offered
        } else {
            DataChannel::Absent
        };
        Ok(Self {
            text,
            fingerprint,
            data_channel,
        })
    }

    /// The offer with CRLF line ends and one hash of fingerprints, to send to the provider.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The fingerprint of the page's certificate.
    #[must_use]
    pub const fn fingerprint(&self) -> &DtlsFingerprint {
        &self.fingerprint
    }

    /// Whether a data channel is offered.
    #[must_use]
    pub const fn data_channel(&self) -> DataChannel {
        self.data_channel
    }
}

/// `x=value` without control characters, or an empty line at the end.
fn is_sdp_line(line: &str) -> bool {
    let mut bytes = line.bytes();
    match (bytes.next(), bytes.next()) {
        (None, _) => true,
        (Some(kind), Some(b'=')) => {
            kind.is_ascii_lowercase() && !line.chars().any(char::is_control)
        }
        _ => false,
    }
}

const FINGERPRINT: &str = "a=fingerprint:";

fn is_other_fingerprint(line: &str) -> bool {
    let hash = line
        .strip_prefix(FINGERPRINT)
        .and_then(|value| value.split(' ').next());
    hash.is_some_and(|hash| !hash.eq_ignore_ascii_case("sha-256"))
}

/// The SHA-256 fingerprint, which is the same wherever it is given.
fn one_fingerprint(lines: &[&str]) -> Option<DtlsFingerprint> {
    let mut found = None;
    for value in lines
        .iter()
        .filter(|line| !is_other_fingerprint(line))
        .filter_map(|line| line.strip_prefix(FINGERPRINT))
    {
        let (_, hex) = value.split_once(' ')?;
        let fingerprint = DtlsFingerprint::parse(hex.trim()).ok()?;
        match &found {
            Some(known) if known != &fingerprint => return None,
            _ => found = Some(fingerprint),
        }
    }
    found
}

#[cfg(test)]
mod tests;
