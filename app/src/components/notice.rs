//! What is said when something is missing, refused or failed: what happened, what is safe, what to do.

use super::Icon;
use crate::api::ApiError;
use leptos::prelude::*;

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// Good to know.
    #[default]
    Plain,
    /// Look at this.
    Caution,
    /// Something went wrong.
    Bad,
    /// Done.
    Good,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "notice",
            Self::Caution => "notice notice-caution",
            Self::Bad => "notice notice-bad",
            Self::Good => "notice notice-good",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Plain => Icon::Info,
            Self::Caution | Self::Bad => Icon::Alert,
            Self::Good => Icon::Check,
        }
    }
}

/// A notice within a page.
#[component]
pub(crate) fn Notice(
    /// How it is meant.
    #[prop(optional)]
    tone: Tone,
    /// The first line.
    #[prop(into, optional)]
    title: Option<String>,
    /// What follows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=tone.class()>
            {tone.icon().svg()}
            <div class="notice-text">
                {title.map(|title| view! { <p class="notice-title">{title}</p> })}
                {children()}
            </div>
        </div>
    }
}

/// A whole page, or a part of it, that cannot be shown.
#[component]
pub(crate) fn Problem(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    let message = error.to_string();
    let (title, text) = match &error {
        ApiError::NotFound => ("Nothing here", "This does not exist, or you have no access to it. If a colleague sent you the address, ask which workspace it belongs to.".to_owned()),
        ApiError::Refused { .. } => ("Not for your role", message),
        ApiError::SignedOut => ("You are signed out", "Sign in again to go on. Nothing you entered was lost.".to_owned()),
        ApiError::Unreachable => ("The server cannot be reached", "Your answers are safe. Check your connection; then load the page again.".to_owned()),
        ApiError::TooMany { .. } => ("Too many requests", message),
        ApiError::Conflict { .. } | ApiError::Malformed | ApiError::Invalid { .. } | ApiError::Internal { .. } => ("This did not work", message),
    };
    view! {
        <section class="problem" aria-labelledby="problem-title">
            <span class="problem-icon">{Icon::Alert.svg()}</span>
            <h1 id="problem-title">{title}</h1>
            <p>{text}</p>
            <p class="row row-center">
                {match error {
                    ApiError::SignedOut => view! { <a class="button button-main" href="/sign-in" rel="external">"Sign in"</a> }.into_any(),
                    ApiError::Unreachable | ApiError::Internal { .. } | ApiError::TooMany { .. } => {
                        view! { <a class="button button-main" href="" rel="external">"Load again"</a> }.into_any()
                    }
                    _ => view! { <a class="button" href="/">"Go to the start page"</a> }.into_any(),
                }}
            </p>
        </section>
    }
}

/// The refusal or failure of an action, beside the control that caused it.
#[component]
pub(crate) fn ActionProblem(
    /// What went wrong, if anything.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <div role="alert">
            {move || {
                error
                    .get()
                    .map(|message| view! { <p class="action-problem">{Icon::Alert.svg()} <span>{message}</span></p> })
            }}
        </div>
    }
}
