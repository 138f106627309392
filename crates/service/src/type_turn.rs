//! Typing instead of talking, in a live session.

use crate::{Error, Service, control::Command};
use domain::{Private, SessionId, person::Principal, session::SessionState};

/// The longest typed turn, in characters.
const MAX_TEXT: usize = 2000;

/// Says something by typing. The words go to the model as the person's turn, and into no row.
///
/// # Errors
/// `Conflict` when the session is not live, `Invalid` for a text that is empty or too long, `TooMany`
/// over the session's rate.
pub async fn type_turn(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
    text: &Private<String>,
) -> Result<(), Error> {
    let session = service.find_own_session(principal, id).await?;
    service.take_a_request(id).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "checked, then sent to the call it was typed for"
    )]
    let words: String = text
        .expose()
        .trim()
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    if words.is_empty() {
        return Err(Error::invalid("Type something first."));
    }
    if words.chars().count() > MAX_TEXT {
        return Err(Error::invalid(format!(
            "Use at most {MAX_TEXT} characters."
        )));
    }
    let not_live = || {
        Error::conflict(
            "not_live",
            "The conversation is not live. Type into the form instead.",
        )
    };
    if session.state != SessionState::Live {
        return Err(not_live());
    }
    let item = service.ids.item();
    if service.hub.command(
        id,
        Command::Typed {
            item,
            text: Private::new(words),
        },
    ) {
        Ok(())
    } else {
        Err(not_live())
    }
}
