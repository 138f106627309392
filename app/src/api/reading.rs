//! What a page reads as it opens. The server sends it with the page; the browser asks for it when it
//! moves on by itself.
//!
//! What was read travels as text and is given its type where it is used, so that the machinery of a
//! resource is compiled once for all of them.

use super::{
    ApiError,
    account::Me,
    intakes::{IntakePage, IntakeRequest, IntakeView, ListIntakesRequest, TimelineEntry},
    json,
    sessions::SupervisionView,
    workflows::WorkflowCard,
};
use domain::IntakeId;
use leptos::{prelude::*, server::codee::string::FromToStringCodec};
use serde::de::DeserializeOwned;
use std::{fmt, marker::PhantomData, pin::Pin, str::FromStr};

/// Something that a page reads. Copied freely; made only where a page begins.
#[derive(Debug)]
pub(crate) struct Reading<T> {
    answer: Resource<Answer, FromToStringCodec>,
    is: PhantomData<fn() -> T>,
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Reading<T> {}

impl<T: DeserializeOwned> Reading<T> {
    fn of(question: impl Fn() -> Question + Send + Sync + 'static) -> Self {
        Self {
            answer: asked(Box::new(question)),
            is: PhantomData,
        }
    }

    /// Waits for it.
    ///
    /// # Errors
    /// What the server refused with.
    pub(crate) async fn known(self) -> Result<T, ApiError> {
        let text = self.answer.await.0?;
        json::read(&text).map_err(|_| ApiError::Malformed)
    }
}

/// Who is signed in.
pub(crate) fn me() -> Reading<Option<Me>> {
    Reading::of(|| Question::Me)
}

/// The published workflows of the workspace.
pub(crate) fn workflows() -> Reading<Vec<WorkflowCard>> {
    Reading::of(|| Question::Workflows)
}

/// A list of intakes, read again when what is asked for changes.
pub(crate) fn intakes(
    request: impl Fn() -> ListIntakesRequest + Send + Sync + 'static,
) -> Reading<IntakePage> {
    Reading::of(move || Question::Intakes(request()))
}

/// One intake. An address that names none has none.
pub(crate) fn intake(
    id: impl Fn() -> Option<IntakeId> + Send + Sync + 'static,
) -> Reading<IntakeView> {
    Reading::of(move || id().map_or(Question::Nothing, Question::Intake))
}

/// What happened on an intake, read again with each new `change`.
pub(crate) fn timeline(
    id: impl Fn() -> Option<IntakeId> + Send + Sync + 'static,
    change: impl Fn() -> u32 + Send + Sync + 'static,
) -> Reading<Vec<TimelineEntry>> {
    Reading::of(move || {
        let change = change();
        id().map_or(Question::Nothing, |id| Question::Timeline(id, change))
    })
}

/// What runs now and what went wrong lately, for those who supervise.
pub(crate) fn supervision() -> Reading<SupervisionView> {
    Reading::of(|| Question::Supervision)
}

/// What is asked. Asked again when it is no longer equal.
#[derive(Debug, Clone, PartialEq)]
enum Question {
    Me,
    Workflows,
    Intakes(ListIntakesRequest),
    Intake(IntakeId),
    Timeline(IntakeId, u32),
    Supervision,
    Nothing,
}

/// JSON of what was asked for, or why it was refused. As text an error begins with [`REFUSED`].
#[derive(Debug, Clone)]
struct Answer(Result<String, ApiError>);

/// No JSON begins with it.
const REFUSED: char = '!';

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(text) => f.write_str(text),
            Err(error) => {
                let text = serde_json::to_string(error).map_err(|_| fmt::Error)?;
                write!(f, "{REFUSED}{text}")
            }
        }
    }
}

impl FromStr for Answer {
    type Err = json::Unreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text.strip_prefix(REFUSED) {
            Some(error) => Err(ApiError::read(error)?),
            None => Ok(text.to_owned()),
        }))
    }
}

type Asking = Pin<Box<dyn Future<Output = Answer> + Send>>;

fn asked(question: Box<dyn Fn() -> Question + Send + Sync>) -> Resource<Answer, FromToStringCodec> {
    Resource::new_str(question, ask)
}

#[cfg(feature = "ssr")]
fn ask(question: Question) -> Asking {
    use super::{account, intakes, sessions, workflows};
    use serde::Serialize;

    fn written<T: Serialize>(answer: Result<T, ApiError>) -> Result<String, ApiError> {
        // What the wire can carry can be written; a new type that cannot must not be sent as null.
        serde_json::to_string(&answer?).map_err(|_| ApiError::Malformed)
    }

    Box::pin(async move {
        Answer(match question {
            Question::Me => written(account::me().await),
            Question::Workflows => written(workflows::list_workflows().await),
            Question::Intakes(request) => written(intakes::list_intakes(request).await),
            Question::Intake(intake) => {
                written(intakes::read_intake(IntakeRequest { intake }).await)
            }
            Question::Timeline(intake, _) => {
                written(intakes::intake_timeline(IntakeRequest { intake }).await)
            }
            Question::Supervision => written(sessions::supervise().await),
            Question::Nothing => Err(ApiError::NotFound),
        })
    })
}

#[cfg(not(feature = "ssr"))]
fn ask(question: Question) -> Asking {
    use super::{
        account::ReadMe,
        intakes::{IntakeTimeline, ListIntakes, ReadIntake},
        sessions::Supervise,
        wire::{FORM, call, post},
        workflows::ListWorkflows,
    };
    use leptos::server_fn::ServerFn;

    let answer = match question {
        Question::Me => post(ReadMe::PATH, FORM, "".into()),
        Question::Workflows => post(ListWorkflows::PATH, FORM, "".into()),
        Question::Intakes(request) => call(ListIntakes::PATH, &ListIntakes { request }),
        Question::Intake(intake) => call(
            ReadIntake::PATH,
            &ReadIntake {
                request: IntakeRequest { intake },
            },
        ),
        Question::Timeline(intake, _) => call(
            IntakeTimeline::PATH,
            &IntakeTimeline {
                request: IntakeRequest { intake },
            },
        ),
        Question::Supervision => call(Supervise::PATH, &Supervise {}),
        Question::Nothing => Box::pin(std::future::ready(Err(ApiError::NotFound))),
    };
    Box::pin(async move { Answer(answer.await) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_its_way_into_the_page() {
        for answer in [
            Ok("null".to_owned()),
            Ok(r#"{"a":"!"}"#.to_owned()),
            Err(ApiError::SignedOut),
            Err(ApiError::Refused {
                code: "no".into(),
                message: "Ask an admin.".into(),
            }),
        ] {
            let written = Answer(answer.clone()).to_string();
            assert_eq!(written.parse::<Answer>().unwrap().0, answer);
        }
        assert!("!{}".parse::<Answer>().is_err());
    }
}
