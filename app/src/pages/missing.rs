//! An address that leads nowhere.

use crate::{api::ApiError, boxed::view, components::Problem};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub(crate) fn MissingPage() -> impl IntoView {
    view! {
        <Title text="Nothing here" />
        <Problem error=ApiError::NotFound />
    }
}
