//! The HTML document around every page, and the map from addresses to pages.

use crate::{
    components::{Announcer, Frame},
    pages::{HomePage, IntakePage, IntakesPage, MissingPage, SignInPage},
    rtc::CallHandle,
};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route, Router, Routes},
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

/// The application: every address and the page it shows.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(CallHandle::new());
    provide_context(Announcer::new());

    // Effects run in the browser only, once the page answers to clicks.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });

    view! {
        <Title formatter=|text: String| {
            if text.is_empty() { "Vestibule".to_owned() } else { format!("{text} · Vestibule") }
        } />
        <Router>
            <Routes fallback=|| {
                view! {
                    <Frame>
                        <MissingPage />
                    </Frame>
                }
                    .into_any()
            }>
                // Every page is sent whole: it can be read without scripts, and a refusal has its status.
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <ParentRoute
                    path=path!("")
                    view=|| {
                        view! {
                            <Frame>
                                <Outlet />
                            </Frame>
                        }
                            .into_any()
                    }
                    ssr=SsrMode::Async
                >
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/intakes") view=IntakesPage ssr=SsrMode::Async />
                    <Route path=path!("/intakes/:id") view=IntakePage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
