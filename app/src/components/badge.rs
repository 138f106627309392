//! Small marks of state: always a colour, an icon and a word.

use super::Icon;
use crate::api::intakes::IntakeStatus;
use crate::boxed::view;
use leptos::prelude::*;

/// Where an intake stands.
#[component]
pub(crate) fn StatusBadge(
    /// Its status.
    status: IntakeStatus,
    /// Whether somebody is talking on it now.
    #[prop(optional)]
    running: bool,
) -> impl IntoView {
    let (class, icon, word) = match (status, running) {
        (IntakeStatus::Open, true) => ("badge badge-live", Icon::Sound, "Live"),
        (IntakeStatus::Open, false) => ("badge badge-open", Icon::Clock, "Open"),
        (IntakeStatus::Complete, _) => ("badge badge-good", Icon::Check, "Complete"),
        (IntakeStatus::Escalated, _) => ("badge badge-urgent", Icon::Flag, "Needs attention"),
        (IntakeStatus::Abandoned, _) => ("badge badge-quiet", Icon::Dash, "Abandoned"),
    };
    view! { <span class=class>{icon.svg()} {word}</span> }
}

/// Marks demo data as such.
#[component]
pub(crate) fn DemoBadge() -> impl IntoView {
    view! { <span class="badge badge-outline" title="Made up for trying things out">"Demo"</span> }
}

/// How far an intake is filled.
#[component]
pub(crate) fn Progress(
    /// Fields with a value.
    filled: u32,
    /// All fields.
    total: u32,
) -> impl IntoView {
    view! {
        <span class="progress">
            <progress value=filled.to_string() max=total.max(1).to_string() aria-hidden="true"></progress>
            <span>{filled} " of " {total}</span>
        </span>
    }
}
