//! Signing in. Works without scripts: it is a plain form.

use super::apart::apart;
use crate::{
    api::{ApiError, account::SignIn},
    boxed::view,
    components::{ActionProblem, Icon, Mark, PostForm, Task, refusal},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::sync::Arc;

apart!(SignInPage as SignInRoute in sign_in_page);

#[component]
fn SignInPage() -> impl IntoView {
    let task = Task::new();
    let query = use_query_map();
    let next = move || {
        query
            .with(|query| query.get("next"))
            .filter(|next| is_local(next))
    };
    let problem = refusal(task, from_address);
    // The server answers with where to go, and the page is loaded anew from there.
    let pending = Signal::derive(move || task.is_running() || task.is_done());
    let take = Arc::new(|answer: Result<String, ApiError>| {
        answer.map(drop).map_err(|error| in_words(&error))
    });
    view! {
        <Title text="Sign in" />
        <main class="entry">
            <section class="entry-card">
                <div class="entry-brand"><Mark /> <span>"Vestibule"</span></div>
                <h1>"Sign in"</h1>
                <p class="quiet">{move || if next().is_some() { "You go on where you were." } else { "Voice intake for your team." }}</p>
                <PostForm path=SignIn::PATH class="stack" task take>
                    <label class="labelled">
                        <span>"Email"</span>
                        <input class="input" type="email" name="request[email]" autocomplete="username" required autofocus inputmode="email" spellcheck="false" autocapitalize="none" />
                    </label>
                    <label class="labelled">
                        <span>"Password"</span>
                        <input class="input" type="password" name="request[password]" autocomplete="current-password" required />
                    </label>
                    {move || next().map(|next| view! { <input type="hidden" name="request[next]" value=next /> })}
                    <ActionProblem error=problem />
                    <button class="button button-main button-wide" type="submit" disabled=pending aria-busy=move || pending.get().to_string()>
                        {move || if pending.get() { "Signing in…" } else { "Sign in" }}
                    </button>
                </PostForm>
            </section>
            <p class="entry-foot">{Icon::Info.svg()} "Forgot your password? Ask your operator to reset it."</p>
        </main>
    }
}

/// Only a path on this server may follow a sign-in.
fn is_local(next: &str) -> bool {
    next.starts_with('/') && !next.starts_with("//") && !next.contains('\\')
}

/// What the word in the address means. It says nothing that the person did not just type.
fn from_address(word: &str) -> &'static str {
    match word {
        "wrong" => "The email address or the password is not right.",
        "signed_out" => "You are signed out. Sign in again to go on.",
        "too_many" => "Too many attempts. Wait a few minutes, then try again.",
        _ => "Signing in did not work. Try again.",
    }
}

fn in_words(error: &ApiError) -> String {
    match error {
        ApiError::Malformed => "Enter your email and password.".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_paths_of_this_server_follow_a_sign_in() {
        assert!(is_local("/intakes/1?x=2"));
        for bad in ["https://x", "//x", "/\\x", "", "intakes"] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
