//! Pages in files of their own, which a browser loads when somebody goes there. One who opens an
//! intake waits for nothing else.

use crate::boxed::view;
use crate::{api::ApiError, components::Problem};
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
                // The document says that this file will be needed, so that it comes with the first.
                #[cfg(feature = "ssr")]
                leptos::prefetch_lazy_fn_on_server(stringify!($file));
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

/// In place of a page whose file did not come.
pub(super) fn not_loaded(_: SplitLoaderError) -> AnyView {
    view! {
        <Title text="Not loaded" />
        <Problem error=ApiError::Unreachable />
    }
}
