//! The HTML document around every page, and the map from addresses to pages.

use crate::{
    boxed::view,
    components::{Announcer, Frame},
    pages::{HomeRoute, IntakePage, IntakesRoute, MissingPage, RunningRoute, SignInRoute},
    rtc::CallHandle,
};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    Lazy, SsrMode,
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

/// The document that the server sends.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-call="idle">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="robots" content="noindex, nofollow" />
                <meta name="format-detection" content="telephone=no" />
                <AutoReload options=options.clone() />
                <HashedStylesheet id="leptos" options=options.clone() />
                <HydrationScripts options />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="mask-icon" href="/mark.svg" />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Makes the document that the server sent answer to clicks. The document then says so, to the style
/// sheet and to tests.
#[cfg(feature = "hydrate")]
pub fn take_over() {
    wasm_bindgen_futures::spawn_local(async {
        let Some(body) = document().body() else {
            return;
        };
        // Waits for the file of a page that has its own.
        leptos::mount::hydrate_from_async(body, App).await.forget();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
}

/// The application: every address and the page it shows.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(CallHandle::new());
    provide_context(Announcer::new());

    view! {
        <Title formatter=|text: String| {
            if text.is_empty() { "Vestibule".to_owned() } else { format!("{text} · Vestibule") }
        } />
        <Router>
            <Framed>
                // Every page is sent whole: it can be read without scripts, and a refusal has its status.
                <FlatRoutes fallback=|| view! { <MissingPage /> }>
                    <Route path=path!("/sign-in") view={Lazy::<SignInRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/") view={Lazy::<HomeRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/intakes") view={Lazy::<IntakesRoute>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/intakes/:id") view=IntakePage ssr=SsrMode::Async />
                    <Route path=path!("/running") view={Lazy::<RunningRoute>::new()} ssr=SsrMode::Async />
                </FlatRoutes>
            </Framed>
        </Router>
    }
}

/// Puts the frame around every page but sign-in, which is always loaded anew, and so is what follows it.
#[component]
fn Framed(children: Children) -> impl IntoView {
    let path = use_location().pathname;
    if path.with_untracked(|path| path.trim_end_matches('/') == "/sign-in") {
        children().into_any()
    } else {
        view! { <Frame>{children()}</Frame> }
    }
}
