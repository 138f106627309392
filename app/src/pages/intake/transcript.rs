//! The conversation as it is shown: turns in speech order, what the assistant did between them, and
//! gaps. Pure; the stream feeds it.

use domain::{
    FieldKey, ItemId, SessionId,
    event::{LiveEvent, Speaker},
    intake::TurnOrigin,
};

/// One utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) item: ItemId,
    after: Option<ItemId>,
    pub(super) speaker: Speaker,
    pub(super) origin: TurnOrigin,
    pub(super) text: String,
    pub(super) done: bool,
    pub(super) interrupted: bool,
}

/// How a deed of the assistant went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Running,
    Done,
    /// What a person entered by hand stays; what was heard stands beside it.
    Kept,
    Refused,
}

impl Progress {
    /// How it ended. `conflicting`: the field it was about holds a hand's entry and, beside it, what
    /// was heard.
    pub(super) const fn ended(ok: bool, conflicting: bool) -> Self {
        match (ok, conflicting) {
            (true, _) => Self::Done,
            (false, true) => Self::Kept,
            (false, false) => Self::Refused,
        }
    }
}

/// One deed of the assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) tool: String,
    pub(super) field: Option<FieldKey>,
    pub(super) progress: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Turn(Turn),
    Deed(u32, Deed),
    /// Captions from before are not kept.
    Gap(u32),
    /// Another session begins.
    Resumed(SessionId),
}

/// What a line is told apart by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum LineKey {
    Turn(ItemId),
    Other(u32),
    Session(SessionId),
}

impl Line {
    pub(super) fn key(&self) -> LineKey {
        match self {
            Self::Turn(turn) => LineKey::Turn(turn.item.clone()),
            Self::Deed(number, _) | Self::Gap(number) => LineKey::Other(*number),
            Self::Resumed(session) => LineKey::Session(session.clone()),
        }
    }
}

/// The whole conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Transcript {
    lines: Vec<Line>,
    counted: u32,
    session: Option<SessionId>,
}

impl Transcript {
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn line(&self, key: &LineKey) -> Option<&Line> {
        self.lines.iter().find(|line| &line.key() == key)
    }

    /// The words of a turn, as long as the page has them.
    pub(super) fn words_of(&self, item: &ItemId) -> Option<&str> {
        self.turn_at(item).and_then(|at| match self.lines.get(at) {
            Some(Line::Turn(turn)) => Some(turn.text.as_str()),
            _ => None,
        })
    }

    /// Takes what is shown live.
    pub(super) fn live(&mut self, event: LiveEvent) {
        match event {
            LiveEvent::Caption {
                session,
                item,
                after,
                speaker,
                origin,
                text,
                done,
                interrupted,
            } => {
                self.begin(&session);
                self.place(Turn {
                    item,
                    after,
                    speaker,
                    origin,
                    text,
                    done,
                    interrupted,
                });
            }
            LiveEvent::ToolRunning {
                session,
                name,
                field,
            } => {
                self.begin(&session);
                self.deed(Deed {
                    tool: name,
                    field,
                    progress: Progress::Running,
                });
            }
            LiveEvent::Speaking { .. }
            | LiveEvent::Control { .. }
            | LiveEvent::Paused { .. }
            | LiveEvent::PasswordWanted { .. } => {}
        }
    }

    /// A turn is on record. It gets a line of its own if no words of it came, or came yet.
    pub(super) fn recorded(
        &mut self,
        session: &SessionId,
        item: ItemId,
        speaker: Speaker,
        origin: TurnOrigin,
    ) {
        if self.turn_at(&item).is_none() {
            self.begin(session);
            self.place(Turn {
                item,
                after: None,
                speaker,
                origin,
                text: String::new(),
                done: false,
                interrupted: false,
            });
        }
    }

    /// A tool ran or was refused.
    pub(super) fn tool_ended(
        &mut self,
        session: &SessionId,
        tool: String,
        field: Option<FieldKey>,
        progress: Progress,
    ) {
        self.begin(session);
        let running = self.lines.iter_mut().rev().find_map(|line| match line {
            Line::Deed(_, deed)
                if deed.progress == Progress::Running
                    && deed.tool == tool
                    && deed.field == field =>
            {
                Some(deed)
            }
            _ => None,
        });
        match running {
            Some(deed) => deed.progress = progress,
            None => self.deed(Deed {
                tool,
                field,
                progress,
            }),
        }
    }

    /// Captions are missing here.
    pub(super) fn gap(&mut self) {
        if !matches!(self.lines.last(), Some(Line::Gap(_))) {
            let number = self.number();
            self.lines.push(Line::Gap(number));
        }
    }

    fn deed(&mut self, deed: Deed) {
        let number = self.number();
        self.lines.push(Line::Deed(number, deed));
    }

    fn number(&mut self) -> u32 {
        self.counted += 1;
        self.counted
    }

    fn begin(&mut self, session: &SessionId) {
        if self.session.as_ref() == Some(session) {
            return;
        }
        let known = self
            .lines
            .iter()
            .any(|line| matches!(line, Line::Resumed(other) if other == session));
        if self.session.is_some() && !known {
            self.lines.push(Line::Resumed(session.clone()));
        }
        self.session = Some(session.clone());
    }

    fn turn_at(&self, item: &ItemId) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| matches!(line, Line::Turn(turn) if &turn.item == item))
    }

    fn place(&mut self, mut turn: Turn) {
        if let Some(at) = self.turn_at(&turn.item) {
            let stays = turn.after.is_none() || turn.after == self.turn_before(at);
            if let (true, Some(Line::Turn(old))) = (stays, self.lines.get_mut(at)) {
                turn.after = turn.after.or_else(|| old.after.take());
                *old = turn;
                return;
            }
            self.lines.remove(at);
        }
        let at = self.position(&turn);
        self.lines.insert(at, Line::Turn(turn));
    }

    fn turn_before(&self, at: usize) -> Option<ItemId> {
        self.lines
            .get(..at)?
            .iter()
            .rev()
            .find_map(|line| match line {
                Line::Turn(turn) => Some(turn.item.clone()),
                _ => None,
            })
    }

    /// Right after the turn it follows. What the assistant did meanwhile stays before it, unless its
    /// successor is there already: then it comes late, and what was done was done after it.
    fn position(&self, turn: &Turn) -> usize {
        let end = self.lines.len();
        let Some(before) = turn.after.as_ref().and_then(|item| self.turn_at(item)) else {
            return self.late_position(turn).unwrap_or(end);
        };
        if self.late_position(turn).is_some() {
            return before + 1;
        }
        let rest = self.lines.iter().enumerate().skip(before + 1);
        rest.filter(|(_, line)| matches!(line, Line::Turn(_)))
            .map(|(at, _)| at)
            .next()
            .unwrap_or(end)
    }

    fn late_position(&self, turn: &Turn) -> Option<usize> {
        self.lines.iter().position(
            |line| matches!(line, Line::Turn(other) if other.after.as_ref() == Some(&turn.item)),
        )
    }
}

#[cfg(test)]
mod tests;
