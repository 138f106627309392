//! The provider's call as a state machine: inputs in, actions out, no I/O and no clock.
//!
//! It verifies the configuration before anything else, keeps responses from overlapping, answers
//! every tool call exactly once, puts captions together, and knows when the goodbye was heard.
//! The loop that owns it carries the actions out (`service::control`).

mod captions;
mod drift;
pub mod event;
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
            .chain(self.quiet.wake_at().filter(|_| self.closing.is_none()))
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

    fn on_configuration(
        &mut self,
        effective: &EffectiveConfiguration,
        now: Timestamp,
    ) -> Vec<CallAction> {
        let parts = self.configuration.drift(effective);
        self.verify_by = None;
        if !parts.is_empty() {
            return self.on_drift(parts, now);
        }
        self.strangers.end_to_rule();
        self.quiet_until = self.drift.is_ours(now).filter(|at| *at > now);
        if self.phase == Phase::Live {
            return Vec::new();
        }
        self.phase = Phase::Live;
        self.wanted = true;
        if !self.paused {
            self.quiet.heard(now);
        }
        let mut actions = vec![CallAction::GoLive];
        if let Some((item, text)) = self.takeover.take() {
            actions.extend(self.on_note(item, text, true));
        }
        for input in std::mem::take(&mut self.held_back) {
            actions.extend(self.on_said(input, now));
        }
        actions
    }

    /// What staff typed, changed or asked for. Nothing of it is lost while the configuration is not
    /// verified.
    fn on_said(&mut self, input: CallInput, now: Timestamp) -> Vec<CallAction> {
        if self.phase == Phase::Verifying {
            if self.held_back.len() < MAX_HELD_BACK {
                self.held_back.push(input);
            }
            return Vec::new();
        }
        match input {
            CallInput::Typed { item, text } => {
                self.quiet.heard(now);
                self.on_typed(item, text)
            }
            CallInput::Note {
                item,
                text,
                go_on,
                by_staff,
            } => {
                if by_staff {
                    self.quiet.heard(now);
                }
                self.on_note(item, text, go_on)
            }
            CallInput::Pause { paused } => self.on_pause(paused, now),
            CallInput::Event(_) | CallInput::ToolDone { .. } | CallInput::Tick => Vec::new(),
        }
    }

    fn on_drift(&mut self, parts: Vec<PinnedPart>, now: Timestamp) -> Vec<CallAction> {
        // A call that the browser made shows by its configuration that it is this session's. Until it
        // did, nothing is sent to it but the question.
        if self.terms.mode == ConnectionMode::Direct && self.phase == Phase::Verifying {
            return self.tampered(Incident::ForeignCall);
        }
        let (kind, verdict) = self.drift.drifted(&parts, now);
        let incident = if parts.contains(&PinnedPart::Transcription) {
            Incident::TranscriptionChanged
        } else {
            Incident::Drift
        };
        let record = CallAction::RecordDrift { parts, kind };
        match verdict {
            Verdict::HangUp => std::iter::once(record)
                .chain(self.tampered(incident))
                .collect(),
            Verdict::PutBack => {
                self.strangers.begin_to_rule(self.active.as_ref());
                let restore = CallAction::Send(CallCommand::RestoreConfiguration);
                let mut actions = vec![record, restore];
                if self.active.is_some() {
                    actions.extend(self.cut_off());
                }
                actions
            }
        }
    }

    /// Stops what is being said under another's configuration. It is said again under ours.
    fn cut_off(&mut self) -> Vec<CallAction> {
        let wanted = self.wanted;
        let actions = self.hush();
        // After a goodbye there is nothing more to say.
        if self.closing.is_some() {
            self.wanted = wanted;
        }
        actions
    }

    /// Somebody works against the call: it is silenced at once, recorded and hung up.
    fn tampered(&mut self, incident: Incident) -> Vec<CallAction> {
        let mut actions = self.hush();
        actions.push(CallAction::RecordIncident(incident));
        actions.push(CallAction::HangUp(EndReason::Tampered));
        actions
    }

    /// Whether the browser has a channel to the provider. Where it has none, what we did not send is
    /// the provider's own doing.
    fn others_can_send(&self) -> bool {
        self.terms.mode != ConnectionMode::Sealed
    }

    /// What is to be thought of a response that begins. Nobody else can have begun one in a
    /// sealed call; another client than our page may ask for them, but not for others than configured.
    fn judged(&mut self, in_conversation: bool, marked: bool, shape: &ResponseShape) -> Judged {
        let begun_by = self.strangers.begun_by(self.asked, marked);
        if !self.others_can_send() {
            return Judged::Ours;
        }
        // While another's settings rule, what they make is cut off anyway, and they are put back.
        let overridden = !self.strangers.rule() && self.configuration.is_overridden(shape);
        match begun_by {
            _ if !in_conversation => Judged::Intrusion(Incident::OutOfBand),
            _ if overridden => Judged::Intrusion(Incident::OverriddenResponse),
            BegunBy::Us | BegunBy::Turn => Judged::Ours,
            BegunBy::Unknown | BegunBy::Stranger if self.terms.client == ClientKind::Other => {
                Judged::Ours
            }
            BegunBy::Unknown => Judged::Doubtful,
            BegunBy::Stranger => Judged::Intrusion(Incident::ForeignResponse),
        }
    }

    /// What is done about silence.
    fn on_silence(&mut self, now: Timestamp) -> Vec<CallAction> {
        if self.phase != Phase::Live || self.closing.is_some() {
            return Vec::new();
        }
        let busy = self.active.is_some()
            || self.asked
            || self.playing
            || self.person_speaking
            || !self.unanswered.is_empty();
        match self.quiet.due(busy, now) {
            Due::Nothing => Vec::new(),
            Due::Prompt => vec![CallAction::AskWhetherThere],
            Due::End => vec![CallAction::HangUp(EndReason::Idle)],
        }
    }

    fn on_committed(&mut self, item: ItemId) -> Vec<CallAction> {
        self.strangers.turn_committed(&item);
        let (start_ms, end_ms) = self.captions.committed(&item);
        self.last_turn = Some(Evidence {
            item: item.clone(),
            origin: TurnOrigin::Spoken,
            start_ms,
            end_ms,
        });
        vec![CallAction::RecordTurn {
            item,
            speaker: Speaker::Person,
            origin: TurnOrigin::Spoken,
            start_ms,
            end_ms,
        }]
    }

    fn on_item(
        &mut self,
        item: ItemId,
        after: Option<ItemId>,
        kind: ItemKind,
        text: Option<Private<String>>,
        answers: Option<&ToolCallId>,
        now: Timestamp,
    ) -> Vec<CallAction> {
        self.items += 1;
        // Words that were not typed on our page: a stock client's, or a flood.
        if kind == ItemKind::PersonText && !self.strangers.is_typed(&item) {
            self.burst.retain(|at| now.since(*at) <= BURST_WINDOW);
            self.burst.push_back(now);
        }
        if self.items > MAX_ITEMS || self.burst.len() > MAX_BURST {
            return vec![CallAction::HangUp(EndReason::Policy)];
        }
        match kind {
            ItemKind::PersonAudio => {
                self.captions
                    .added(item, after, Speaker::Person, TurnOrigin::Spoken);
                Vec::new()
            }
            ItemKind::PersonText => {
                self.captions
                    .added(item.clone(), after, Speaker::Person, TurnOrigin::Typed);
                self.last_turn = Some(Evidence {
                    item: item.clone(),
                    origin: TurnOrigin::Typed,
                    start_ms: None,
                    end_ms: None,
                });
                let turn = CallAction::RecordTurn {
                    item: item.clone(),
                    speaker: Speaker::Person,
                    origin: TurnOrigin::Typed,
                    start_ms: None,
                    end_ms: None,
                };
                let caption =
                    text.and_then(|text| self.captions.words_done(&item, Speaker::Person, &text));
                std::iter::once(turn)
                    .chain(caption.map(CallAction::Show))
                    .collect()
            }
            ItemKind::Assistant => {
                self.captions
                    .added(item.clone(), after, Speaker::Assistant, TurnOrigin::Spoken);
                vec![CallAction::RecordTurn {
                    item,
                    speaker: Speaker::Assistant,
                    origin: TurnOrigin::Spoken,
                    start_ms: None,
                    end_ms: None,
                }]
            }
            ItemKind::ToolOutput => {
                self.captions.passed(item.clone(), after);
                self.on_answer(item, answers, text.as_ref())
            }
            ItemKind::System => {
                let ours = self.strangers.is_note(&item, text.as_ref());
                self.captions.passed(item, after);
                // Nobody else has a system's say, whichever client it is.
                if ours || !self.others_can_send() {
                    Vec::new()
                } else {
                    self.tampered(Incident::ForeignItem)
                }
            }
            ItemKind::ToolCall | ItemKind::Other => {
                // Not shown, but the chain of `after` runs through it.
                self.captions.passed(item, after);
                Vec::new()
            }
        }
    }

    /// Only we answer tool calls. Our page never tries; a stock client does for tools that it does not
    /// have itself, so its answers are taken out before the model reads them.
    fn on_answer(
        &mut self,
        item: ItemId,
        call: Option<&ToolCallId>,
        output: Option<&Private<String>>,
    ) -> Vec<CallAction> {
        match self.strangers.who_answered(&item, call, output) {
            AnsweredBy::Us => Vec::new(),
            AnsweredBy::Stranger
                if self.others_can_send() && self.terms.client == ClientKind::OurPage =>
            {
                self.tampered(Incident::ForeignAnswer)
            }
            AnsweredBy::Stranger => {
                let mut actions = vec![CallAction::Send(CallCommand::DeleteItem { item })];
                if self.strangers.first_answer() {
                    actions.push(CallAction::RecordForeignAnswer);
                }
                actions
            }
        }
    }

    fn on_response_started(
        &mut self,
        response: ResponseId,
        in_conversation: bool,
    ) -> Vec<CallAction> {
        // What another client asks for while we still answer the model has not read our answer.
        let on_its_way = !self.unanswered.is_empty() || self.strangers.may_have_overtaken_us();
        let early = self.terms.client == ClientKind::Other && on_its_way;
        let distrusted = self.strangers.rule() || early || self.strangers.distrusts(&response);
        if distrusted {
            self.strangers.distrust(response.clone());
        }
        if !in_conversation {
            return Vec::new();
        }
        self.active = Some(response);
        self.asked = false;
        self.blocked = false;
        // Whatever was wanted, this response sees it: outputs and notes are in the conversation.
        self.wanted = false;
        if let Some(closing) = &mut self.closing {
            closing.begun = true;
        }
        if distrusted {
            return self.cut_off();
        }
        if self.paused {
            return self.hush();
        }
        Vec::new()
    }

    fn on_response_done(
        &mut self,
        response: &ResponseId,
        status: ResponseStatus,
        failure: Option<&str>,
        usage: Option<Usage>,
        now: Timestamp,
    ) -> Vec<CallAction> {
        self.blocked = false;
        self.strangers.forget(response);
        self.strangers.take_as_read();
        if self.active.as_ref() == Some(response) {
            self.active = None;
        }
        let mut actions: Vec<_> = usage
            .map(|usage| CallAction::RecordUsage {
                response: response.clone(),
                usage,
            })
            .into_iter()
            .collect();
        match status {
            ResponseStatus::Failed if failure == Some("server_error") => {
                actions.extend(self.retry_once());
            }
            ResponseStatus::Failed => actions.extend(failed(ProviderTrouble::Failed, failure)),
            ResponseStatus::Completed => self.retried = false,
            ResponseStatus::Cancelled | ResponseStatus::Incomplete => {}
        }
        if let Some(closing) = &mut self.closing
            && closing.begun
            && !self.playing
        {
            closing.until = closing.until.min(now + SILENT_GOODBYE);
        }
        actions
    }

    /// The first sound of an answer may come after the answer was cut off, or after a pause began.
    fn on_playback_started(&mut self, response: &ResponseId) -> Vec<CallAction> {
        self.playing = true;
        if self.paused || self.cut.as_ref() == Some(response) {
            self.wanted |= self.paused;
            return vec![CallAction::Send(CallCommand::ClearPlayback)];
        }
        if let Some(closing) = &mut self.closing {
            closing.until = closing.at_last;
        }
        vec![self.speaking(Speaker::Assistant, true)]
    }

    fn on_tool_call(&mut self, call: ToolCall) -> Vec<CallAction> {
        // A repeat of a call we have seen does nothing (promise 5).
        if !self.tool_calls.insert(call.id.clone()) {
            return Vec::new();
        }
        if self.tool_calls.len() > MAX_TOOL_CALLS {
            return vec![CallAction::HangUp(EndReason::Policy)];
        }
        // Nothing runs on a call whose configuration is not verified.
        if self.phase != Phase::Live {
            return Vec::new();
        }
        self.unanswered
            .insert(call.id.clone(), call.response.clone());
        vec![CallAction::RunTool {
            following: self.strangers.behind(&call.response),
            call,
            evidence: self.last_turn.clone(),
        }]
    }

    fn on_tool_done(
        &mut self,
        call: &ToolCallId,
        output: &ToolOutput,
        item: ItemId,
        then: AfterTool,
        now: Timestamp,
    ) -> Vec<CallAction> {
        let Some(response) = self.unanswered.remove(call) else {
            return Vec::new();
        };
        let output = serde_json::to_string(output).unwrap_or_else(|_| r#"{"ok":false}"#.to_owned());
        let output = Private::new(output);
        self.strangers
            .we_answer(call.clone(), item.clone(), output.clone());
        let actions = vec![CallAction::Send(CallCommand::ToolOutput {
            call: call.clone(),
            item,
            output,
        })];
        let siblings = self.unanswered.values().any(|other| *other == response);
        match then {
            // One response for all tool calls of a response (realtime reference 5.2).
            AfterTool::GoOn => self.wanted |= !siblings,
            AfterTool::SayGoodbye => {
                self.wanted |= !siblings;
                self.closing = Some(Closing {
                    until: now + CLOSING_PATIENCE,
                    at_last: now + CLOSING_PATIENCE,
                    begun: false,
                });
            }
            AfterTool::HangUp => {
                let patience = if self.playing || self.active.is_some() {
                    GOODBYE_GRACE
                } else {
                    SILENT_GOODBYE
                };
                let at_last = self
                    .closing
                    .map_or(now + CLOSING_PATIENCE, |closing| closing.at_last);
                let until = self
                    .closing
                    .map_or(now + patience, |closing| closing.until.min(now + patience));
                self.closing = Some(Closing {
                    until,
                    at_last,
                    begun: true,
                });
                self.wanted = false;
            }
        }
        actions
    }

    fn on_note(&mut self, item: ItemId, text: Private<String>, go_on: bool) -> Vec<CallAction> {
        self.wanted |= go_on;
        self.strangers.we_note(item.clone(), text.clone());
        vec![CallAction::Send(CallCommand::Note { item, text })]
    }

    fn on_typed(&mut self, item: ItemId, text: Private<String>) -> Vec<CallAction> {
        self.strangers.we_type(item.clone());
        let mut actions = self.hush();
        actions.push(CallAction::Send(CallCommand::PersonText { item, text }));
        self.wanted = true;
        actions
    }

    /// While paused nothing is said, and what the microphone had caught before is thrown away. What
    /// was cut short is said again when the conversation goes on.
    fn on_pause(&mut self, paused: bool, now: Timestamp) -> Vec<CallAction> {
        // A goodbye is heard to its end.
        if self.phase != Phase::Live || self.closing.is_some() || self.paused == paused {
            return Vec::new();
        }
        self.paused = paused;
        self.quiet.pause(paused, now);
        let mut actions = vec![CallAction::Show(LiveEvent::Paused {
            session: self.session.clone(),
            paused,
        })];
        if paused {
            actions.extend(self.hush());
            actions.push(CallAction::Send(CallCommand::ClearInput));
            // Nobody tells us the end of a turn that was thrown away.
            if std::mem::take(&mut self.person_speaking) {
                self.wanted = true;
                actions.push(self.speaking(Speaker::Person, false));
            }
        }
        actions
    }

    /// Stops what is being said; it is wanted again.
    fn hush(&mut self) -> Vec<CallAction> {
        let mut actions = Vec::new();
        if self.active.is_some() {
            self.cut.clone_from(&self.active);
            actions.push(CallAction::Send(CallCommand::CancelResponse));
        }
        if self.playing {
            actions.push(CallAction::Send(CallCommand::ClearPlayback));
        }
        self.wanted |= !actions.is_empty();
        actions
    }

    /// What a provider's code asks for is in the realtime reference, section 4.6.
    fn on_error(&mut self, code: Option<&str>, command: Option<&str>) -> Vec<CallAction> {
        // We cut off what ended by itself, or took out what was gone already.
        if let Some("response_cancel_not_active" | "item_delete_invalid_item_id") = code {
            return Vec::new();
        }
        // Refused as a whole, the configuration was never in effect.
        if self.phase == Phase::Verifying {
            return failed(ProviderTrouble::Setup, code);
        }
        let ours = self.asked && matches!(command, None | Some("respond"));
        match code {
            // A turn of the person's began one first, and it sees what we added. One that we do
            // not know of began before, and has to end first.
            Some("conversation_already_has_active_response") => {
                if self.active.is_none() && self.asked {
                    self.blocked = true;
                    self.wanted = true;
                }
                self.asked = false;
                Vec::new()
            }
            Some("server_error") if ours => self.retry_once(),
            Some(
                "insufficient_quota"
                | "rate_limit_exceeded"
                | "invalid_api_key"
                | "model_not_found",
            ) => failed(ProviderTrouble::Failed, code),
            _ => {
                // A response that was refused will not begin; the next turn may ask again.
                if command == Some("respond") {
                    self.asked = false;
                }
                Vec::new()
            }
        }
    }

    /// The provider's own fault is forgiven once between two answers.
    fn retry_once(&mut self) -> Vec<CallAction> {
        if self.retried {
            return failed(ProviderTrouble::Failed, Some("server_error"));
        }
        self.retried = true;
        self.asked = false;
        self.wanted = true;
        Vec::new()
    }

    fn ask_if_wanted(&mut self, actions: &mut Vec<CallAction>) {
        let free = self.active.is_none()
            && !self.asked
            && !self.blocked
            && !self.person_speaking
            && !self.paused;
        let ready = !self.strangers.rule() && self.quiet_until.is_none();
        if self.wanted && free && ready && self.phase == Phase::Live && self.unanswered.is_empty() {
            self.wanted = false;
            self.asked = true;
            actions.push(CallAction::Send(CallCommand::Respond {
                instructions: None,
            }));
        }
    }

    fn speaking(&self, speaker: Speaker, speaking: bool) -> CallAction {
        CallAction::Show(LiveEvent::Speaking {
            session: self.session.clone(),
            speaker,
            speaking,
        })
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
