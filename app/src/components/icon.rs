//! Icons as inline SVG: one stroke, the colour of the text around them, silent for screen readers.

use crate::boxed::view;
use leptos::prelude::*;

/// The icons there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Home,
    List,
    Microphone,
    MicrophoneOff,
    Pause,
    Play,
    Check,
    Cross,
    Alert,
    Info,
    Pencil,
    Clock,
    Arrow,
    Back,
    Send,
    Print,
    Copy,
    Download,
    Keyboard,
    Menu,
    SignOut,
    Chevron,
    Ear,
    Dash,
    Swap,
    Flag,
    Sound,
    Stop,
    Search,
    Link,
    Form,
    Chat,
    Refresh,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Home => "M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-4v-5H8v5H4a1 1 0 0 1-1-1z",
            Self::List => "M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01",
            Self::Microphone => {
                "M10 2.5a2.5 2.5 0 0 1 2.5 2.5v4.5a2.5 2.5 0 0 1-5 0V5A2.5 2.5 0 0 1 10 2.5zM4.5 9.5a5.5 5.5 0 0 0 11 0M10 15v2.5"
            }
            Self::MicrophoneOff => {
                "M12.5 8.5V5a2.5 2.5 0 0 0-4.7-1.2M7.5 7.5v2a2.5 2.5 0 0 0 3.6 2.2M4.5 9.5a5.5 5.5 0 0 0 8.7 4.5M15.3 10.8c.1-.4.2-.9.2-1.3M10 15v2.5M3 3l14 14"
            }
            Self::Pause => "M7 4.5v11M13 4.5v11",
            Self::Play => "M6.5 4.5v11l9-5.5z",
            Self::Check => "m4 10.5 4 4 8-9",
            Self::Cross => "M5 5l10 10M15 5 5 15",
            Self::Alert => "M10 3 2.5 16.5h15zM10 8v4M10 14.2v.01",
            Self::Info => "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 9v5M10 6.2v.01",
            Self::Pencil => {
                "M4 16l.8-3.4L13.5 4a1.4 1.4 0 0 1 2 0l.6.5a1.4 1.4 0 0 1 0 2L7.4 15.2z"
            }
            Self::Clock => "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 6v4.2l2.8 1.6",
            Self::Arrow => "M4 10h12M11 5l5 5-5 5",
            Self::Back => "M16 10H4M9 5l-5 5 5 5",
            Self::Send => "M10 16V4M5 9l5-5 5 5",
            Self::Print => {
                "M6 7V3h8v4M6 14H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h12a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1h-2M6 12h8v5H6z"
            }
            Self::Copy => {
                "M7 7V4a1 1 0 0 1 1-1h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-3M4 7h8a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z"
            }
            Self::Download => "M10 3v9M6 8.5l4 4 4-4M4 16.5h12",
            Self::Keyboard => {
                "M3 5h14a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M6.5 12h7"
            }
            Self::Menu => "M3 5.5h14M3 10h14M3 14.5h14",
            Self::SignOut => {
                "M8 3.5H5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h3M9 10h8M13.5 6.5 17 10l-3.5 3.5"
            }
            Self::Chevron => "m5 7.5 5 5 5-5",
            Self::Ear => {
                "M6 8a4 4 0 1 1 8 0c0 3-2.5 3.2-2.5 5.5A2.5 2.5 0 0 1 9 16a2.4 2.4 0 0 1-2.2-1.5M8.2 8a1.8 1.8 0 1 1 3.6 0c0 1.3-1.3 1.4-1.3 2.7"
            }
            Self::Dash => "M5 10h10",
            Self::Swap => "M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3",
            Self::Flag => "M5 17V3.5M5 4h9l-1.8 3L14 10H5",
            Self::Sound => {
                "M3 8v4h3l4 3.5v-11L6 8zM13 7.5a3.5 3.5 0 0 1 0 5M15 5.2a6.5 6.5 0 0 1 0 9.6"
            }
            Self::Stop => "M5.5 5.5h9v9h-9z",
            Self::Search => "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4",
            Self::Link => "M3 10h3l2-5 4 10 2-5h3",
            Self::Form => {
                "M5 2.5h10a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM7 7h6M7 10h6M7 13h3"
            }
            Self::Chat => {
                "M4 4h12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H9L5.5 16.5v-3H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z"
            }
            Self::Refresh => "M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5",
        }
    }

    /// The drawing.
    pub(crate) fn svg(self) -> AnyView {
        view! {
            <svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
                <path d=self.path()></path>
            </svg>
        }
    }
}

/// The mark of the product: a doorway with somebody speaking in it.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
            <rect class="mark-ground" width="32" height="32" rx="8"></rect>
            <path class="mark-door" d="M9 25V14.5a7 7 0 0 1 14 0V25" fill="none" stroke-width="2.4" stroke-linecap="round"></path>
            <path class="mark-voice" d="M13 19v2.5M16 16v8M19 19v2.5" fill="none" stroke-width="2.2" stroke-linecap="round"></path>
        </svg>
    }
}
