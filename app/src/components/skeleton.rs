//! The shape of what is coming, shown at the first load.

use crate::boxed::view;
use leptos::prelude::*;

/// Grey lines in place of a page.
#[component]
pub(crate) fn Skeleton(
    /// How many.
    #[prop(default = 4)]
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            <span class="skeleton-line skeleton-title"></span>
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
}
