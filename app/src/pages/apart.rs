//! Pages in files of their own, which a browser loads when somebody goes there. One who opens an
//! intake waits for nothing else.

use crate::{api::ApiError, boxed::view, components::Problem};
use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_meta::Title;

/// Makes a route of a page's component, under the name of its file.
///
/// Not leptos's `lazy_route`: it panics when the file cannot be loaded, offline or after an update of
/// the server, and a call that is running would go down with the page.
macro_rules! apart {
    ($page:ident as $route:ident in $file:ident) => {
        /// The route to the page.
        pub(crate) struct $route;

        impl leptos_router::LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                #[cfg(feature = "ssr")]
                crate::pages::apart::announce(stringify!($file));
                $file()
                    .await
                    .unwrap_or_else(crate::pages::apart::not_loaded)
            }
        }

        #[leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible)]
        fn $file() -> Result<AnyView, leptos::wasm_split::SplitLoaderError> {
            Ok(view! { <$page /> })
        }
    };
}

pub(super) use apart;

/// Says in the head of the document which files the page will need, so that they come with the first.
///
/// Not leptos's own way: it asks for the list of files after waiting for the document, where the
/// current request may be another one.
#[cfg(feature = "ssr")]
pub(super) fn announce(page: &str) {
    use leptos_meta::Link;

    let Some(manifest) = use_context::<leptos::WasmSplitManifest>() else {
        return;
    };
    let (folder, parts, _) = &*manifest.0.read_value();
    for part in parts.get(page).into_iter().flatten() {
        let href = format!("{folder}/{part}.wasm");
        let link = view! { <Link rel="preload" href as_="fetch" type_="application/wasm" crossorigin="anonymous" /> };
        // It goes into the head by being rendered; in its place nothing is left.
        let _ = link.to_html();
    }
}

/// In place of a page whose file did not come.
pub(super) fn not_loaded(_: SplitLoaderError) -> AnyView {
    view! {
        <Title text="Not loaded" />
        <Problem error=ApiError::Unreachable />
    }
}
