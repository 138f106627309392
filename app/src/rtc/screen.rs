//! Keeps the screen on while one talks: a phone that goes to sleep takes the call with it.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Held, it keeps the screen on as long as the page is shown. Dropping it lets the screen sleep again.
pub(super) struct ScreenLock(JsValue);

impl ScreenLock {
    /// None where the browser has no such thing, or does not want to now.
    pub(super) async fn acquire() -> Option<Self> {
        // By name: the bindings to it are not stable yet.
        let navigator: JsValue = window().navigator().into();
        let locks = Reflect::get(&navigator, &"wakeLock".into()).ok()?;
        let asked = call(&locks, "request", &"screen".into())?;
        let lock = JsFuture::from(asked.dyn_into::<Promise>().ok()?)
            .await
            .ok()?;
        Some(Self(lock))
    }

    /// Whether it is held no more: the browser takes it from a page that is hidden.
    pub(super) fn is_released(&self) -> bool {
        Reflect::get(&self.0, &"released".into()).is_ok_and(|released| released.is_truthy())
    }
}

impl Drop for ScreenLock {
    fn drop(&mut self) {
        call(&self.0, "release", &JsValue::UNDEFINED);
    }
}

fn call(on: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    let method: Function = Reflect::get(on, &method.into()).ok()?.dyn_into().ok()?;
    method.call1(on, argument).ok()
}
