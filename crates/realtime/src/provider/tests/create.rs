//! Making a call.

use super::*;
use domain::Timestamp;
use tokio::sync::Notify;

const ANSWER: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\n";

async fn create(
    answered: impl Fn() -> Answer + Clone + Send + Sync + 'static,
) -> (Result<CreatedCall, CreateCallError>, Log) {
    let (app, log) = mock(answered);
    let result = provider(app)
        .await
        .create_call(&offer(), &configuration(), "6f1c")
        .await;
    (result, log)
}

#[tokio::test]
async fn the_request_is_exactly_as_documented() {
    let (result, log) =
        create(|| answer(201, &[("location", "/v1/realtime/calls/rtc_1")], ANSWER)).await;
    assert_eq!(
        result.unwrap(),
        CreatedCall {
            call: ProviderCallId::parse("rtc_1").unwrap(),
            answer: ANSWER.into(),
            model: None,
            location: LocationForm::Relative,
        }
    );
    let seen = log.lock().unwrap().clone();
    let [seen] = seen.as_slice() else {
        panic!("{} requests", seen.len())
    };
    assert_eq!(
        (seen.method.as_str(), seen.uri.as_str()),
        ("POST", "/v1/realtime/calls")
    );
    let header = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(
        header("authorization"),
        Some(format!("Bearer {KEY}").as_str())
    );
    assert_eq!(header("openai-safety-identifier"), Some("6f1c"));
    assert_eq!(header("accept"), Some("application/sdp"));
    assert_eq!(header("openai-beta"), None);
    assert!(
        header("content-length").is_some(),
        "a body of known length, not in chunks"
    );
    let boundary = header("content-type")
        .and_then(|kind| kind.strip_prefix("multipart/form-data; boundary="))
        .unwrap();
    let session = session_json(&configuration()).to_string();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"sdp\"\r\nContent-Type: application/sdp\r\n\r\n{}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"session\"\r\nContent-Type: application/json\r\n\r\n{session}\r\n\
         --{boundary}--\r\n",
        offer().as_str(),
    );
    assert_eq!(seen.body, expected);
    assert!(
        seen.body.contains("opus/48000/2\r\n\r\n--"),
        "the offer keeps its last line end"
    );
}

#[tokio::test]
async fn the_call_id_is_read_from_every_form_of_location() {
    let long = format!("rtc_{}", "x".repeat(128));
    let cases = [
        ("/v1/realtime/calls/rtc_u2_E4-x", Some("rtc_u2_E4-x")),
        (
            "https://elsewhere.example/v1/realtime/calls/rtc_2",
            Some("rtc_2"),
        ),
        ("/v1/realtime/calls/rtc_3?region=eu#top", Some("rtc_3")),
        ("/v1/realtime/calls?model=m&call_id=rtc_4", Some("rtc_4")),
        ("/v1/realtime/calls/rtc_5/", Some("rtc_5")),
        (
            "0b0f1c2d-1111-4222-8333-444455556666",
            Some("0b0f1c2d-1111-4222-8333-444455556666"),
        ),
        (long.as_str(), Some(long.as_str())),
        ("/v1/realtime/calls/", None),
        ("/v1/realtime/calls", None),
        ("/", None),
        ("", None),
        ("/v1/realtime/calls/rtc_%2e%2e", None),
        ("/v1/realtime/calls/a b", None),
        ("/v1/realtime/calls?call_id=../../x", None),
    ];
    for (location, expected) in cases {
        let form = match location.starts_with("https:") {
            true => LocationForm::Absolute,
            false => LocationForm::Relative,
        };
        let location = location.to_owned();
        let (result, _) = create({
            let location = location.clone();
            move || answer(201, &[("location", &location)], ANSWER)
        })
        .await;
        let expected = expected
            .map(|id| (ProviderCallId::parse(id).unwrap(), form))
            .ok_or(CreateCallError::Uncontrollable);
        let told = result.map(|created| (created.call, created.location));
        assert_eq!(told, expected, "{location}");
    }
    let (result, _) = create(|| answer(201, &[], ANSWER)).await;
    assert_eq!(result, Err(CreateCallError::Uncontrollable));
}

#[tokio::test]
async fn the_answers_content_type_does_not_matter() {
    for kind in ["application/sdp", "text/plain; charset=utf-8"] {
        let (result, _) = create(move || {
            answer(
                201,
                &[("location", "/rtc_1"), ("content-type", kind)],
                ANSWER,
            )
        })
        .await;
        assert_eq!(result.unwrap().answer, ANSWER);
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let (result, log) =
            create(move || answer(status, &[("location", "/v1/realtime/calls/rtc_1")], "")).await;
        assert_eq!(result, Err(CreateCallError::Refused { status, code: None }));
        assert_eq!(log.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_call_is_no_call_whatever_its_status() {
    for status in [202, 204, 206] {
        let (result, log) = create(move || answer(status, &[("location", "/rtc_1")], "")).await;
        assert_eq!(result, Err(CreateCallError::Refused { status, code: None }));
        assert_eq!(log.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn retry_after_is_read_in_seconds_and_capped() {
    let cases = [
        ("7", Some(7)),
        (" 30 ", Some(30)),
        ("999999999", Some(3600)),
        ("-1", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ];
    for (header, expected) in cases {
        let (result, _) = create(move || {
            answer(
                429,
                &[("retry-after", header)],
                &error_body("rate_limit_exceeded"),
            )
        })
        .await;
        assert_eq!(
            result,
            Err(CreateCallError::RateLimited {
                retry_after: expected.map(Duration::from_secs)
            }),
            "{header}"
        );
    }
}

#[tokio::test]
async fn a_call_whose_answer_cannot_be_used_is_hung_up() {
    let huge = "v=0\r\n".to_owned() + &"a=x\r\n".repeat(100_000);
    for body in ["", "{\"sdp\":\"v=0\"}", "<html>", huge.as_str()] {
        let body = body.to_owned();
        let (result, log) =
            create(move || answer(201, &[("location", "/v1/realtime/calls/rtc_9")], &body)).await;
        assert_eq!(result, Err(CreateCallError::BadAnswer));
        let seen = log.lock().unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1].uri, "/v1/realtime/calls/rtc_9/hangup");
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_given_up_after_fifteen_seconds() {
    let asked = Arc::new(Notify::new());
    let app = Router::new().fallback(any({
        let asked = Arc::clone(&asked);
        move || async move {
            asked.notify_one();
            std::future::pending::<()>().await;
        }
    }));
    let (clock, hand) = Clock::manual(Timestamp::from_micros(0));
    let provider = Provider::new(crate::testing::profile(serve(app).await), clock).unwrap();
    let (offer, configuration) = (offer(), configuration());
    let call = provider.create_call(&offer, &configuration, "6f1c");
    tokio::pin!(call);
    tokio::select! {
        result = &mut call => panic!("too early: {result:?}"),
        () = asked.notified() => {}
    }
    hand.advance(Duration::from_millis(14_999));
    let early = futures::poll!(&mut call);
    assert!(early.is_pending());
    hand.advance(Duration::from_millis(1));
    assert_eq!(call.await, Err(CreateCallError::Timeout));
}

#[tokio::test]
async fn minting_and_calling_together_have_fifteen_seconds() {
    let asked = Arc::new(Notify::new());
    let (clock, hand) = Clock::manual(Timestamp::from_micros(0));
    let hand = Arc::new(hand);
    let app = Router::new()
        .route(
            "/openai/v1/realtime/client_secrets",
            post({
                let hand = Arc::clone(&hand);
                move || async move {
                    hand.advance(Duration::from_secs(10));
                    r#"{"value":"ek_1","session":{"model":"m"}}"#
                }
            }),
        )
        .route(
            "/openai/v1/realtime/calls",
            post({
                let asked = Arc::clone(&asked);
                move || async move {
                    asked.notify_one();
                    std::future::pending::<()>().await;
                }
            }),
        );
    let mut base = serve(app).await;
    base.set_path("/openai/v1");
    let profile = crate::ProviderProfile {
        kind: crate::ProviderKind::Azure,
        ..crate::testing::profile(base)
    };
    let provider = Provider::new(profile, clock).unwrap();
    let (offer, configuration) = (offer(), configuration());
    let call = provider.create_call(&offer, &configuration, "6f1c");
    tokio::pin!(call);
    tokio::select! {
        result = &mut call => panic!("too early: {result:?}"),
        () = asked.notified() => {}
    }
    hand.advance(Duration::from_millis(4_999));
    assert!(futures::poll!(&mut call).is_pending());
    hand.advance(Duration::from_millis(1));
    assert_eq!(call.await, Err(CreateCallError::Timeout));
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up_and_the_call_hung_up() {
    let hung_up = Arc::new(Notify::new());
    let app = Router::new()
        .route(
            "/v1/realtime/calls",
            post(|| async {
                let body = Body::from_stream(futures::stream::pending::<
                    Result<bytes::Bytes, std::io::Error>,
                >());
                (
                    StatusCode::CREATED,
                    [("location", "/v1/realtime/calls/rtc_9")],
                    body,
                )
            }),
        )
        .route(
            "/v1/realtime/calls/rtc_9/hangup",
            post({
                let hung_up = Arc::clone(&hung_up);
                move || async move { hung_up.notify_one() }
            }),
        );
    let (clock, hand) = Clock::manual(Timestamp::from_micros(0));
    let provider = Provider::new(crate::testing::profile(serve(app).await), clock.clone()).unwrap();
    // Asked for by hand, so that the clock moves when the head of the answer is there for certain.
    let calls = provider.0.profile.url(&["realtime", "calls"]);
    let response = provider.0.client.post(calls).send().await.unwrap();
    let deadline = clock.now() + CREATE_TIMEOUT;
    let call = provider.call_in(response, deadline);
    tokio::pin!(call);
    assert!(futures::poll!(&mut call).is_pending());
    hand.advance(CREATE_TIMEOUT);
    assert_eq!(call.await, Err(CreateCallError::Timeout));
    hung_up.notified().await;
}

#[tokio::test]
async fn an_unreachable_provider_is_told_apart_from_a_silent_one() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let base = url::Url::parse(&format!("http://{address}/v1")).unwrap();
    let provider = Provider::new(crate::testing::profile(base), Clock::system()).unwrap();
    assert_eq!(
        provider
            .create_call(&offer(), &configuration(), "6f1c")
            .await,
        Err(CreateCallError::Unreachable)
    );
}
