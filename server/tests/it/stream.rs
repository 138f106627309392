//! The event stream: in order, resumable, and only as long as one may read.

use crate::stage::{PATIENCE, Person, Stage};
use domain::IntakeId;
use futures::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) struct Events {
    body: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
    last: String,
}

impl Events {
    pub(crate) async fn open(
        person: &Person,
        stage: &Stage,
        intake: &IntakeId,
        last: Option<&str>,
    ) -> Self {
        let mut request = person
            .client
            .get(format!("{}/intakes/{intake}/events", stage.url));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.bytes_stream().boxed(),
            text: String::new(),
            last: String::new(),
        }
    }

    /// The next frame; none when the stream is over.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.text = rest;
                let line = |name: &str| {
                    message
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|text| text.trim().to_owned())
                };
                if let Some(data) = line("data:") {
                    self.last = line("id:").unwrap();
                    return Some(serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next())
                .await
                .expect("an event in time")?;
            self.text
                .push_str(std::str::from_utf8(&chunk.ok()?).unwrap());
        }
    }

    /// The next thing the assistant said to its end, with this in it.
    pub(crate) async fn said(&mut self, words: &str) -> Value {
        let said = |event: &Value| event["speaker"] == "assistant" && event["done"] == true;
        self.until(|frame| {
            said(&frame["event"]) && frame["event"]["text"].as_str().unwrap().contains(words)
        })
        .await
    }

    pub(crate) async fn until(&mut self, is_so: impl Fn(&Value) -> bool) -> Value {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let frame = self.next().await.expect("the stream goes on");
                if is_so(&frame) {
                    return frame;
                }
            }
        });
        found.await.expect("the event in time")
    }
}

fn field(frame: &Value) -> Option<&str> {
    frame["field"]["value"].as_str()
}

#[tokio::test]
async fn changes_come_in_order_and_a_reader_who_comes_back_misses_none() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let edit = |value: &str, revision: u32| json!({ "intake": intake, "key": "full_name", "value": value, "revision": revision });
    let mut events = Events::open(&staff, &stage, &intake, None).await;
    staff.ok("intakes/edit_field", &edit("One", 0)).await;
    assert_eq!(
        field(&events.until(|frame| frame["frame"] == "record").await),
        Some("One")
    );
    let last = events.last.clone();
    drop(events);
    staff.ok("intakes/edit_field", &edit("Two", 1)).await;
    staff
        .ok(
            "intakes/waive_field",
            &json!({ "intake": intake, "key": "email", "waived": true }),
        )
        .await;
    let mut events = Events::open(&staff, &stage, &intake, Some(&last)).await;
    assert_eq!(field(&events.next().await.unwrap()), Some("Two"));
    let waived = events.next().await.unwrap();
    assert_eq!(
        (&waived["event"]["kind"], &waived["field"]["waived"]),
        (&json!("waived"), &json!(true))
    );
    let response = staff
        .client
        .get(format!("{}/intakes/{intake}/events", stage.url))
        .header("last-event-id", "nonsense")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    stage.close().await;
}

#[tokio::test]
async fn captions_are_shown_while_live_but_are_in_no_row() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("clinic").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    let marked = "Zanzibar Quicksilver";
    stage.must_not_log(marked);
    staff
        .ok(
            "sessions/type_turn",
            &json!({ "session": talk.session, "text": format!("My name is {marked}") }),
        )
        .await;
    let caption = |frame: &Value| {
        frame["event"]["kind"] == "caption"
            && frame["event"]["text"].as_str().unwrap().contains(marked)
    };
    let shown = events
        .until(|frame| frame["frame"] == "live" && caption(frame))
        .await;
    assert_eq!(
        (&shown["event"]["speaker"], &shown["event"]["origin"]),
        (&json!("person"), &json!("typed"))
    );
    // A page that is loaded again gets them too, while the process lives.
    let mut again = Events::open(&staff, &stage, &talk.intake, None).await;
    again
        .until(|frame| frame["frame"] == "live" && caption(frame))
        .await;
    // The analyst gets the record, without words or values.
    let analyst = stage.person("analyst").await;
    let mut masked = Events::open(&analyst, &stage, &talk.intake, None).await;
    let frame = masked
        .until(|frame| frame["event"]["kind"] == "field")
        .await;
    assert!(!frame.to_string().contains(marked));
    staff
        .ok(
            "sessions/end",
            &json!({ "session": talk.session, "leaving": "stop" }),
        )
        .await;
    let folder = stage.close().await;
    let stored = crate::canary::bytes_below(&folder.path().join("data"));
    assert!(
        !crate::canary::holds(&stored, "My name is"),
        "spoken or typed words are in the database"
    );
}

#[tokio::test]
async fn a_stream_ends_when_its_person_signs_out() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let mut events = Events::open(&staff, &stage, &intake, None).await;
    assert!(staff.form("account/sign_out", &[]).await.0.is_success());
    stage.hand.advance(Duration::from_secs(4));
    let closed = events.until(|frame| frame["frame"] == "closed").await;
    assert_eq!(closed["signed_out"], true);
    assert!(events.next().await.is_none());
    stage.close().await;
}

#[tokio::test]
async fn an_open_page_alone_does_not_keep_a_sign_in_alive() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let mut events = Events::open(&staff, &stage, &intake, None).await;
    for _ in 0..10 {
        // The stream asks whether its person may still read, each time that something happens.
        stage.hand.advance(Duration::from_secs(4 * 60));
        let closed = tokio::time::timeout(Duration::from_secs(4), events.next()).await;
        if let Ok(Some(frame)) = closed
            && frame["frame"] == "closed"
        {
            assert_eq!(frame["signed_out"], true);
            stage.close().await;
            return;
        }
    }
    panic!("the stream kept the sign-in alive for 40 minutes");
}

#[tokio::test]
async fn a_sign_in_holds_a_few_streams_and_no_more() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let mut open = Vec::new();
    for _ in 0..12 {
        open.push(Events::open(&staff, &stage, &intake, None).await);
    }
    let path = format!("/intakes/{intake}/events");
    assert_eq!(
        staff.get(&path).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    drop(open);
    // The places are free again once the server has seen the connections go.
    let freed = tokio::time::timeout(PATIENCE, async {
        while staff
            .client
            .get(format!("{}{path}", stage.url))
            .send()
            .await
            .unwrap()
            .status()
            != StatusCode::OK
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    freed.await.unwrap();
    stage.close().await;
}
