//! The pieces of a reactive page without types of their own.
//!
//! Every closure and every view is a type of its own, and what is built around one (an effect, a memo,
//! a listener, a part of the page) is compiled again for each. Boxed, all pieces of one kind are the
//! same code.

use leptos::{ev, prelude::*, tachys::reactive_graph::SharedReactiveFunction};
use std::sync::{Arc, Mutex};

/// leptos's `view!`, without its type. Every kind of element would be compiled several times, for
/// being the outermost one, optional or one of many.
macro_rules! view {
    ($($part:tt)*) => {
        $crate::boxed::untyped(leptos::prelude::view! { $($part)* })
    };
}

pub(crate) use view;

pub(crate) fn untyped<T: IntoView + 'static>(part: View<T>) -> AnyView {
    part.into_inner().into_any()
}

/// A part of the page that is made anew when what it reads changes. `view!` does the same with the
/// closures that are written in it.
pub(crate) fn follow<T>(part: impl FnMut() -> T + Send + 'static) -> SharedReactiveFunction<T> {
    Arc::new(Mutex::new(part))
}

/// A part of the page that waits for what it shows, within a `Suspense` or `Transition`.
pub(crate) fn wait<T>(
    part: impl Fn() -> T + Send + 'static,
) -> SharedReactiveFunction<Suspend<AnyView>>
where
    T: Future<Output = AnyView> + Send + 'static,
{
    follow(move || Suspend::new(part()))
}

/// A value that is worked out anew when what it reads changes, and tells those who read it when it
/// is another one.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    boxed_memo(Box::new(value))
}

fn boxed_memo<T: PartialEq + Send + Sync + 'static>(
    value: Box<dyn Fn() -> T + Send + Sync>,
) -> Memo<T> {
    Memo::new(move |_| value())
}

/// Runs in the browser once the page is there, and again when what it reads changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    boxed_effect(Box::new(run));
}

/// Runs in the browser when what it reads has become another value, and not the first time.
pub(crate) fn on_change<T: PartialEq + 'static>(
    read: impl Fn() -> T + 'static,
    mut run: impl FnMut() + 'static,
) {
    let mut before = None;
    effect(move || {
        let now = read();
        if before.as_ref().is_some_and(|before| *before != now) {
            untrack(&mut run);
        }
        before = Some(now);
    });
}

fn boxed_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}

/// What a click does.
pub(crate) fn press(mut run: impl FnMut() + 'static) -> Box<dyn FnMut(ev::MouseEvent)> {
    Box::new(move |_| run())
}
