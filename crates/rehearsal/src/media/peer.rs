//! One caller's connection: sound both ways, and events over the data channel when there is one.

use super::codec::{Codec, CodecError};
use super::sockets::MediaSockets;
use crate::engine::FRAME;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use str0m::channel::ChannelId;
use str0m::media::{Frequency, MediaTime, Mid};
use str0m::{Event, IceConnectionState, Input, Output, Rtc};

/// The one channel that events travel on. Others are left alone.
const CHANNEL: &str = "oai-events";
const FRAME_TIME: Duration = Duration::from_millis(20);
/// 20 ms on the 48 kHz clock of the wire.
const FRAME_TICKS: u64 = 960;
/// Events that wait for room in the channel at most; a peer that reads none of them is gone.
const MOST_UNSENT: usize = 4_096;

/// What a caller did.
pub(super) enum Happening {
    Connected,
    ChannelOpened,
    Event(String),
    Sound(Vec<i16>),
    Closed,
    Lost,
}

pub(super) struct Peer {
    rtc: Rtc,
    codec: Codec,
    microphone: Option<Mid>,
    channel: Option<ChannelId>,
    unsent: VecDeque<String>,
    connected: bool,
    leaving: bool,
    next_frame: Instant,
    clock: u64,
    sent_any: bool,
}

impl Peer {
    pub(super) fn new(rtc: Rtc, now: Instant) -> Result<Self, CodecError> {
        Ok(Self {
            rtc,
            codec: Codec::new()?,
            microphone: None,
            channel: None,
            unsent: VecDeque::new(),
            connected: false,
            leaving: false,
            next_frame: now,
            clock: 0,
            sent_any: false,
        })
    }

    pub(super) fn accepts(&self, input: &Input<'_>) -> bool {
        self.rtc.accepts(input)
    }

    /// A datagram or the passing of time.
    pub(super) fn input(&mut self, input: Input<'_>) {
        if let Err(error) = self.rtc.handle_input(input) {
            tracing::debug!(%error, "a caller sent something impossible");
            self.rtc.disconnect();
        }
    }

    /// Says goodbye, by and by: what is left to send goes out by [`Peer::poll`].
    pub(super) fn close(&mut self) {
        self.leaving = true;
    }

    pub(super) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    /// Sends what is to be sent, and tells what happened and when to come back.
    pub(super) fn poll(
        &mut self,
        sockets: &MediaSockets,
        happenings: &mut Vec<Happening>,
    ) -> Option<Instant> {
        // Closing is refused while the data channel is still being set up, so it is tried again.
        if self.leaving {
            let _ = self.rtc.close();
        }
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => return Some(at),
                Ok(Output::Transmit(datagram)) => {
                    sockets.send(datagram.source, datagram.destination, &datagram.contents);
                }
                Ok(Output::Event(event)) => happenings.extend(self.on_event(event)),
                Err(error) => {
                    tracing::debug!(%error, "a caller's connection broke");
                    self.rtc.disconnect();
                    happenings.push(Happening::Lost);
                    return None;
                }
            }
        }
    }

    fn on_event(&mut self, event: Event) -> Option<Happening> {
        match event {
            Event::Connected => {
                self.connected = true;
                Some(Happening::Connected)
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                Some(Happening::Lost)
            }
            Event::MediaAdded(media) if media.kind.is_audio() && self.microphone.is_none() => {
                self.microphone = Some(media.mid);
                None
            }
            // Browsers probe the bandwidth with empty packets. They are not sound; a decoder would
            // fill in 20 ms for each.
            Event::MediaData(data) if data.data.is_empty() => None,
            Event::MediaData(data) => Some(Happening::Sound(self.codec.decode(&data.data))),
            Event::ChannelOpen(id, label) if label == CHANNEL && self.channel.is_none() => {
                self.channel = Some(id);
                Some(Happening::ChannelOpened)
            }
            Event::ChannelData(data) if Some(data.id) == self.channel => Some(Happening::Event(
                String::from_utf8_lossy(&data.data).into_owned(),
            )),
            Event::ChannelClose(id) if Some(id) == self.channel => {
                self.channel = None;
                None
            }
            Event::ChannelBufferedAmountLow(_) => {
                self.flush();
                None
            }
            Event::Closed => Some(Happening::Closed),
            _ => None,
        }
    }

    /// Sends an event over the data channel, in order, when there is one.
    pub(super) fn send_event(&mut self, event: &str) {
        if self.channel.is_some() && self.unsent.len() < MOST_UNSENT {
            self.unsent.push_back(event.to_owned());
            self.flush();
        }
    }

    /// Whether events wait for room in the channel.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Writes as many waiting events as there is room for.
    pub(super) fn flush(&mut self) {
        let Some(id) = self.channel else {
            return self.unsent.clear();
        };
        while let Some(event) = self.unsent.front() {
            let Some(mut channel) = self.rtc.channel(id) else {
                return;
            };
            match channel.write(false, event.as_bytes()) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "an event was too much for a data channel"),
            }
            self.unsent.pop_front();
        }
    }

    /// When the next frame of sound is due.
    pub(super) fn frame_due(&self) -> Option<Instant> {
        self.connected.then_some(self.next_frame)
    }

    /// Whether a frame is due now. Each `true` must be followed by one [`Peer::send_sound`].
    pub(super) fn takes_frame(&mut self, now: Instant) -> bool {
        if !self.connected || self.next_frame > now {
            return false;
        }
        // After a long stall the missed frames are skipped: late sound is no sound.
        if now.duration_since(self.next_frame) > FRAME_TIME * 10 {
            let missed = now.duration_since(self.next_frame).as_millis() / FRAME_TIME.as_millis();
            self.clock += FRAME_TICKS * missed as u64;
            self.next_frame = now;
        }
        self.next_frame += FRAME_TIME;
        true
    }

    /// Sends one frame. The clock of the wire never stops, so silence is sent too.
    pub(super) fn send_sound(&mut self, frame: &[i16; FRAME], now: Instant) {
        self.clock += FRAME_TICKS;
        let Some(writer) = self.microphone.and_then(|mid| self.rtc.writer(mid)) else {
            return;
        };
        let Some(opus) = writer.payload_params().next().map(|params| params.pt()) else {
            return;
        };
        let packet = match self.codec.encode(frame) {
            Ok(packet) => packet,
            Err(error) => return tracing::warn!(%error, "a frame could not be encoded"),
        };
        let time = MediaTime::new(self.clock, Frequency::FORTY_EIGHT_KHZ);
        // The marker belongs to the first packet after a pause in sending, and there is none.
        let writer = writer.start_of_talkspurt(!std::mem::replace(&mut self.sent_any, true));
        if let Err(error) = writer.write(opus, now, time, packet) {
            tracing::debug!(%error, "a frame could not be sent");
        }
    }
}
