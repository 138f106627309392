//! The event stream: from what the service tells to what the page reads.

use super::intakes::field_view;
use crate::api::events::StreamFrame;
use domain::intake::SetBy;
use service::watch_intake::{FieldNow, Told};

/// A frame for the page.
#[must_use]
pub fn frame(told: Told) -> StreamFrame {
    match told {
        Told::Record(at, event, field) => StreamFrame::Record {
            at,
            event,
            field: field.map(|field| Box::new(shown(*field))),
        },
        Told::Live(event) => StreamFrame::Live { event },
        Told::Gap => StreamFrame::Gap,
        Told::Closed(signed_out) => StreamFrame::Closed { signed_out },
    }
}

fn shown(now: FieldNow) -> crate::api::intakes::FieldView {
    let set_by = now
        .entry
        .as_ref()
        .map(|entry| match (&entry.set_by, now.set_by) {
            (SetBy::Model { .. }, _) => "Assistant".to_owned(),
            (SetBy::User { .. }, Some(name)) => name,
            (SetBy::User { .. }, None) => "A former member".to_owned(),
        });
    field_view(
        &now.definition,
        now.entry.as_ref(),
        now.waived,
        set_by,
        now.sight,
    )
}
