//! Where a key may go, and how.

use super::*;

fn profile(url: &str) -> ProviderProfile {
    of_kind(ProviderKind::Compatible, url)
}

fn of_kind(kind: ProviderKind, url: &str) -> ProviderProfile {
    ProviderProfile {
        name: "main".into(),
        base_url: Url::parse(url).unwrap(),
        key: "sk-canary-4711".into(),
        kind,
        model: "m".into(),
        transcription_model: "t".into(),
        sealed: false,
        rehearsal: false,
    }
}

#[test]
fn plain_http_is_refused_outside_this_machine() {
    for good in [
        "https://provider.example/v1",
        "http://127.0.0.1:9/v1",
        "http://[::1]/v1",
        "http://localhost:80",
        "https://10.0.0.1/",
    ] {
        assert_eq!(profile(good).check_url(), Ok(()), "{good}");
    }
    let bad = [
        "http://api.openai.com/v1",
        "http://10.0.0.1/v1",
        "http://localhost.example.org/",
        "http://0.0.0.0/",
        "ws://127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc",
        "data:text/plain,x",
    ];
    for bad in bad {
        assert_eq!(
            profile(bad).check_url(),
            Err(ProfileError::Insecure),
            "{bad}"
        );
    }
    for bad in [
        "https://u@h/",
        "https://u:p@h/",
        "https://:p@h/",
        "https://h/?a=b",
        "https://h/#f",
    ] {
        assert_eq!(
            profile(bad).check_url(),
            Err(ProfileError::NotPlain),
            "{bad}"
        );
    }
}

#[test]
fn a_key_of_one_kind_does_not_go_to_a_host_of_another() {
    let hosts = [
        (ProviderKind::OpenAi, "https://api.openai.com/v1"),
        (ProviderKind::OpenAiEu, "https://eu.api.openai.com/v1"),
        (
            ProviderKind::Azure,
            "https://intake.openai.azure.com/openai/v1",
        ),
    ];
    for (of_host, url) in hosts {
        for kind in ProviderKind::ALL {
            let expected = if kind == of_host {
                Ok(())
            } else {
                Err(ProfileError::OtherKind)
            };
            assert_eq!(of_kind(kind, url).check_url(), expected, "{kind:?} {url}");
        }
    }
    for kind in ProviderKind::ALL {
        // A gateway of the operator's own may stand for any of them.
        let gateway = of_kind(kind, "https://gateway.example/openai/v1/");
        assert_eq!(gateway.check_url(), Ok(()), "{kind:?}");
        if let Some(usual) = kind.usual_url() {
            assert_eq!(of_kind(kind, usual).check_url(), Ok(()), "{kind:?}");
        }
    }
}

#[test]
fn a_base_url_without_the_end_that_its_kind_has_is_refused() {
    let cases = [
        (ProviderKind::OpenAi, "https://api.openai.com", "/v1"),
        (ProviderKind::OpenAi, "https://gateway.example/", "/v1"),
        (
            ProviderKind::OpenAiEu,
            "https://eu.api.openai.com/v1/realtime",
            "/v1",
        ),
        (
            ProviderKind::Azure,
            "https://intake.openai.azure.com/",
            "/openai/v1",
        ),
        (
            ProviderKind::Azure,
            "https://intake.openai.azure.com/v1",
            "/openai/v1",
        ),
    ];
    for (kind, url, end) in cases {
        assert_eq!(
            of_kind(kind, url).check_url(),
            Err(ProfileError::Path(end)),
            "{url}"
        );
    }
    // The older Azure way of naming a version is no base URL.
    let versioned = "https://intake.openai.azure.com/openai/v1?api-version=preview";
    assert_eq!(
        of_kind(ProviderKind::Azure, versioned).check_url(),
        Err(ProfileError::NotPlain)
    );
}

#[test]
fn no_id_leads_out_of_the_base() {
    for (base, id, expected) in [
        (
            "https://h/v1",
            "rtc_1",
            "https://h/v1/realtime/calls/rtc_1/hangup",
        ),
        (
            "https://h/v1/",
            "rtc_1",
            "https://h/v1/realtime/calls/rtc_1/hangup",
        ),
        (
            "https://h",
            "a/b?c#d",
            "https://h/realtime/calls/a%2Fb%3Fc%23d/hangup",
        ),
    ] {
        assert_eq!(
            profile(base)
                .url(&["realtime", "calls", id, "hangup"])
                .as_str(),
            expected
        );
    }
}

#[test]
fn a_key_that_cannot_be_sent_is_refused() {
    for key in ["", "a\nb", "ä\u{0}"] {
        for kind in ProviderKind::ALL {
            let profile = ProviderProfile {
                key: key.into(),
                ..of_kind(kind, "https://h/")
            };
            assert_eq!(
                profile.key_header().unwrap_err(),
                ProfileError::Key,
                "{key:?}"
            );
        }
    }
}

#[test]
fn the_key_goes_into_one_header_of_its_kind() {
    for kind in ProviderKind::ALL {
        let (name, value) = of_kind(kind, "https://h/").key_header().unwrap();
        let expected = match kind {
            ProviderKind::Azure => ("api-key", "sk-canary-4711"),
            _ => ("authorization", "Bearer sk-canary-4711"),
        };
        assert_eq!((name.as_str(), value.to_str().unwrap()), expected);
        assert!(value.is_sensitive());
    }
}

#[test]
fn the_key_is_never_shown() {
    let profile = ProviderProfile {
        base_url: Url::parse("https://u:canary-4711@h/").unwrap(),
        ..profile("https://h/")
    };
    let shown = format!(
        "{profile:?} {:?} {:?}",
        profile.key_header(),
        profile.check_url()
    );
    assert!(!shown.contains("4711"), "{shown}");
}
