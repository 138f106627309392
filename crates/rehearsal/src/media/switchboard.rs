//! The one task that drives every call: datagrams, commands and time in, calls driven.

use super::call::{Call, SpeechJob, Surroundings};
use super::sockets::{Datagram, MediaSockets};
use super::{Calls, Command};
use crate::dialogue::Heard;
use crate::engine::{self, Pace};
use crate::faults::SharedFaults;
use crate::ledger::{CallEnd, Ledger};
use crate::speech::{Hearing, Voice};
use runtime::{Clock, Tasks};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::Input;
use str0m::net::{Protocol, Receive};
use tokio::sync::mpsc;

const COMMANDS: usize = 1_024;
/// A call without anything to do is still looked at so often.
const LONGEST_NAP: Duration = Duration::from_millis(500);

/// What the calls need.
pub(crate) struct Switchboard {
    pub(crate) sockets: MediaSockets,
    pub(crate) voice: Arc<Voice>,
    pub(crate) hearing: Arc<Hearing>,
    pub(crate) ledger: Ledger,
    pub(crate) faults: SharedFaults,
    pub(crate) clock: Clock,
    pub(crate) pace: Pace,
    pub(crate) connect_timeout: Duration,
    pub(crate) caller_patience: Duration,
    pub(crate) max_calls: usize,
}

struct Running {
    board: Switchboard,
    around: Surroundings,
    calls: HashMap<String, Call>,
    /// When each call wants to be driven.
    due: HashMap<String, Instant>,
    /// Which call a known address belongs to.
    callers: HashMap<(SocketAddr, SocketAddr), String>,
    /// What the next turns of any call will have said.
    words: VecDeque<String>,
    commands: mpsc::Sender<Command>,
    tasks: Tasks,
}

impl Switchboard {
    /// Starts the task.
    pub(crate) fn start(self, tasks: &Tasks) -> Calls {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let datagrams = self.sockets.receive(tasks);
        let around = Surroundings {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            pace: self.pace,
            connect_timeout: self.connect_timeout,
            caller_patience: self.caller_patience,
        };
        let running = Running {
            board: self,
            around,
            calls: HashMap::new(),
            due: HashMap::new(),
            callers: HashMap::new(),
            words: VecDeque::new(),
            commands: commands.clone(),
            tasks: tasks.clone(),
        };
        tasks.spawn("rehearsal calls", running.run(inbox, datagrams));
        Calls(commands)
    }
}

impl Running {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Command>,
        mut datagrams: mpsc::Receiver<Datagram>,
    ) {
        let tasks = self.tasks.clone();
        loop {
            let nap = self
                .due
                .values()
                .min()
                .copied()
                .unwrap_or_else(|| Instant::now() + LONGEST_NAP);
            tokio::select! {
                biased;
                () = tasks.stopping() => return self.leave().await,
                Some(command) = inbox.recv() => self.on_command(command),
                Some(datagram) = datagrams.recv() => self.on_datagram(&datagram),
                () = tokio::time::sleep_until(nap.into()) => {}
            }
            self.drive_due();
        }
    }

    /// Asks for the call to be driven before the next wait.
    fn wake(&mut self, id: &str) {
        self.due.insert(id.to_owned(), Instant::now());
    }

    fn on_command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Admit(admission, reply) => {
                let id = admission.id.clone();
                let has_room = self.calls.len() < self.board.max_calls;
                let call = has_room
                    .then(|| Call::new(*admission, self.around.clone(), now))
                    .flatten();
                let _ = reply.send(call.is_some());
                if let Some(call) = call {
                    self.calls.insert(id.clone(), call);
                    self.wake(&id);
                }
            }
            Command::HangUp(id, reply) => {
                let call = self.calls.get_mut(&id).filter(|call| call.is_running());
                let _ = reply.send(call.is_some());
                self.with_call(&id, |call| call.end(CallEnd::HungUp, now));
            }
            Command::Attach(id, right, reply) => {
                let call = self.calls.get_mut(&id);
                let end = call.and_then(|call| call.attach(&right));
                let _ = reply.send(end);
            }
            Command::FromLink { call, link, text } => {
                self.with_call(&call, |call| {
                    call.on_client_event(engine::Peer::Link(link), &text, now)
                });
            }
            Command::LinkGone { call, link } => self.with_call(&call, |call| call.detach(link)),
            Command::Spoken { call, job, sound } => {
                self.with_call(&call, |call| call.spoken(job, sound.as_deref(), now))
            }
            Command::Heard { call, job, heard } => {
                self.with_call(&call, |call| call.heard(job, heard, now))
            }
            Command::PutWords(None, words, reply) => {
                self.words.extend(words);
                let _ = reply.send(true);
            }
            Command::PutWords(Some(id), words, reply) => {
                let _ = reply.send(self.calls.contains_key(&id));
                self.with_call(&id, |call| call.put_words(words));
            }
        }
    }

    fn with_call(&mut self, id: &str, act: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.get_mut(id) {
            act(call);
            self.wake(id);
        }
    }

    fn on_datagram(&mut self, datagram: &Datagram) {
        let Ok(contents) = datagram.bytes.as_slice().try_into() else {
            return;
        };
        let Datagram {
            source,
            destination,
            ..
        } = *datagram;
        let input = Input::Receive(
            Instant::now(),
            Receive {
                proto: Protocol::Udp,
                source,
                destination,
                contents,
            },
        );
        // A new address shows whose it is by the user name in its connectivity check. From then on
        // it is known, even before the check is answered: the first DTLS packet comes right behind
        // it, and its repetition would cost a second.
        let is_check = datagram.bytes.first().is_some_and(|first| *first < 4);
        let known = self.callers.get(&(source, destination));
        let known = known.filter(|id| {
            let call = self.calls.get(*id);
            call.is_some_and(|call| !is_check || call.accepts(&input))
        });
        let accepting = || self.calls.iter().find(|(_, call)| call.accepts(&input));
        let id = known.or_else(|| accepting().map(|(id, _)| id)).cloned();
        if let Some(id) = id
            && let Some(call) = self.calls.get_mut(&id)
        {
            call.receive(input, Instant::now());
            self.callers.insert((source, destination), id.clone());
            self.drive(&id, Instant::now());
        }
    }

    fn drive_due(&mut self) {
        let now = Instant::now();
        let due: Vec<String> = self
            .due
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.drive(&id, now);
        }
    }

    fn drive(&mut self, id: &str, now: Instant) {
        let mut jobs = Vec::new();
        let Some(call) = self.calls.get_mut(id) else {
            return;
        };
        let next = call.drive(&self.board.sockets, now, &mut jobs);
        if call.is_gone(now) {
            self.calls.remove(id);
            self.due.remove(id);
            self.callers.retain(|_, owner| owner != id);
            return;
        }
        self.due.insert(id.to_owned(), next.min(now + LONGEST_NAP));
        for job in jobs {
            self.hand_out(id, job);
        }
    }

    /// Has speech work done beside this task.
    fn hand_out(&mut self, id: &str, job: SpeechJob) {
        let (call, commands) = (id.to_owned(), self.commands.clone());
        match job {
            SpeechJob::Speak(job, text) => {
                let voice = Arc::clone(&self.board.voice);
                self.tasks.spawn("rehearsal voice", async move {
                    let sound = voice.speak(&text).await.unwrap_or_else(|error| {
                        tracing::warn!(%error, "the voice failed; this text is shown only");
                        None
                    });
                    let _ = commands.send(Command::Spoken { call, job, sound }).await;
                });
            }
            SpeechJob::Transcribe(job, pcm) => {
                let scripted = self
                    .calls
                    .get_mut(id)
                    .and_then(Call::next_words)
                    .or_else(|| self.words.pop_front());
                let hearing = Arc::clone(&self.board.hearing);
                self.tasks.spawn("rehearsal hearing", async move {
                    let heard = match scripted {
                        Some(words) => Ok(Heard::Speech(words)),
                        None => hearing.transcribe(&pcm).await.map_err(|error| {
                            tracing::warn!(%error, "the hearing failed");
                            "The audio could not be transcribed.".to_owned()
                        }),
                    };
                    let _ = commands.send(Command::Heard { call, job, heard }).await;
                });
            }
        }
    }

    /// Ends every call and gives the goodbyes a moment.
    async fn leave(mut self) {
        let ids: Vec<String> = self.calls.keys().cloned().collect();
        for id in &ids {
            self.with_call(id, |call| {
                call.end(CallEnd::ProviderStopped, Instant::now())
            });
        }
        for _ in 0..10 {
            self.drive_due();
            if self.calls.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            for id in &ids {
                self.with_call(id, |_| {});
            }
        }
    }
}
