//! The browser's entry point: takes over the page that the server rendered.

use leptos::{mount::hydrate_from_async, prelude::document};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

/// Makes the page that the server rendered answer to clicks. Called by the page's own script.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    spawn_local(async {
        let Some(body) = document().body() else {
            return;
        };
        // Waits for the file of a page that has its own.
        hydrate_from_async(body, app::App).await.forget();
        app::hydrated();
    });
}
