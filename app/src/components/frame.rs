//! The frame around every page but sign-in: who is signed in, where one works, where one can go,
//! and the call that is running.

use super::{Announcements, Icon, Mark, PostForm, Shortcuts, Task, led_on, time_left_in_words};
use crate::{
    api::{
        ApiError,
        account::{ChooseWorkspace, Me, SignOut, me},
        reading::{self, Reading},
    },
    boxed::{effect, follow, memo, on_change, press, view, wait},
    rtc::CallHandle,
};
use domain::person::Role;
use leptos::{ev, html, prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::{components::A, hooks::use_location};

/// The signed-in person, for everything inside the frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    loaded: Reading<Option<Me>>,
    /// What was read since: counts and the running session change while one works.
    newer: RwSignal<Option<Me>>,
}

impl Person {
    /// Waits for who it is. None without a sign-in.
    pub(crate) async fn known(self) -> Option<Me> {
        self.loaded.known().await.ok().flatten()
    }

    /// Reads it again.
    pub(crate) fn refresh(self) {
        spawn_local(async move {
            match me().await {
                Ok(Some(me)) => drop(self.newer.try_set(Some(me))),
                Ok(None) | Err(ApiError::SignedOut) => {
                    let here = location().pathname().unwrap_or_default();
                    let _ = location().set_href(&sign_in_address(&here, ""));
                }
                // The page itself says when the server cannot be reached.
                Err(_) => {}
            }
        });
    }
}

/// The frame.
///
/// INVARIANT: the page stands beside what waits for the person, not below it. What waits can be
/// rendered several times on the server, and what a page reads would then be sent under other
/// numbers than those the browser looks for.
#[component]
pub(crate) fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let person = Person {
        loaded: reading::me(),
        newer: RwSignal::new(None),
    };
    provide_context(person);
    let shortcuts = RwSignal::new(false);
    let path = use_location().pathname;
    on_change(move || path.get(), move || person.refresh());
    view! {
        // "external" leaves it to the browser, which takes the focus along; the router would not.
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <Announcements />
        <div class="frame">
            <Suspense fallback=|| view! { <header class="side"><Brand /></header> }>
                {wait(move || async move {
                    match person.known().await {
                        Some(me) => view! { <Side me person shortcuts /> },
                        None => {
                            view! {
                                <header class="side">
                                    <Brand />
                                    <a class="button side-open" href="/sign-in" rel="external">"Sign in"</a>
                                </header>
                            }
                        }
                    }
                })}
            </Suspense>
            <div class="stage">
                <Suspense>
                    {wait(move || async move {
                        let sentence = person.known().await.and_then(|me| me.provider.sentence);
                        sentence.map(|sentence| view! { <ProviderMark sentence /> }).into_any()
                    })}
                </Suspense>
                <Offline />
                <main id="main" class="page" tabindex="-1">
                    {children()}
                </main>
            </div>
        </div>
        <Shortcuts open=shortcuts />
    }
}

/// Where to sign in and come back from.
fn sign_in_address(path: &str, search: &str) -> String {
    let search = search.trim_start_matches('?');
    let back = if search.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{search}")
    };
    if back == "/" {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?next={}", js_free_encode(&back))
    }
}

/// Percent-encodes what would end a query value. It runs on the server too, so not by the browser's function.
fn js_free_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[component]
fn Brand() -> impl IntoView {
    view! {
        <a class="brand" href="/" aria-label="Vestibule, start page">
            <Mark />
            <span>"Vestibule"</span>
        </a>
    }
}

/// What stands behind the conversation, said on every page.
#[component]
fn ProviderMark(sentence: String) -> impl IntoView {
    let (mark, rest) = match sentence.split_once(": ") {
        Some((mark, rest)) => (mark.to_owned(), rest.to_owned()),
        None => ("Note".to_owned(), sentence),
    };
    view! {
        <aside class="rehearsal" aria-label="About this provider">
            <p><strong>{mark} ":"</strong> " " {rest}</p>
        </aside>
    }
}

#[component]
fn Offline() -> impl IntoView {
    let offline = RwSignal::new(false);
    effect(move || {
        offline.set(!window().navigator().on_line());
        let gone = window_event_listener(ev::offline, move |_| offline.set(true));
        let back = window_event_listener(ev::online, move |_| offline.set(false));
        on_cleanup(move || {
            gone.remove();
            back.remove();
        });
    });
    follow(move || {
        offline.get().then(|| {
            view! {
                <p class="offline" role="status">
                    {Icon::Link.svg()}
                    "You are offline. What was entered is safe; this page goes on by itself when the connection is back."
                </p>
            }
        })
    })
}

/// The side of the frame: the running call, the places, the person.
#[component]
fn Side(me: Me, person: Person, shortcuts: RwSignal<bool>) -> impl IntoView {
    let call = expect_context::<CallHandle>();
    let path = use_location().pathname;
    let now = {
        let me = me.clone();
        memo(move || person.newer.get().unwrap_or_else(|| me.clone()))
    };
    let menu = NodeRef::<html::Div>::new();
    effect(move || {
        path.track();
        if let Some(menu) = menu.get() {
            // Fails where it is not open, which is as well.
            let _ = menu.hide_popover();
        }
    });
    view! {
        <header class="side">
            <Brand />
            <Pill call now />
            <button class="button button-plain button-icon side-open" type="button" popovertarget="menu" aria-label="Menu">
                {Icon::Menu.svg()}
            </button>
            // A popover on a narrow screen, plainly there on a wide one; neither needs a script.
            <div class="side-rest" id="menu" popover="auto" node_ref=menu>
                <Places now />
                <div class="side-foot">
                    <button type="button" class="place" on:click=press(move || shortcuts.set(true))>
                        {Icon::Keyboard.svg()} <span>"Shortcuts"</span> <kbd>"?"</kbd>
                    </button>
                    <Account me />
                </div>
            </div>
        </header>
    }
}

/// Where one can go: what the role cannot do is not shown.
#[component]
fn Places(now: Memo<Me>) -> impl IntoView {
    let attention = memo(move || now.read().needs_attention);
    let supervises = memo(move || {
        let role = now.read().workspace.as_ref().map(|here| here.role);
        matches!(role, Some(Role::Admin | Role::Supervisor))
    });
    view! {
        <nav class="places" aria-label="Main">
            <A href="/" exact=true attr:class="place">
                {Icon::Home.svg()} <span>"Home"</span>
            </A>
            <A href="/intakes" attr:class="place">
                {Icon::List.svg()} <span>"Intakes"</span>
                {move || {
                    (attention.get() > 0)
                        .then(|| {
                            view! {
                                <span class="count">{attention.get()} <span class="unseen">" need attention"</span></span>
                            }
                        })
                }}
            </A>
            {move || {
                supervises
                    .get()
                    .then(|| {
                        view! {
                            <A href="/running" attr:class="place">
                                {Icon::Sound.svg()} <span>"Running"</span>
                            </A>
                        }
                    })
            }}
        </nav>
    }
}

/// Who is signed in, where, and the way out.
#[component]
fn Account(me: Me) -> impl IntoView {
    let (choose, leave) = (Task::new(), Task::new());
    let here = me.workspace.clone();
    let role = here
        .as_ref()
        .map_or("no workspace", |workspace| workspace.role.as_str());
    let several = me.workspaces.len() > 1;
    let here_name = here
        .as_ref()
        .map(|workspace| workspace.name.clone())
        .unwrap_or_default();
    view! {
        <div class="account">
            {if several {
                view! {
                    <PostForm path=ChooseWorkspace::PATH task=choose take=led_on()>
                        <label class="unseen" for="workspace">"Workspace"</label>
                        <select
                            id="workspace"
                            name="request[workspace]"
                            class="input input-small"
                            on:change=move |event| {
                                let select = event_target::<web_sys::HtmlSelectElement>(&event);
                                if let Ok(Some(form)) = select.closest("form") {
                                    submit(&form);
                                }
                            }
                        >
                            {me
                                .workspaces
                                .iter()
                                .map(|workspace| {
                                    let chosen = here.as_ref().is_some_and(|here| here.id == workspace.id);
                                    view! {
                                        <option value=workspace.id.to_string() selected=chosen>{workspace.name.clone()}</option>
                                    }
                                })
                                .collect_view()}
                        </select>
                        <button class="button button-small before-hydration" type="submit">"Change"</button>
                    </PostForm>
                }
            } else {
                view! { <p class="account-workspace">{here_name}</p> }
            }}
            <div class="account-person">
                <span class="avatar" aria-hidden="true">{initials(&me.name)}</span>
                <p>
                    <strong>{me.name.clone()}</strong>
                    <span>{role}</span>
                </p>
                <PostForm path=SignOut::PATH task=leave take=led_on()>
                    <button class="button button-plain button-icon" type="submit" aria-label="Sign out" title="Sign out">
                        {Icon::SignOut.svg()}
                    </button>
                </PostForm>
            </div>
        </div>
    }
}

fn submit(form: &web_sys::Element) {
    use wasm_bindgen::JsCast;
    if let Some(form) = form.dyn_ref::<web_sys::HtmlFormElement>() {
        let _ = form.request_submit();
    }
}

/// The style sheet writes them large.
fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().next())
        .take(2)
        .collect()
}

/// The call that is running, wherever one is in the application.
#[component]
fn Pill(call: CallHandle, now: Memo<Me>) -> impl IntoView {
    let shown = memo(move || {
        if let Some(place) = call.place() {
            return Some((place.intake, place.workflow_name, call.seconds_left(), true));
        }
        let running = now.read().running.clone()?;
        Some((running.intake, running.workflow_name, None, false))
    });
    follow(move || {
        shown.get().map(|(intake, name, left, here)| {
            view! {
                <a class="pill" href=format!("/intakes/{intake}")>
                    <span class="pill-dot"></span>
                    <span class="pill-text">
                        <strong>{match (here, left) {
                            (true, Some(left)) => format!("Live · {}", time_left_in_words(left)),
                            (true, None) => "Connecting…".to_owned(),
                            (false, _) => "In another window".to_owned(),
                        }}</strong>
                        <span>{name}</span>
                    </span>
                </a>
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_kept_and_cannot_break_out_of_its_value() {
        assert_eq!(sign_in_address("/", ""), "/sign-in");
        assert_eq!(
            sign_in_address("/intakes", "?status=open&x=1"),
            "/sign-in?next=/intakes%3Fstatus%3Dopen%26x%3D1"
        );
    }

    #[test]
    fn initials_are_two_letters_at_most() {
        assert_eq!(initials("Ada Maria Lovelace"), "AM");
        assert_eq!(initials(""), "");
    }
}
