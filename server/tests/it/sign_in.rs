//! Signing in, staying, and being thrown out.

use crate::stage::Stage;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let stage = Stage::new().await;
    let (email, _) = stage.sign_in("staff");
    let person = stage.stranger();
    let wrong = person.try_sign_in(&email, "not the password").await;
    let unknown = person
        .try_sign_in("nobody@demo.example", "not the password")
        .await;
    assert_eq!(
        (wrong.status(), unknown.status()),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::UNPROCESSABLE_ENTITY
        )
    );
    assert_eq!(wrong.text().await.unwrap(), unknown.text().await.unwrap());
    assert_eq!(
        person.form("workflows/list", &[]).await.0,
        StatusCode::UNAUTHORIZED
    );
    stage.close().await;
}

#[tokio::test]
async fn too_many_attempts_on_an_account_are_told_when_to_come_back_even_with_the_right_password() {
    let stage = Stage::with(&["--sign-ins-per-account=3"]).await;
    let (email, password) = stage.sign_in("staff");
    let person = stage.stranger();
    for _ in 0..3 {
        assert_eq!(
            person
                .try_sign_in(&email, "wrong wrong wrong")
                .await
                .status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let refused = person.try_sign_in(&email, &password).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let after: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=200).contains(&after), "{after}");
    // Another account from the same address still may: its own throttle is wider.
    let (email, password) = stage.sign_in("admin");
    assert_eq!(
        stage
            .stranger()
            .try_sign_in(&email, &password)
            .await
            .status(),
        StatusCode::OK
    );
    stage.close().await;
}

#[tokio::test]
async fn the_cookie_is_strict_unreadable_for_scripts_and_new_at_each_sign_in() {
    let stage = Stage::new().await;
    let (email, password) = stage.sign_in("staff");
    let cookie = |response: &reqwest::Response| {
        response.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let person = stage.stranger();
    let first = cookie(&person.try_sign_in(&email, &password).await);
    let second = cookie(&person.try_sign_in(&email, &password).await);
    assert!(
        first.contains("HttpOnly") && first.contains("SameSite=Strict") && first.contains("Path=/"),
        "{first}"
    );
    assert_ne!(first.split(';').next(), second.split(';').next());
    // The one from before is worth nothing.
    let old = stage
        .stranger()
        .client
        .get(format!("{}/", stage.url))
        .header("cookie", first.split(';').next().unwrap());
    assert_eq!(old.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    stage.close().await;
}

#[tokio::test]
async fn signing_out_ends_the_sign_in_on_the_server() {
    let stage = Stage::new().await;
    let (email, password) = stage.sign_in("staff");
    let person = stage.stranger();
    let signed_in = person.try_sign_in(&email, &password).await;
    let cookie = signed_in.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(person.form("workflows/list", &[]).await.0, StatusCode::OK);
    assert!(person.form("account/sign_out", &[]).await.0.is_success());
    // A thief who kept the cookie.
    let stolen = stage
        .stranger()
        .client
        .post(format!("{}/api/workflows/list", stage.url))
        .header("cookie", cookie);
    assert_eq!(
        stolen.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    stage.close().await;
}

#[tokio::test]
async fn an_idle_sign_in_ends_after_half_an_hour() {
    let stage = Stage::new().await;
    let person = stage.person("staff").await;
    stage.hand.advance(Duration::from_secs(29 * 60));
    assert_eq!(person.form("workflows/list", &[]).await.0, StatusCode::OK);
    stage.hand.advance(Duration::from_secs(29 * 60));
    assert_eq!(
        person.form("workflows/list", &[]).await.0,
        StatusCode::OK,
        "activity counts"
    );
    stage.hand.advance(Duration::from_secs(31 * 60));
    assert_eq!(
        person.form("workflows/list", &[]).await.0,
        StatusCode::UNAUTHORIZED
    );
    stage.close().await;
}

#[tokio::test]
async fn any_sign_in_ends_after_twelve_hours() {
    let stage = Stage::new().await;
    let person = stage.person("staff").await;
    for _ in 0..23 {
        stage.hand.advance(Duration::from_secs(29 * 60));
        assert_eq!(person.form("workflows/list", &[]).await.0, StatusCode::OK);
    }
    stage.hand.advance(Duration::from_secs(55 * 60));
    assert_eq!(
        person.form("workflows/list", &[]).await.0,
        StatusCode::UNAUTHORIZED
    );
    stage.close().await;
}

#[tokio::test]
async fn a_page_of_another_site_cannot_act() {
    let stage = Stage::new().await;
    let person = stage.person("staff").await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = person
            .client
            .post(format!("{}/api/intakes/list", stage.url))
            .header(name, value)
            .json(&json!({ "request": {} }));
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    stage.close().await;
}

#[tokio::test]
async fn a_visitor_is_sent_to_sign_in_and_back_to_a_page_of_ours_only() {
    let stage = Stage::new().await;
    let visited = stage.stranger().get("/intakes?status=open").await;
    assert_eq!(visited.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        visited.headers()["location"],
        "/sign-in?next=%2Fintakes%3Fstatus%3Dopen"
    );
    let (email, password) = stage.sign_in("staff");
    let form = [
        ("request[email]", email.as_str()),
        ("request[password]", &password),
        ("request[next]", "//evil.example"),
    ];
    let client = stage.stranger().client;
    let response = client
        .post(format!("{}/api/account/sign_in", stage.url))
        .header("accept", "text/html")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["location"], "/");
    stage.close().await;
}
