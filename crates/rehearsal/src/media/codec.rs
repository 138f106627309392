//! Opus, at 24 kHz mono on our side and the usual 48 kHz clock on the wire.

use crate::engine::FRAME;
use ropus::{Application, Bitrate, Channels, DecodeMode, Decoder, Encoder, InbandFec};
use std::panic::{AssertUnwindSafe, catch_unwind};

const RATE: u32 = 24_000;
/// The longest Opus packet: 120 ms.
const LONGEST: usize = 2_880;
/// The largest Opus frame.
const LARGEST: usize = 1_275;

/// Both directions of one call.
pub(super) struct Codec {
    encoder: Encoder,
    decoder: Decoder,
}

/// The codec could not be set up or could not encode.
#[derive(Debug, thiserror::Error)]
#[error("opus: {0}")]
pub(super) struct CodecError(String);

impl Codec {
    pub(super) fn new() -> Result<Self, CodecError> {
        let failed = |error: &dyn std::fmt::Debug| CodecError(format!("{error:?}"));
        let encoder = Encoder::builder(RATE, Channels::Mono, Application::Voip)
            .bitrate(Bitrate::try_bits(32_000).map_err(|error| failed(&error))?)
            .complexity(5)
            .inband_fec(InbandFec::Enabled)
            .packet_loss_perc(5)
            .build()
            .map_err(|error| failed(&error))?;
        let decoder = Decoder::new(RATE, Channels::Mono).map_err(|error| failed(&error))?;
        Ok(Self { encoder, decoder })
    }

    /// 20 ms to a packet.
    pub(super) fn encode(&mut self, frame: &[i16; FRAME]) -> Result<Vec<u8>, CodecError> {
        let mut packet = vec![0; LARGEST];
        let length = self
            .encoder
            .encode(frame, &mut packet)
            .map_err(|error| CodecError(format!("{error:?}")))?;
        packet.truncate(length);
        Ok(packet)
    }

    /// A packet to sound; nothing for a packet that is none. A packet comes from a stranger, so
    /// even a panic of the decoder is only the end of that packet, and the decoder begins anew.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Vec<i16> {
        let mut sound = vec![0; LONGEST];
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            self.decoder.decode(packet, &mut sound, DecodeMode::Normal)
        }));
        match decoded {
            Ok(Ok(length)) => {
                sound.truncate(length);
                sound
            }
            Ok(Err(_)) => Vec::new(),
            Err(_) => {
                if let Ok(fresh) = Decoder::new(RATE, Channels::Mono) {
                    self.decoder = fresh;
                }
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_heard_and_what_is_garbage_is_not_fatal() {
        let mut codec = Codec::new().expect("sets up");
        let tone: [i16; FRAME] =
            std::array::from_fn(|at| ((at as f32 * 0.1).sin() * 8000.0) as i16);
        let packet = codec.encode(&tone).expect("encodes");
        assert_eq!(codec.decode(&packet).len(), FRAME);
        for length in 1..400usize {
            let garbage: Vec<u8> = (0..length).map(|at| (at * 31 + length * 7) as u8).collect();
            codec.decode(&garbage);
        }
        assert_eq!(codec.decode(&packet).len(), FRAME);
    }
}
