//! The key is seen by the provider and by nobody else (promise 1).

use super::*;

#[tokio::test]
async fn no_type_and_no_error_shows_the_key_the_offer_or_the_providers_text() {
    let (app, _) = mock(|| answer(401, &[], &error_body("invalid_api_key")));
    let provider = provider(app).await;
    let call = ProviderCallId::parse("rtc_1").unwrap();
    let refused = provider
        .create_call(&offer(), &configuration(), "6f1c")
        .await
        .unwrap_err();
    let hangup = provider.hangup(&call).await.unwrap_err();
    let attach = provider.attach(&call).await.unwrap_err();
    let created = CreatedCall {
        call,
        answer: "v=0 203.0.113.7".into(),
        model: None,
        location: crate::LocationForm::Relative,
    };
    let shown = [
        format!("{provider:?} {:?}", provider.profile()),
        format!("{refused:?} {refused}"),
        format!("{hangup:?} {hangup}"),
        format!("{attach:?} {attach}"),
        format!("{created:?}"),
        format!("{:?}", provider.0.key),
        format!("{:?}", provider.0.client),
        format!(
            "{:?}",
            provider.authorized(provider.0.client.get("http://127.0.0.1/"))
        ),
        format!(
            "{:?}",
            provider
                .authorized(provider.0.client.get("http://127.0.0.1/"))
                .build()
        ),
    ];
    for shown in shown {
        for secret in [KEY, "Incorrect", "203.0.113.7", "127.0.0.1 1 2"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[test]
fn a_profile_that_would_show_its_key_is_refused() {
    let base = |url: &str| crate::testing::profile(url::Url::parse(url).unwrap());
    let refused = |profile| Provider::new(profile, Clock::system()).unwrap_err();
    assert_eq!(
        refused(base("http://provider.example/v1")),
        ProfileError::Insecure
    );
    assert_eq!(
        refused(base("https://user:pass@provider.example/v1")),
        ProfileError::NotPlain
    );
    let broken = ProviderProfile {
        key: format!("{KEY}\r\nx: y").as_str().into(),
        ..base("https://provider.example/v1")
    };
    let error = refused(broken);
    assert_eq!(error, ProfileError::Key);
    assert!(!format!("{error:?} {error}").contains(KEY));
}

/// In a process of its own, because the environment of this one is shared by all tests.
#[test]
fn a_proxy_in_the_environment_is_not_used() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args([
        "--exact",
        "provider::tests::create::the_request_is_exactly_as_documented",
    ]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        // Nobody listens there.
        again.env(name, "http://127.0.0.1:1");
    }
    let ran = again
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
