//! `GET /intakes/{id}/events`: what happens on an intake, as server-sent events.

use app::{ssr::RequestContext, ssr::stream::frame};
use axum::{
    Extension,
    extract::{Path, Query},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::IntakeId;
use futures::stream;
use serde::Deserialize;
use service::{
    Error,
    watch_intake::{Cursor, watch_intake},
};
use std::{convert::Infallible, time::Duration};

/// Quiet connections get a comment this often, so that what stands between keeps them.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize)]
pub(crate) struct From {
    after: Option<String>,
}

/// Streams the events of an intake after `Last-Event-ID`, or after `?after=` on the first connect.
pub(crate) async fn stream(
    Extension(context): Extension<RequestContext>,
    Path(id): Path<String>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Response {
    let Some(principal) = &context.principal else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(intake) = IntakeId::parse(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned)
        .or(from.after);
    let after = match last.as_deref().map(str::parse::<Cursor>) {
        None => None,
        Some(Ok(cursor)) => Some(cursor),
        Some(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
    };
    let watch = match watch_intake(&context.service, principal, &intake, after).await {
        Ok(watch) => watch,
        Err(Error::NotFound | Error::Refused(_)) => return StatusCode::NOT_FOUND.into_response(),
        Err(Error::TooMany { retry_after, .. }) => {
            let after = [(
                header::RETRY_AFTER,
                retry_after.as_secs().max(1).to_string(),
            )];
            return (StatusCode::TOO_MANY_REQUESTS, after).into_response();
        }
        Err(error) => {
            tracing::error!(request.id = %context.request_id, error = &error as &dyn std::error::Error, "an event stream could not be opened");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let events = stream::unfold(watch, |mut watch| async move {
        let (cursor, told) = watch.next().await?;
        let event = Event::default()
            .id(cursor.to_string())
            .json_data(frame(told));
        let event = event.unwrap_or_else(|_| Event::default().comment("an event that is not JSON"));
        Some((Ok::<_, Infallible>(event), watch))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}
