//! The caller's task: its socket, its connection and its sound.

use super::{CallerError, CallerState};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::channel::ChannelId;
use str0m::media::{Frequency, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Event, Input, Output, Rtc};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

const FRAME: usize = 480;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_millis(200);
/// Silence within speech is shorter.
const PAUSE: Duration = Duration::from_millis(200);
/// Quieter than this is silence: the codec's own noise is far below.
const SILENCE: f64 = 40.0;

pub(super) enum Order {
    Say(Vec<i16>),
    Send(String),
    Close,
    Vanish,
}

pub(super) struct Driver {
    rtc: Rtc,
    socket: UdpSocket,
    address: SocketAddr,
    orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::UnboundedSender<String>,
    state: watch::Sender<CallerState>,
    encoder: ropus::Encoder,
    decoder: ropus::Decoder,
    speech: VecDeque<i16>,
    microphone: Option<Mid>,
    channel: Option<ChannelId>,
    /// Events that the channel has not taken yet: it is not open, or full.
    unsent: VecDeque<String>,
    next_frame: Instant,
    clock: u64,
}

impl Driver {
    pub(super) fn new(
        rtc: Rtc,
        socket: UdpSocket,
        microphone: Option<Mid>,
        orders: mpsc::UnboundedReceiver<Order>,
        events: mpsc::UnboundedSender<String>,
        state: watch::Sender<CallerState>,
    ) -> Result<Self, CallerError> {
        let address = socket.local_addr().map_err(CallerError::Socket)?;
        let mono = ropus::Channels::Mono;
        let encoder = ropus::Encoder::builder(24_000, mono, ropus::Application::Voip)
            .build()
            .map_err(|_| CallerError::Codec)?;
        let decoder = ropus::Decoder::new(24_000, mono).map_err(|_| CallerError::Codec)?;
        Ok(Self {
            rtc,
            socket,
            address,
            orders,
            events,
            state,
            encoder,
            decoder,
            speech: VecDeque::new(),
            microphone,
            channel: None,
            unsent: VecDeque::new(),
            next_frame: Instant::now(),
            clock: 0,
        })
    }

    pub(super) async fn run(mut self) {
        let mut buffer = vec![0; 2_000];
        // A socket refuses to send at once until the runtime has seen that it can.
        let _ = self.socket.writable().await;
        let mut leave_at: Option<Instant> = None;
        loop {
            if leave_at.is_some() {
                // Refused while the data channel is still being set up, so it is tried again. The
                // loop goes on until the goodbye is sent.
                let _ = self.rtc.close();
            }
            let Some(mut due) = self.poll() else { return };
            if leave_at.is_some_and(|at| at <= Instant::now()) {
                return;
            }
            due = leave_at.map_or(due, |at| due.min(at));
            if self.state.borrow().connected {
                self.send_events();
                while self.next_frame <= Instant::now() {
                    self.send_frame();
                }
                due = due.min(self.next_frame);
                let Some(again) = self.poll() else { return };
                due = due.min(again);
            }
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    if let Ok((length, source)) = received {
                        self.receive(buffer.get(..length).unwrap_or_default(), source);
                    }
                }
                order = self.orders.recv(), if !self.orders.is_closed() => match order {
                    Some(Order::Say(pcm)) => self.speech.extend(pcm),
                    Some(Order::Send(event)) => {
                        self.unsent.push_back(event);
                        self.send_events();
                    }
                    Some(Order::Close) | None => {
                        self.orders.close();
                        leave_at = Some(Instant::now() + GOODBYE);
                    }
                    Some(Order::Vanish) => return,
                },
                () = tokio::time::sleep_until(due.into()) => {}
            }
            // INVARIANT: between two inputs the connection is polled, or it loses its place.
            if due <= Instant::now() {
                self.poll();
                let _ = self.rtc.handle_input(Input::Timeout(Instant::now()));
            }
        }
    }

    fn receive(&mut self, bytes: &[u8], source: SocketAddr) {
        let destination = self.address;
        if let Ok(contents) = bytes.try_into() {
            let received = Receive {
                proto: Protocol::Udp,
                source,
                destination,
                contents,
            };
            let _ = self
                .rtc
                .handle_input(Input::Receive(Instant::now(), received));
        }
    }

    /// Sends what is due. None when the call is over.
    fn poll(&mut self) -> Option<Instant> {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) if self.rtc.is_alive() => return Some(at),
                Ok(Output::Timeout(_)) | Err(_) => {
                    self.state.send_modify(|state| state.closed = true);
                    return None;
                }
                Ok(Output::Transmit(datagram)) => {
                    let _ = self
                        .socket
                        .try_send_to(&datagram.contents, datagram.destination);
                }
                Ok(Output::Event(event)) => self.on_event(event),
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => {
                self.next_frame = Instant::now();
                self.state.send_modify(|state| state.connected = true);
            }
            Event::ChannelOpen(id, _) => {
                self.channel = Some(id);
                self.state.send_modify(|state| state.channel_open = true);
                self.send_events();
            }
            Event::ChannelData(data) => {
                if let Ok(event) = String::from_utf8(data.data) {
                    let _ = self.events.send(event);
                }
            }
            Event::MediaData(data) if !data.data.is_empty() => self.hear(&data.data),
            Event::Closed => self.state.send_modify(|state| state.closed = true),
            _ => {}
        }
    }

    fn hear(&mut self, packet: &[u8]) {
        let mut sound = [0; 2_880];
        let length = self
            .decoder
            .decode(packet, &mut sound, ropus::DecodeMode::Normal)
            .unwrap_or_default();
        let sound = sound.get(..length).unwrap_or_default();
        let squares: f64 = sound.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        let loudness = (squares / sound.len().max(1) as f64).sqrt();
        self.state.send_modify(|state| {
            state.packets += 1;
            state.loudness = loudness;
            if loudness > SILENCE {
                if state.quiet >= PAUSE || state.heard_since.is_none() {
                    state.heard_since = Some(Instant::now());
                }
                state.heard += FRAME_TIME;
                state.quiet = Duration::ZERO;
            } else {
                state.quiet += FRAME_TIME;
            }
        });
    }

    /// Sends what waits, in order, as far as the channel takes it.
    fn send_events(&mut self) {
        while let Some(event) = self.unsent.front() {
            let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id)) else {
                return;
            };
            match channel.write(false, event.as_bytes()) {
                Ok(true) => {
                    self.unsent.pop_front();
                }
                // Full: what comes in makes room.
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "a caller's event could not be sent");
                    self.unsent.pop_front();
                }
            }
        }
    }

    fn send_frame(&mut self) {
        self.next_frame += FRAME_TIME;
        self.clock += 960;
        let speaking = !self.speech.is_empty();
        let frame: Vec<i16> = (0..FRAME)
            .map(|_| self.speech.pop_front().unwrap_or_default())
            .collect();
        if speaking && self.speech.is_empty() {
            self.state
                .send_modify(|state| state.said_at = Some(Instant::now()));
        }
        let mut packet = vec![0; 1_275];
        let length = self.encoder.encode(&frame, &mut packet).unwrap_or_default();
        packet.truncate(length);
        let Some(writer) = self.microphone.and_then(|mid| self.rtc.writer(mid)) else {
            return;
        };
        let Some(opus) = writer.payload_params().next().map(|params| params.pt()) else {
            return;
        };
        let time = MediaTime::new(self.clock, Frequency::FORTY_EIGHT_KHZ);
        let _ = writer.write(opus, Instant::now(), time, packet);
    }
}
