//! The browser's end of every server function.

use crate::api::{ApiError, json};
use js_sys::JsString;
use leptos::{
    prelude::window,
    server_fn::{self, Protocol, redirect::REDIRECT_HEADER},
};
use send_wrapper::SendWrapper;
use serde::{Serialize, de::DeserializeOwned};
use std::{future::ready, pin::Pin};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

const JSON: &str = "application/json";
/// A body as a plain form sends it.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A function with a request, sent as JSON.
#[derive(Debug)]
pub struct Wire;

#[derive(Debug)]
/// A function without a request. The server reads it as an empty form.
pub struct Bare;

/// What is on its way. Boxed, so that what waits for it is compiled once.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<String, ApiError>> + Send>>;

impl<Input, Output, Client, Server> Protocol<Input, Output, Client, Server, ApiError> for Wire
where
    Input: Serialize,
    Output: DeserializeOwned,
    Client: server_fn::client::Client<ApiError>,
    Server: server_fn::server::Server<ApiError>,
{
    const METHOD: http::Method = http::Method::POST;

    // Not for the browser; the server has a protocol of its own.
    fn run_server<F, Fut>(
        _: Server::Request,
        _: F,
    ) -> impl Future<Output = Result<Server::Response, ApiError>> + Send {
        ready(Err(ApiError::Unreachable))
    }

    fn run_client(
        path: &str,
        input: Input,
    ) -> impl Future<Output = Result<Output, ApiError>> + Send {
        typed(call(path, &input))
    }
}

impl<Input, Output, Client, Server> Protocol<Input, Output, Client, Server, ApiError> for Bare
where
    Output: DeserializeOwned,
    Client: server_fn::client::Client<ApiError>,
    Server: server_fn::server::Server<ApiError>,
{
    const METHOD: http::Method = http::Method::POST;

    // Not for the browser; the server has a protocol of its own.
    fn run_server<F, Fut>(
        _: Server::Request,
        _: F,
    ) -> impl Future<Output = Result<Server::Response, ApiError>> + Send {
        ready(Err(ApiError::Unreachable))
    }

    fn run_client(path: &str, _: Input) -> impl Future<Output = Result<Output, ApiError>> + Send {
        const { assert!(size_of::<Input>() == 0, "what it holds would not be sent") };
        typed(post(path, FORM, JsValue::from_str("")))
    }
}

async fn typed<T: DeserializeOwned>(answer: Answer) -> Result<T, ApiError> {
    json::read(&answer.await?).map_err(|_| ApiError::Malformed)
}

/// Sends a request as JSON. The answer is JSON too.
///
/// # Errors
/// As [`post`].
pub(crate) fn call(path: &str, request: &impl Serialize) -> Answer {
    match serde_json::to_string(request) {
        Ok(body) => post(path, JSON, body.into()),
        Err(_) => Box::pin(ready(Err(ApiError::Malformed))),
    }
}

/// Posts a body to a path of this server. The answer is its text.
///
/// # Errors
/// What the server refused with, or that it could not be reached.
pub(crate) fn post(path: &str, kind: &'static str, body: JsValue) -> Answer {
    let path = path.to_owned();
    Box::pin(SendWrapper::new(async move {
        let response = send(&path, kind, &body)
            .await
            .map_err(|_| ApiError::Unreachable)?;
        let text = text(&response).await.map_err(|_| ApiError::Unreachable)?;
        if !response.ok() {
            return Err(ApiError::read(&text).unwrap_or(ApiError::Malformed));
        }
        if let (Ok(true), Ok(Some(to))) = (
            response.headers().has(REDIRECT_HEADER),
            response.headers().get("location"),
        ) {
            follow(&to);
        }
        Ok(text)
    }))
}

async fn send(path: &str, kind: &str, body: &JsValue) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", kind)?;
    headers.set("Accept", JSON)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(body);
    JsFuture::from(window().fetch_with_str_and_init(path, &request))
        .await?
        .dyn_into()
}

async fn text(response: &Response) -> Result<String, JsValue> {
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.dyn_into::<JsString>()?.into())
}

/// Signing in, signing out and changing the workspace load the page anew, so that nothing of the
/// person or workspace before stays in memory. Opening an intake moves on in place instead, by the
/// page that asked for it.
fn follow(to: &str) {
    if !to.starts_with("/intakes/") {
        let _ = window().location().set_href(to);
    }
}
