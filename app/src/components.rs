//! Pieces of the page that are used twice or more.

mod announcer;
mod badge;
mod dialog;
mod frame;
mod icon;
mod moment;
mod notice;
mod post_form;
mod shortcuts;
mod skeleton;
mod task;

pub(crate) use announcer::{Announcements, Announcer};
pub(crate) use badge::{DemoBadge, Progress, StatusBadge};
pub(crate) use dialog::Dialog;
pub(crate) use frame::{Frame, Person};
pub(crate) use icon::{Icon, Mark};
pub(crate) use moment::{
    Moment, SHORT_SECONDS, Style as MomentStyle, browser_now, span_in_words, time_left_in_words,
};
pub(crate) use notice::{ActionProblem, Notice, Problem, Tone, sentence};
pub(crate) use post_form::{PostForm, answers, led_on, refusal};
pub(crate) use shortcuts::{Shortcuts, is_for_the_page};
pub(crate) use skeleton::Skeleton;
pub(crate) use task::Task;
