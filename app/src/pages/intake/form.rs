//! The form: how far it is, and its sections.

use super::{field::Field, state::IntakeState};
use crate::boxed::{memo, view};
use leptos::prelude::*;

#[component]
pub(super) fn IntakeForm(state: IntakeState, here: Memo<bool>) -> impl IntoView {
    let next = memo(move || if state.is_open() { state.next() } else { None });
    view! {
        <section class="form" aria-labelledby="form-title">
            <header class="form-head">
                <h2 id="form-title">"Answers"</h2>
                <FormProgress state />
            </header>
            {state
                .sections()
                .into_iter()
                .map(|section| {
                    view! {
                        <section class="form-section" aria-label=section.title.clone()>
                            <h3>{section.title.clone()}</h3>
                            <div class="fields">
                                {section
                                    .fields
                                    .into_iter()
                                    .map(|field| view! { <Field state field next here /> })
                                    .collect_view()}
                            </div>
                        </section>
                    }
                })
                .collect_view()}
        </section>
    }
}

/// "7 of 12, 2 to confirm".
#[component]
fn FormProgress(state: IntakeState) -> impl IntoView {
    let counts = memo(move || {
        let (answered, all) = state.answered();
        state.readiness.with(|readiness| {
            (
                answered,
                all,
                readiness.missing.len(),
                readiness.unconfirmed.len(),
            )
        })
    });
    view! {
        <p class="form-progress">
            <progress value=move || counts.get().0.to_string() max=move || counts.get().1.max(1).to_string() aria-hidden="true"></progress>
            <span>
                {move || {
                    let (answered, all, missing, unconfirmed) = counts.get();
                    let mut words = format!("{answered} of {all}");
                    if !state.is_open() {
                        words.push_str(" answered");
                    } else if unconfirmed > 0 {
                        words.push_str(&format!(", {unconfirmed} to confirm"));
                    } else if missing > 0 {
                        words.push_str(&format!(", {missing} still needed"));
                    }
                    words
                }}
            </span>
        </p>
    }
}
