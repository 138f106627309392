//! Everything the intake page shows, as signals, and how a message of the stream changes it.

use super::{
    transcript::{Progress, Transcript},
    words,
};
use crate::{
    api::{
        events::StreamFrame,
        intakes::{FieldView, IntakeRequest, IntakeStatus, IntakeView, May, read_intake},
        sessions::Consent,
    },
    boxed::memo,
    components::{Announcer, Person},
    rtc::CallHandle,
};
use domain::{
    FieldKey, IntakeId,
    event::{LiveEvent, RecordEvent, Speaker},
    intake::{FieldState, Readiness},
    session::SessionState,
};
use leptos::{prelude::*, task::spawn_local};

/// How the page hears from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Not yet.
    Opening,
    /// Every change arrives.
    Open,
    /// Interrupted; it comes back by itself and misses nothing.
    Broken,
    /// Over for this person.
    Closed,
}

/// A section of the form.
#[derive(Clone)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) fields: Vec<RwSignal<FieldView>>,
}

/// The page's copy of an intake.
#[derive(Clone, Copy)]
pub(super) struct IntakeState {
    /// All but the form, which is in `sections`.
    pub(super) head: RwSignal<IntakeView>,
    /// Where it stands, and what the person may do: what hangs on them is not made anew at every
    /// other change of the head, with a focus or a click in it.
    pub(super) status: Memo<IntakeStatus>,
    may: Memo<May>,
    sections: StoredValue<Vec<Section>>,
    pub(super) readiness: RwSignal<Readiness>,
    pub(super) transcript: RwSignal<Transcript>,
    pub(super) stream: RwSignal<Stream>,
    pub(super) person_speaks: RwSignal<bool>,
    pub(super) assistant_speaks: RwSignal<bool>,
    /// Whether the server has its control link to the call.
    pub(super) controlled: RwSignal<bool>,
    /// Whether staff silenced both sides, here or on another page.
    pub(super) paused: RwSignal<bool>,
    /// The field that a key asked to edit.
    pub(super) to_edit: RwSignal<Option<FieldKey>>,
    /// On a narrow screen: whether the form is shown rather than the conversation.
    pub(super) on_form: RwSignal<bool>,
    /// Whether the answers are being looked over instead of talking.
    pub(super) reviewing: RwSignal<bool>,
    /// How the person agreed. It holds for every start from this page, also after one that failed,
    /// and for no other intake.
    pub(super) consent: RwSignal<Option<Consent>>,
    person: Person,
    call: CallHandle,
    announcer: Announcer,
}

impl IntakeState {
    pub(super) fn new(mut view: IntakeView) -> Self {
        let sections = std::mem::take(&mut view.sections)
            .into_iter()
            .map(|section| Section {
                title: section.title,
                fields: section.fields.into_iter().map(RwSignal::new).collect(),
            })
            .collect();
        let readiness = RwSignal::new(view.readiness.clone());
        let head = RwSignal::new(view);
        Self {
            readiness,
            head,
            status: memo(move || head.read().status),
            may: memo(move || head.read().may),
            sections: StoredValue::new(sections),
            transcript: RwSignal::default(),
            stream: RwSignal::new(Stream::Opening),
            person_speaks: RwSignal::new(false),
            assistant_speaks: RwSignal::new(false),
            controlled: RwSignal::new(true),
            paused: RwSignal::new(false),
            to_edit: RwSignal::default(),
            on_form: RwSignal::new(false),
            reviewing: RwSignal::new(false),
            consent: RwSignal::new(None),
            person: expect_context(),
            call: expect_context(),
            announcer: expect_context(),
        }
    }

    pub(super) fn id(self) -> IntakeId {
        self.head.read_untracked().id.clone()
    }

    pub(super) fn sections(self) -> Vec<Section> {
        self.sections.get_value()
    }

    pub(super) fn field(self, key: &FieldKey) -> Option<RwSignal<FieldView>> {
        self.sections.with_value(|sections| {
            sections
                .iter()
                .flat_map(|section| &section.fields)
                .find(|field| field.with_untracked(|field| &field.key == key))
                .copied()
        })
    }

    /// The label of a field, as said in sentences.
    pub(super) fn label(self, key: &FieldKey) -> String {
        self.field(key).map_or_else(
            || key.to_string(),
            |field| field.read_untracked().label.clone(),
        )
    }

    fn is_conflicting(self, key: &FieldKey) -> bool {
        self.field(key)
            .is_some_and(|field| field.read_untracked().heard_instead.is_some())
    }

    fn fields(self) -> Vec<RwSignal<FieldView>> {
        self.sections.with_value(|sections| {
            sections
                .iter()
                .flat_map(|section| section.fields.iter().copied())
                .collect()
        })
    }

    /// Answered, or said to be not needed; and all.
    pub(super) fn answered(self) -> (usize, usize) {
        let fields = self.fields();
        let answered = fields
            .iter()
            .filter(|field| field.with(|field| field.value.is_some() || field.waived))
            .count();
        (answered, fields.len())
    }

    /// What is asked next. While a conversation runs, that is what was heard and is being read back,
    /// then the first missing answer in the order of the form; by hand the missing ones come first.
    pub(super) fn next(self) -> Option<FieldKey> {
        let talking = self.head.with(|head| {
            head.sessions
                .iter()
                .any(|session| session.state.is_running())
        });
        self.readiness.with(|readiness| {
            let (missing, unconfirmed) = (readiness.missing.first(), readiness.unconfirmed.first());
            if talking {
                unconfirmed.or(missing)
            } else {
                missing.or(unconfirmed)
            }
            .cloned()
        })
    }

    /// Opens a field for editing, and shows it where it is hidden.
    pub(super) fn edit(self, key: Option<FieldKey>) {
        self.on_form.set(true);
        self.to_edit.set(key);
    }

    /// Whether it can still be filled.
    pub(super) fn is_open(self) -> bool {
        self.status.get() == IntakeStatus::Open
    }

    /// What the person may do with it now.
    pub(super) fn may(self) -> May {
        self.may.get()
    }

    /// Whether Start can be pressed. Where the password is due it is asked for then.
    pub(super) fn may_start(self) -> bool {
        let may = self.may();
        may.talk || may.prove
    }

    /// Takes a field as the server has it now, unless the page has a newer one.
    pub(super) fn take_field(self, new: FieldView) {
        if let Some(field) = self.field(&new.key)
            && field.with_untracked(|old| new.revision >= old.revision && &new != old)
        {
            field.set(new);
        }
    }

    /// Reads again what depends on more than one event: what the person may do, the sessions, the outcome.
    pub(super) fn refresh(self) {
        let intake = self.id();
        spawn_local(async move {
            // On failure the page stays as it is; the stream says when it is broken.
            if let Ok(mut view) = read_intake(IntakeRequest { intake }).await {
                view.sections = Vec::new();
                let _ = self.readiness.try_set(view.readiness.clone());
                let _ = self.head.try_set(view);
            }
        });
    }

    /// After an interruption: the events that were missed come by themselves, what depends on more
    /// than one of them is read again.
    pub(super) fn came_back(self) {
        self.refresh();
        self.person.refresh();
    }

    /// Takes one message of the stream.
    pub(super) fn take(self, frame: StreamFrame) {
        match frame {
            StreamFrame::Record { event, field, .. } => {
                if let Some(field) = field {
                    self.announcer.politely(spoken_change(&field));
                    self.take_field(*field);
                }
                self.record(event);
            }
            StreamFrame::Live { event } => self.live(event),
            StreamFrame::Gap => self.transcript.update(Transcript::gap),
            StreamFrame::Closed { signed_out } => {
                self.stream.set(Stream::Closed);
                if signed_out {
                    let _ = window()
                        .location()
                        .set_href(&format!("/sign-in?next=/intakes/{}", self.id()));
                }
            }
        }
    }

    fn record(self, event: RecordEvent) {
        match event {
            RecordEvent::Session {
                session,
                state,
                deadline_at,
            } => {
                self.head.update(|head| {
                    if let Some(known) = head.sessions.iter_mut().find(|known| known.id == session)
                    {
                        known.state = state;
                    }
                });
                let end = match state {
                    SessionState::Ended(reason) => Some(reason),
                    SessionState::Starting | SessionState::Connecting | SessionState::Live => None,
                };
                self.paused.set(false);
                if let Some(reason) = end {
                    self.person_speaks.set(false);
                    self.assistant_speaks.set(false);
                    self.announcer.urgently(words::end_in_words(reason).0);
                    self.person.refresh();
                } else if state == SessionState::Live {
                    self.controlled.set(true);
                    self.announcer.urgently("The call is live.");
                }
                self.call.on_session(&session, end, deadline_at);
                self.refresh();
            }
            RecordEvent::Field { readiness, .. } | RecordEvent::Waived { readiness, .. } => {
                self.readiness.set(readiness)
            }
            RecordEvent::Turn {
                session,
                item,
                speaker,
                origin,
                ..
            } => {
                // The assistant's words always come; the person's may not, when the provider cannot hear.
                if speaker == Speaker::Person {
                    self.transcript
                        .update(|transcript| transcript.recorded(&session, item, speaker, origin));
                }
            }
            RecordEvent::Tool {
                session,
                name,
                field,
                ok,
            } => {
                // The change of the field came before: one transaction writes both, in this order.
                let conflicting = field.as_ref().is_some_and(|key| self.is_conflicting(key));
                let progress = Progress::ended(ok, conflicting);
                self.transcript
                    .update(|transcript| transcript.tool_ended(&session, name, field, progress));
            }
            RecordEvent::Outcome { outcome } => {
                self.head
                    .update(|head| head.status = IntakeStatus::from(outcome));
                self.person.refresh();
                self.refresh();
            }
        }
    }

    fn live(self, event: LiveEvent) {
        match &event {
            LiveEvent::Speaking {
                speaker, speaking, ..
            } => match speaker {
                Speaker::Person => self.person_speaks.set(*speaking),
                Speaker::Assistant => self.assistant_speaks.set(*speaking),
            },
            LiveEvent::Control { attached, .. } => self.controlled.set(*attached),
            LiveEvent::Paused { paused, .. } => self.paused.set(*paused),
            LiveEvent::PasswordWanted { session, until } => {
                self.call.on_password_wanted(session, *until);
            }
            LiveEvent::Caption { .. } | LiveEvent::ToolRunning { .. } => {
                self.transcript.update(|transcript| transcript.live(event))
            }
        }
    }
}

/// How a change of a field is told to a screen reader. Without the value: others may hear it.
fn spoken_change(field: &FieldView) -> String {
    let how = match (field.waived, field.heard_instead.is_some(), field.state) {
        (true, ..) => "not needed",
        (_, true, _) => "conflicting",
        (.., None) => "cleared",
        (.., Some(FieldState::Proposed)) => "heard",
        (.., Some(FieldState::Confirmed)) => "confirmed",
        (.., Some(FieldState::Edited)) => "edited",
    };
    format!("{}: {how}", field.label)
}
