//! Hanging up, again and again.

use super::*;

async fn hang_up(status: u16, body: &str) -> (Result<HungUp, HangupError>, Log) {
    let body = body.to_owned();
    let (app, log) = mock(move || answer(status, &[], &body));
    let provider = provider(app).await;
    let call = ProviderCallId::parse("rtc_1").unwrap();
    (provider.hangup(&call).await, log)
}

#[tokio::test]
async fn a_call_that_the_provider_does_not_know_is_told_from_one_that_it_hung_up() {
    let gone = error_body("call_id_not_found");
    for (status, body, meaning) in [
        (200, "", HungUp::Done),
        (204, "", HungUp::Done),
        (400, gone.as_str(), HungUp::NoSuchCall),
        (404, gone.as_str(), HungUp::NoSuchCall),
    ] {
        let (result, log) = hang_up(status, body).await;
        assert_eq!(result, Ok(meaning), "{status}");
        let seen = log.lock().unwrap();
        assert_eq!(
            (
                seen[0].method.as_str(),
                seen[0].uri.as_str(),
                seen[0].body.as_str()
            ),
            ("POST", "/v1/realtime/calls/rtc_1/hangup", "")
        );
        assert_eq!(
            seen[0].headers["authorization"],
            format!("Bearer {KEY}").as_str()
        );
    }
}

#[tokio::test]
async fn a_refusal_is_not_taken_for_success() {
    let cases = [
        (400, "invalid_value"),
        (404, "not_found"),
        (401, "invalid_api_key"),
        (401, "call_id_not_found"),
        (500, "server_error"),
        (302, "x"),
    ];
    for (status, code) in cases {
        let (result, log) = hang_up(status, &error_body(code)).await;
        assert_eq!(result, Err(HangupError::Refused { status }), "{code}");
        assert_eq!(log.lock().unwrap().len(), 1);
    }
    // A 404 of a proxy in between says nothing about the call.
    assert_eq!(
        hang_up(404, "<html>").await.0,
        Err(HangupError::Refused { status: 404 })
    );
}
