//! An address that leads nowhere.

use crate::boxed::view;
use crate::{api::ApiError, components::Problem};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub(crate) fn MissingPage() -> impl IntoView {
    view! {
        <Title text="Nothing here" />
        <Problem error=ApiError::NotFound />
    }
}
