//! Closing an intake by hand: finish, escalate, abandon. Its running session ends in the same
//! transaction, so that an intake never has an outcome while somebody still talks on it.

use crate::{Error, Service, access, end_session, record::Line};
use domain::{
    IntakeId, Private,
    audit::{Actor, AuditAction},
    event::RecordEvent,
    intake::{Outcome, Readiness},
    person::Principal,
    session::EndReason,
};
use policy::Action;

/// The longest reason, in characters.
const MAX_REASON: usize = 1000;

/// How to close it.
#[derive(Debug)]
pub enum Closing {
    /// Everything needed is there.
    Finish,
    /// A person has to take over, for this reason.
    Escalate(Private<String>),
    /// Given up.
    Abandon,
}

/// Closes an intake.
///
/// # Errors
/// `Conflict` when something is missing or unconfirmed, or it is closed already; `Invalid` for a
/// reason that is empty or too long.
pub async fn close_intake(
    service: &Service,
    principal: &Principal,
    id: &IntakeId,
    closing: &Closing,
) -> Result<(), Error> {
    let (outcome, reason) = match closing {
        Closing::Finish => (Outcome::Complete, None),
        Closing::Escalate(reason) => (Outcome::Escalated, Some(checked(reason)?)),
        Closing::Abandon => (Outcome::Abandoned, None),
    };
    let found = service.find_intake(principal, id).await?;
    if !found.stored.intake.is_open() {
        return Err(already_closed());
    }
    access::decide(principal, &Action::CloseIntake(found.facts()))?;
    let (workspace, definition) = (&found.version.workspace, &found.version.definition);
    let reason = reason
        .map(|reason| service.reason_at_rest(id, &reason))
        .transpose()?;

    let now = service.now();
    let mut tx = service.store.begin().await?;
    let locked = tx
        .lock_intake(workspace, id)
        .await?
        .ok_or(Error::NotFound)?;
    if outcome == Outcome::Complete {
        let fields = service.open_fields(id, definition, &tx.fields(workspace, id).await?)?;
        let readiness = Readiness::of(definition, &fields, &locked.intake.waived);
        if !readiness.is_ready() {
            return Err(Error::conflict(
                "not_ready",
                "Some answers are missing or unconfirmed. Fill them in, or mark them as not needed.",
            ));
        }
    }
    if !tx
        .close_intake(workspace, id, outcome, now, reason.as_ref())
        .await?
    {
        return Err(already_closed());
    }
    let running = tx.running_of_intake(workspace, id).await?;
    if let Some(session) = &running {
        end_session::end_in(
            service,
            &mut tx,
            session,
            EndReason::StaffEnded,
            Actor::User(principal.user.clone()),
        )
        .await?;
    }
    tx.append_event(
        workspace,
        id,
        None,
        &RecordEvent::Outcome {
            outcome: Some(outcome),
        },
        now,
    )
    .await?;
    let line = Line::new(
        AuditAction::IntakeClosed,
        Actor::User(principal.user.clone()),
    )
    .intake(workspace, id)
    .with("outcome", outcome.as_str());
    service.audit(&mut tx, line).await?;
    tx.commit().await?;

    service.hub.forget_words(id);
    service.hub.wake(id);
    if let Some(session) = running {
        end_session::after(service, &session);
    }
    Ok(())
}

fn already_closed() -> Error {
    Error::conflict("already_closed", "This intake is already closed.")
}

/// A reason that can be stored: trimmed, with something in it, and not a book.
pub(crate) fn checked(reason: &Private<String>) -> Result<Private<String>, Error> {
    #[expect(clippy::disallowed_methods, reason = "checked, then sealed")]
    let text = reason.expose().trim();
    if text.is_empty() {
        return Err(Error::invalid("Say why a person has to take over."));
    }
    if text.chars().count() > MAX_REASON {
        return Err(Error::invalid(format!(
            "Use at most {MAX_REASON} characters for the reason."
        )));
    }
    Ok(Private::new(text.to_owned()))
}
