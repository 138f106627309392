//! The provider's call as a state machine: inputs in, actions out, no I/O and no clock.
//!
//! It verifies the configuration before anything else, keeps responses from overlapping, answers
//! every tool call exactly once, puts captions together, and knows when the goodbye was heard.
//! The loop that owns it carries the actions out (`service::control`).

pub mod event;

mod items;
mod responses;
mod speech;
mod tools;
mod trust;

mod captions;
mod drift;
mod quiet;
mod strangers;

pub use drift::DriftKind;
pub use event::*;
pub use strangers::Following;

use crate::{
    ItemId, Private, ResponseId, SessionId, Timestamp, ToolCallId,
    event::{LiveEvent, Speaker},
    incident::Incident,
    intake::{Evidence, TurnOrigin},
    session::{ClientKind, EndReason},
    tool::{ToolCall, ToolOutput},
    trouble::ProviderTrouble,
    workflow::ConnectionMode,
};
use captions::Captions;
use drift::{DriftWatch, Verdict};
use quiet::{Due, Quiet};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};
use strangers::{AnsweredBy, BegunBy, Strangers};

/// How long the model has for its goodbye after the intake was closed.
const CLOSING_PATIENCE: Duration = Duration::from_secs(30);
/// A response without sound: how long until we believe that none will come.
const SILENT_GOODBYE: Duration = Duration::from_secs(2);
/// After the last sound: the goodbye may be a response of its own that begins a moment later.
const AFTER_LAST_SOUND: Duration = Duration::from_millis(700);
/// More tool calls than this in one session is a model that runs wild.
pub const MAX_TOOL_CALLS: usize = 500;
/// More than this is not typed before a call is verified.
const MAX_HELD_BACK: usize = 100;
/// More items than this is no conversation of under an hour.
pub const MAX_ITEMS: usize = 5000;
/// More words of others within [`BURST_WINDOW`] are a flood.
pub const MAX_BURST: usize = 100;
/// See [`MAX_BURST`].
pub const BURST_WINDOW: Duration = Duration::from_secs(10);

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallInput {
    /// The control link saw something.
    Event(CallEvent),
    /// A tool ended.
    ToolDone {
        /// The tool call.
        call: ToolCallId,
        /// Its answer.
        output: ToolOutput,
        /// The id of the item that carries the answer: random, so that nobody takes it first.
        item: ItemId,
        /// What follows.
        then: AfterTool,
    },
    /// There is something the model must know.
    Note {
        /// The item's id, chosen by us: random, so that nobody takes it first.
        item: ItemId,
        /// What the model is told.
        text: Private<String>,
        /// Whether it should go on by itself, because what it asked for is there now.
        go_on: bool,
        /// Whether staff gave the reason, by editing the form: a sign of life.
        by_staff: bool,
    },
    /// The person's words, typed by staff.
    Typed {
        /// The item's id, chosen by us.
        item: ItemId,
        /// The words.
        text: Private<String>,
    },
    /// Staff silenced both sides, or go on.
    Pause {
        /// Whether both sides are to be silent.
        paused: bool,
    },
    /// Time passed.
    Tick,
}

/// What follows a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterTool {
    /// The model goes on.
    GoOn,
    /// The intake is closed: the model says goodbye, then the call ends.
    SayGoodbye,
    /// The goodbye was said in the same response: the call ends when it was heard.
    HangUp,
}

/// What the loop has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallAction {
    /// Tell the call.
    Send(CallCommand),
    /// The configuration is verified: the session is live.
    GoLive,
    /// Somebody changed the configuration; it is being put back.
    RecordDrift {
        /// What they changed.
        parts: Vec<PinnedPart>,
        /// How it is to be read.
        kind: DriftKind,
    },
    /// Somebody answered a tool call that only we answer, for the first time in this call; every such
    /// answer is taken out.
    RecordForeignAnswer,
    /// Somebody works against the call, which is being hung up.
    RecordIncident(Incident),
    /// Nobody was heard for a while: come back with a [`CallInput::Note`] that has the model ask.
    AskWhetherThere,
    /// The provider failed the call, which is being hung up.
    RecordTrouble {
        /// What it means.
        trouble: ProviderTrouble,
        /// The provider's own word for it, if it said one.
        code: Option<String>,
    },
    /// Run a tool and come back with [`CallInput::ToolDone`].
    RunTool {
        /// The call, seen finished on our own link.
        call: ToolCall,
        /// The person's turn before it.
        evidence: Option<Evidence>,
        /// Whose configuration the model followed. The tool is refused when it is not ours.
        following: Following,
    },
    /// A turn is on record.
    RecordTurn {
        /// The item.
        item: ItemId,
        /// Who.
        speaker: Speaker,
        /// Spoken or typed.
        origin: TurnOrigin,
        /// Start in the call's audio, in milliseconds.
        start_ms: Option<u64>,
        /// End in the call's audio, in milliseconds.
        end_ms: Option<u64>,
    },
    /// Tokens were used.
    RecordUsage {
        /// By this response.
        response: ResponseId,
        /// So many.
        usage: Usage,
    },
    /// Show it to the pages that watch.
    Show(LiveEvent),
    /// End the session and hang up.
    HangUp(EndReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The control link is there; the configuration is not verified yet.
    Verifying,
    /// Verified.
    Live,
    /// A hang-up was asked for; nothing more is done.
    Over,
}

/// What is to be thought of a response.
#[derive(Debug, Clone, Copy)]
enum Judged {
    Ours,
    /// Nobody knows whose it is.
    Doubtful,
    Intrusion(Incident),
}

#[derive(Debug, Clone, Copy)]
struct Closing {
    until: Timestamp,
    /// Whatever still plays, the call ends then.
    at_last: Timestamp,
    /// Whether the response that says goodbye has begun.
    begun: bool,
}

/// What a call is held to besides its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTerms {
    /// How the browser reaches the provider.
    pub mode: ConnectionMode,
    /// Which kind of client talks.
    pub client: ClientKind,
    /// After so long without a word the person is asked whether they are still there, and after as
    /// long again the call ends.
    pub idle: Duration,
    /// How long a pause may last.
    pub longest_pause: Duration,
}

/// One call.
#[derive(Debug)]
pub struct Call {
    session: SessionId,
    configuration: CallConfiguration,
    terms: CallTerms,
    phase: Phase,
    /// When control is lost unless the configuration was seen by then.
    verify_by: Option<Timestamp>,
    items: usize,
    /// When others' latest words came.
    burst: VecDeque<Timestamp>,
    drift: DriftWatch,
    strangers: Strangers,
    /// Nothing is asked of the model before this time.
    quiet_until: Option<Timestamp>,
    /// The response being generated.
    active: Option<ResponseId>,
    /// The response that was cut off last: its sound may still begin.
    cut: Option<ResponseId>,
    /// We asked for a response that has not begun.
    asked: bool,
    /// A response runs whose beginning we did not see.
    blocked: bool,
    /// A response is wanted as soon as none is active and nobody speaks.
    wanted: bool,
    retried: bool,
    playing: bool,
    person_speaking: bool,
    tool_calls: BTreeSet<ToolCallId>,
    /// Tool calls of each response that have not been answered.
    unanswered: BTreeMap<ToolCallId, ResponseId>,
    closing: Option<Closing>,
    /// Staff have silenced both sides.
    paused: bool,
    quiet: Quiet,
    /// What the model is told first, where another process drove the call before.
    takeover: Option<(ItemId, Private<String>)>,
    /// What was typed and noted before the configuration was seen to be ours.
    held_back: Vec<CallInput>,
    captions: Captions,
    last_turn: Option<Evidence>,
}

impl Call {
    /// A call whose control link has just been attached.
    #[must_use]
    pub fn new(session: SessionId, configuration: CallConfiguration, terms: CallTerms) -> Self {
        Self {
            captions: Captions::new(session.clone()),
            session,
            configuration,
            terms,
            phase: Phase::Verifying,
            verify_by: None,
            items: 0,
            burst: VecDeque::new(),
            drift: DriftWatch::new(terms.mode, terms.client),
            strangers: Strangers::default(),
            quiet_until: None,
            active: None,
            cut: None,
            asked: false,
            blocked: false,
            wanted: false,
            retried: false,
            playing: false,
            person_speaking: false,
            tool_calls: BTreeSet::new(),
            unanswered: BTreeMap::new(),
            closing: None,
            paused: false,
            quiet: Quiet::new(terms.idle, terms.longest_pause),
            takeover: None,
            held_back: Vec::new(),
            last_turn: None,
        }
    }

    /// Takes over a call that another process drove. Once its configuration is seen to be ours, the
    /// model is told so and goes on; before it is not, nothing is sent. A pause goes on as well.
    #[must_use]
    pub fn taken_over(
        mut self,
        item: ItemId,
        text: Private<String>,
        paused_at: Option<Timestamp>,
    ) -> Self {
        self.takeover = Some((item, text));
        if let Some(at) = paused_at {
            self.paused = true;
            self.quiet.pause(true, at);
        }
        self
    }

    /// The configuration the call is held to.
    #[must_use]
    pub const fn configuration(&self) -> &CallConfiguration {
        &self.configuration
    }

    /// The control link was lost, or is not there yet: until the configuration is seen again, and by
    /// then at the latest, the call is not under control.
    pub fn unlinked(&mut self, control_lost_at: Timestamp) {
        self.verify_by.get_or_insert(control_lost_at);
    }

    /// What to do whenever a control link was attached, the first time and after a loss: ask what is
    /// in effect. That is the health check too.
    #[must_use]
    pub fn attached(&mut self) -> Vec<CallAction> {
        // What was going on before a loss may have ended unseen.
        self.active = None;
        self.asked = false;
        self.blocked = false;
        self.person_speaking = false;
        self.playing = false;
        self.strangers.begin_anew();
        vec![CallAction::Send(CallCommand::AskConfiguration)]
    }

    /// Whether both sides are silenced.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// When a [`CallInput::Tick`] is due, if ever.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let goodbye = self.closing.map(|closing| closing.until);
        goodbye
            .into_iter()
            .chain(self.verify_by)
            .chain(self.quiet_until)
            .chain(
                self.quiet
                    .wake_at()
                    .filter(|_| self.closing.is_none() && self.phase == Phase::Live),
            )
            .min()
    }

    /// Takes an input and says what to do.
    #[must_use]
    pub fn on(&mut self, input: CallInput, now: Timestamp) -> Vec<CallAction> {
        if self.phase == Phase::Over {
            return Vec::new();
        }
        self.quiet_until.take_if(|at| *at <= now);
        let mut actions = match input {
            CallInput::Event(event) => self.on_event(event, now),
            CallInput::ToolDone {
                call,
                output,
                item,
                then,
            } => self.on_tool_done(&call, &output, item, then, now),
            said @ (CallInput::Note { .. } | CallInput::Typed { .. } | CallInput::Pause { .. }) => {
                self.on_said(said, now)
            }
            CallInput::Tick => Vec::new(),
        };
        if !ends(&actions) {
            actions.extend(self.on_silence(now));
        }
        if self.closing.is_some_and(|closing| closing.until <= now) {
            actions.push(CallAction::HangUp(EndReason::Finished));
        }
        if self.verify_by.is_some_and(|at| at <= now) {
            actions.push(CallAction::HangUp(EndReason::ControlLost));
        }
        self.ask_if_wanted(&mut actions);
        if ends(&actions) {
            self.phase = Phase::Over;
        }
        actions
    }

    fn on_event(&mut self, event: CallEvent, now: Timestamp) -> Vec<CallAction> {
        match event {
            CallEvent::Configuration(effective) => self.on_configuration(&effective, now),
            CallEvent::SpeechStarted { item, at_ms } => {
                self.person_speaking = true;
                self.quiet.heard(now);
                self.captions.speech_started(item, at_ms);
                vec![self.speaking(Speaker::Person, true)]
            }
            CallEvent::SpeechStopped { item, at_ms } => {
                self.person_speaking = false;
                self.quiet.heard(now);
                self.captions.speech_stopped(&item, at_ms);
                self.strangers.turn_ended(item);
                vec![self.speaking(Speaker::Person, false)]
            }
            CallEvent::AudioCommitted { item } => self.on_committed(item),
            CallEvent::ItemAdded {
                item,
                after,
                kind,
                text,
                answers,
            } => self.on_item(item, after, kind, text, answers.as_ref(), now),
            CallEvent::Words {
                item,
                speaker,
                delta,
            } => self
                .captions
                .words(&item, speaker, &delta)
                .map(CallAction::Show)
                .into_iter()
                .collect(),
            CallEvent::WordsDone {
                item,
                speaker,
                text,
            } => self
                .captions
                .words_done(&item, speaker, &text)
                .map(CallAction::Show)
                .into_iter()
                .collect(),
            CallEvent::WordsFailed { item } => self
                .captions
                .words_failed(&item)
                .map(CallAction::Show)
                .into_iter()
                .collect(),
            CallEvent::ItemTruncated { item } => self
                .captions
                .truncated(&item)
                .map(CallAction::Show)
                .into_iter()
                .collect(),
            CallEvent::ResponseStarted {
                response,
                in_conversation,
                asked_by,
                shape,
            } => match self.judged(in_conversation, asked_by.is_some(), &shape) {
                Judged::Intrusion(incident) => self.tampered(incident),
                // It may be the provider's or a stranger's, so it is not heard; it is said again.
                Judged::Doubtful => {
                    self.strangers.distrust(response.clone());
                    self.on_response_started(response, in_conversation)
                }
                Judged::Ours => self.on_response_started(response, in_conversation),
            },
            CallEvent::ResponseDone {
                response,
                status,
                failure,
                usage,
            } => self.on_response_done(&response, status, failure.as_deref(), usage, now),
            CallEvent::ToolCall(call) => self.on_tool_call(call),
            CallEvent::PlaybackStarted { response } => self.on_playback_started(&response),
            CallEvent::PlaybackStopped { .. } => {
                self.playing = false;
                self.quiet.asked(now);
                if let Some(closing) = self.closing.as_mut().filter(|closing| closing.begun) {
                    closing.until = closing.until.min(now + AFTER_LAST_SOUND);
                }
                vec![self.speaking(Speaker::Assistant, false)]
            }
            CallEvent::PlaybackCleared { .. } => {
                self.playing = false;
                self.quiet.asked(now);
                vec![self.speaking(Speaker::Assistant, false)]
            }
            CallEvent::Error { code, command } => {
                self.on_error(code.as_deref(), command.as_deref())
            }
            // The provider's own cap, which ours is always below.
            CallEvent::Expired => vec![CallAction::HangUp(EndReason::Deadline)],
            CallEvent::Other { .. } => Vec::new(),
        }
    }
}

fn ends(actions: &[CallAction]) -> bool {
    actions
        .iter()
        .any(|action| matches!(action, CallAction::HangUp(_)))
}

/// The end of a call that the provider failed; what it means unless its code says more.
fn failed(otherwise: ProviderTrouble, code: Option<&str>) -> Vec<CallAction> {
    let trouble = code.and_then(ProviderTrouble::of_code).unwrap_or(otherwise);
    vec![
        CallAction::RecordTrouble {
            trouble,
            code: code.map(str::to_owned),
        },
        CallAction::HangUp(EndReason::ProviderFailed),
    ]
}

#[cfg(test)]
mod tests;
