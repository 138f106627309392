//! Watching an intake: rows in order, live words as they come, and access checked again and again.

use crate::{
    Error, Service,
    access::{self, Found, Sight},
    authenticate, hub,
};
use domain::{
    FieldKey, IntakeId, Timestamp, UserId, WorkspaceId,
    event::{LiveEvent, RecordEvent},
    intake::{FieldEntry, SetBy},
    person::Principal,
    workflow::FieldDefinition,
};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    str::FromStr,
    time::Duration,
};
use store::StoredEvent;
use tokio::sync::watch;

/// How often a stream asks whether its person may still read.
const REAUTHORISE_EVERY: Duration = Duration::from_secs(3);
/// Rows read at once.
const BATCH: u32 = 200;

/// Where a stream goes on: the last row, and the last live event of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    row: i64,
    epoch: String,
    live: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.row, self.epoch, self.live)
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position in an event stream")]
pub struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let mut parts = text.splitn(3, '.');
        let (Some(row), Some(epoch), Some(live)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidCursor);
        };
        let hex =
            !epoch.is_empty() && epoch.len() <= 16 && epoch.bytes().all(|b| b.is_ascii_hexdigit());
        match (row.parse(), live.parse()) {
            (Ok(row), Ok(live)) if hex && row >= 0 => Ok(Self {
                row,
                epoch: epoch.to_owned(),
                live,
            }),
            _ => Err(InvalidCursor),
        }
    }
}

impl Cursor {
    /// After every row so far, and before every live event still known: a page that was just
    /// rendered has the form but not the captions.
    pub(crate) async fn at(
        service: &Service,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Self, Error> {
        let row = service.store.last_seq(workspace, intake).await?;
        Ok(Self {
            row,
            epoch: service.hub.epoch().to_owned(),
            live: 0,
        })
    }
}

/// A field as it is now, for an event about it.
#[derive(Debug)]
pub struct FieldNow {
    /// What it asks.
    pub definition: FieldDefinition,
    /// Its value; none when there is none.
    pub entry: Option<FieldEntry>,
    /// Whether it is waived.
    pub waived: bool,
    /// The name of the person who set it; none when the assistant did.
    pub set_by: Option<String>,
    /// Whether the watcher sees the value.
    pub sight: Sight,
}

/// What the watcher is told.
#[derive(Debug)]
pub enum Told {
    /// Something on record, and the field it is about.
    Record(Timestamp, RecordEvent, Option<Box<FieldNow>>),
    /// Something shown while it happens.
    Live(LiveEvent),
    /// Earlier captions are gone.
    Gap,
    /// No access any more; the stream is over. True when signing in again helps.
    Closed(bool),
}

/// An open stream.
pub struct Watch {
    service: Service,
    principal: Principal,
    workspace: WorkspaceId,
    intake: IntakeId,
    cursor: Cursor,
    wake: watch::Receiver<hub::Woken>,
    /// The rows that were read; none before the first look, and when it is time to look anyway.
    rows_seen: Option<u64>,
    _place: hub::StreamPlace,
    sight: Sight,
    authorised_at: Timestamp,
    queue: VecDeque<(Cursor, Told)>,
    over: bool,
}

/// Opens a stream after a cursor; from the start of what is known without one.
///
/// # Errors
/// `NotFound` when the person may not read the intake.
pub async fn watch_intake(
    service: &Service,
    principal: &Principal,
    intake: &IntakeId,
    after: Option<Cursor>,
) -> Result<Watch, Error> {
    let found = service.find_intake(principal, intake).await?;
    let workspace = access::membership(principal)?.workspace.clone();
    let place = service
        .hub
        .take_stream(service, &principal.login)
        .ok_or(Error::TooMany {
            retry_after: REAUTHORISE_EVERY,
            message: "Too many pages of this sign-in are open.",
        })?;
    let known = service.hub.epoch();
    let mut queue = VecDeque::new();
    let cursor = match after {
        Some(cursor) if cursor.epoch == known => cursor,
        // The words of a process that is gone.
        Some(cursor) => {
            let cursor = Cursor {
                row: cursor.row,
                epoch: known.to_owned(),
                live: 0,
            };
            queue.push_back((cursor.clone(), Told::Gap));
            cursor
        }
        None => Cursor {
            row: 0,
            epoch: known.to_owned(),
            live: 0,
        },
    };
    Ok(Watch {
        sight: found.sight,
        rows_seen: None,
        _place: place,
        wake: service.hub.watch(intake, service.now()),
        authorised_at: service.now(),
        service: service.clone(),
        principal: principal.clone(),
        workspace,
        intake: intake.clone(),
        cursor,
        queue,
        over: false,
    })
}

impl Watch {
    /// The next thing to tell, with the cursor to come back with. None when the stream is over.
    pub async fn next(&mut self) -> Option<(Cursor, Told)> {
        loop {
            if let Some(told) = self.queue.pop_front() {
                return Some(told);
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.look().await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an event stream ended because it could not be read"
                );
                return None;
            }
            if self.queue.is_empty() && !self.over {
                self.wait().await;
            }
        }
    }

    /// Waits for something to happen, for the time to ask for access again, or for the server to stop.
    async fn wait(&mut self) {
        tokio::select! {
            woken = self.wake.changed() => if woken.is_err() { self.over = true },
            // Real time, also under a test's clock: rows may come from another process.
            () = tokio::time::sleep(REAUTHORISE_EVERY) => self.rows_seen = None,
            () = self.service.tasks.stopping() => self.over = true,
        }
    }

    async fn look(&mut self) -> Result<(), Error> {
        self.authorise().await?;
        if self.over {
            return Ok(());
        }
        let rows = self.wake.borrow_and_update().rows;
        // Live words alone are no reason to ask the database.
        let rows_read = if self.rows_seen == Some(rows) {
            Vec::new()
        } else {
            self.rows().await?
        };
        // A full batch may not have been all.
        self.rows_seen = (rows_read.len() < BATCH as usize).then_some(rows);
        self.tell_rows(rows_read).await?;
        let hub::Since { events, gap, last } =
            self.service.hub.since(&self.intake, self.cursor.live);
        if gap {
            self.queue.push_back((self.cursor.clone(), Told::Gap));
        }
        for event in events {
            self.cursor.live = event.number;
            // Whoever sees masked values hears no words either: they would tell the values.
            if self.sight == Sight::Full {
                self.queue
                    .push_back((self.cursor.clone(), Told::Live(event.event)));
            }
        }
        self.cursor.live = self.cursor.live.max(last);
        Ok(())
    }

    async fn rows(&self) -> Result<Vec<StoredEvent>, Error> {
        Ok(self
            .service
            .store
            .events_after(&self.workspace, &self.intake, self.cursor.row, BATCH)
            .await?)
    }

    /// Asks again, at most every few seconds, whether the person is still signed in and may read.
    async fn authorise(&mut self) -> Result<(), Error> {
        let now = self.service.now();
        if now.since(self.authorised_at) < REAUTHORISE_EVERY {
            return Ok(());
        }
        let Some(principal) = authenticate::recognise(&self.service, &self.principal.login).await?
        else {
            self.close(true);
            return Ok(());
        };
        let here = principal
            .membership
            .as_ref()
            .is_some_and(|membership| membership.workspace == self.workspace);
        let found = match self.service.find_intake(&principal, &self.intake).await {
            Ok(found) if here => found,
            Ok(_) | Err(Error::NotFound | Error::Refused(_)) => {
                self.close(false);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.sight = found.sight;
        self.principal = principal;
        self.authorised_at = now;
        Ok(())
    }

    fn close(&mut self, signed_out: bool) {
        self.over = true;
        self.queue
            .push_back((self.cursor.clone(), Told::Closed(signed_out)));
    }

    /// The form is read once for all the rows of a look: each field is told as it is now.
    async fn tell_rows(&mut self, rows: Vec<StoredEvent>) -> Result<(), Error> {
        let mut form = None;
        for row in rows {
            self.cursor.row = row.seq;
            let field = match &row.event {
                RecordEvent::Field { key, .. } | RecordEvent::Waived { key, .. } => {
                    if form.is_none() {
                        form = Some(self.form().await?);
                    }
                    form.as_ref().and_then(|form| form.field(key))
                }
                _ => None,
            };
            self.queue.push_back((
                self.cursor.clone(),
                Told::Record(row.at, row.event, field.map(Box::new)),
            ));
        }
        Ok(())
    }

    async fn form(&self) -> Result<Form, Error> {
        let service = &self.service;
        let found = service.find_intake(&self.principal, &self.intake).await?;
        let stored = service.store.fields(&self.workspace, &self.intake).await?;
        let entries = service.open_fields(&self.intake, &found.version.definition, &stored)?;
        let names = service.names_in(&self.workspace).await?;
        Ok(Form {
            found,
            entries,
            names,
        })
    }
}

/// An intake's fields at one moment.
struct Form {
    found: Found,
    entries: BTreeMap<FieldKey, FieldEntry>,
    names: BTreeMap<UserId, String>,
}

impl Form {
    fn field(&self, key: &FieldKey) -> Option<FieldNow> {
        let entry = self.entries.get(key).cloned();
        Some(FieldNow {
            definition: self.found.version.definition.field(key)?.clone(),
            set_by: entry.as_ref().and_then(|entry| match &entry.set_by {
                SetBy::User { user } => self.names.get(user).cloned(),
                _ => None,
            }),
            entry,
            waived: self.found.stored.intake.waived.contains(key),
            sight: self.found.sight,
        })
    }
}
