//! What is said when something is missing, refused or failed: what happened, what is safe, what to do.

use super::Icon;
use crate::api::ApiError;
use crate::boxed::view;
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
    // A page that is sent without what was asked for says so in its status, too.
    #[cfg(feature = "ssr")]
    crate::ssr::answer_with_status_of(&error);
    let again = "Load again";
    let (title, text, (way, to)) = match error {
        ApiError::NotFound => (
            "Nothing here",
            "This does not exist, or you have no access to it. If a colleague sent you the address, ask which workspace it belongs to.".to_owned(),
            ("Go to the start page", "/"),
        ),
        ApiError::Refused { message, .. } => ("Not for your role", sentence(&message), ("Go to the start page", "/")),
        ApiError::SignedOut => ("You are signed out", "Sign in again to go on. Nothing you entered was lost.".to_owned(), ("Sign in", "/sign-in")),
        ApiError::Unreachable => (
            "The server cannot be reached",
            "Your answers are safe. Check your connection; then load the page again.".to_owned(),
            (again, ""),
        ),
        ApiError::TooMany { message, .. } => ("Too many requests", message, (again, "")),
        other => ("This did not work", other.to_string(), (again, "")),
    };
    view! {
        <section class="problem" aria-labelledby="problem-title">
            <span class="problem-icon">{Icon::Alert.svg()}</span>
            <h1 id="problem-title">{title}</h1>
            <p>{text}</p>
            <p class="row row-center"><a class="button" href=to rel="external">{way}</a></p>
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
                    .map(|message| view! { <p class="action-problem">{Icon::Alert.svg()} <span>{sentence(&message)}</span></p> })
            }}
        </div>
    }
}

/// A message as a sentence of its own.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let end = if message.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    // Our own sentences are English.
    format!("{}{}{end}", first.to_ascii_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_message_becomes_a_sentence_once() {
        assert_eq!(sentence("answer yes or no"), "Answer yes or no.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }
}
