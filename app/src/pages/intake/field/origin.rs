//! Where a value comes from, and the words it was heard in.

use crate::{
    api::intakes::FieldView,
    boxed::{follow, view},
    components::{Moment, MomentStyle},
    pages::intake::{state::IntakeState, words},
};
use domain::intake::{FieldState, TurnOrigin};
use leptos::prelude::*;

/// Where the value comes from: always a line; the words too, on hover or focus, as long as the page has them.
#[component]
pub(super) fn Origin(
    state: IntakeState,
    field: RwSignal<FieldView>,
    help: String,
) -> impl IntoView {
    follow(move || {
        let (value, set_by, evidence, at, field_state) = field.with(|field| {
            (
                field.value.is_some(),
                field.set_by.clone(),
                field.evidence.clone(),
                field.at,
                field.state,
            )
        });
        if !value {
            return (!help.is_empty() && state.is_open())
                .then(|| view! { <p class="origin">{help.clone()}</p> });
        }
        let evidence = evidence.filter(|_| field_state != Some(FieldState::Edited));
        let line = match (&evidence, set_by) {
            (Some(evidence), _) => match (evidence.origin, evidence.start_ms) {
                (TurnOrigin::Spoken, Some(start)) => words::heard_at(start),
                (TurnOrigin::Spoken, None) => "Heard in the conversation".to_owned(),
                (TurnOrigin::Typed, _) => "From a typed answer".to_owned(),
            },
            (None, Some(who)) => format!("Set by {who}"),
            (None, None) => "Set by hand".to_owned(),
        };
        let bubble = evidence.map(|evidence| {
            let item = evidence.item;
            view! {
                <span class="evidence" role="note">
                    {move || match state.transcript.with(|transcript| transcript.words_of(&item).map(str::to_owned)).filter(|words| !words.is_empty()) {
                        Some(words) => view! { <q>{words}</q> },
                        None => "The words can be seen only while the call is live; they are not kept.".into_any(),
                    }}
                </span>
            }
        });
        let has_bubble = bubble.is_some();
        Some(view! {
            <p class="origin" tabindex=has_bubble.then_some("0") class:origin-evidence=has_bubble>
                <span>{line}</span>
                {(!has_bubble).then_some(at).flatten().map(|at| view! { " · " <Moment at style=MomentStyle::Age /> })}
                {bubble}
            </p>
        })
    })
}
