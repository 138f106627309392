//! From the end of what a person says to the first sound of the answer, as their machine hears it: on
//! the embedded provider, which thinks for no time at all, with our server running the tools between.

use crate::{
    Options,
    http::Http,
    numbers::{ms, percentile},
    product::{Person, Product},
};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command, time::Duration};
use testkit::{LiveCaller, babble::babble};

/// What is answered, over and over, until there are enough: the law firm's first questions.
const ANSWERS: [&str; 8] = [
    "My name is Anna Miller.",
    "Yes.",
    "Five five five, zero one four three.",
    "Yes.",
    "Yes, it is.",
    "Housing.",
    "My landlord wants to evict me by the end of the month.",
    "Northgate Property Management.",
];
/// The silence that ends a turn, as our sessions ask for it.
const PAUSE: Duration = Duration::from_millis(600);
/// So quiet, and for so long: the other side waits for an answer.
const QUIET: Duration = Duration::from_millis(900);
const RATE: u32 = 24_000;

pub(crate) async fn measure(options: &Options) -> anyhow::Result<()> {
    let scripted = conversations(options, None).await?;
    print("scripted hearing", scripted);
    match &options.hearing {
        None => println!("with hearing: no speech model was given (cargo xtask hearing)"),
        Some(model) => print("with hearing", conversations(options, Some(model)).await?),
    }
    Ok(())
}

fn print(what: &str, mut times: Vec<Duration>) {
    let (p50, p95) = (percentile(&mut times, 50), percentile(&mut times, 95));
    let after = |time: Duration| ms(time.saturating_sub(PAUSE));
    println!(
        "end of speech to first audible sample, {what}, {} answers: p50 {}, p95 {}",
        times.len(),
        ms(p50),
        ms(p95)
    );
    println!(
        "  of it after the {} of silence that end a turn: p50 {}, p95 {}",
        ms(PAUSE),
        after(p50),
        after(p95)
    );
}

async fn conversations(options: &Options, model: Option<&Path>) -> anyhow::Result<Vec<Duration>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("rehearsal.json");
    let mut flags = vec![
        "--rehearsal-step-ms=0".to_owned(),
        "--test-endpoints=true".to_owned(),
        format!("--rehearsal-file={}", file.display()),
        "--log=error".to_owned(),
    ];
    flags.extend(model.map(|model| format!("--hearing-model={}", model.display())));
    let product = Product::start(&options.server, options.rounds, &flags).await?;
    let mut script = Script::read(&file).await?;
    let mut times = Vec::new();
    for number in 0..options.rounds {
        let person = product.staff(number).await?;
        let script = model.is_none().then_some(&mut script);
        times.extend(conversation(person, script, folder.path(), number).await?);
    }
    Ok(times)
}

async fn conversation(
    mut person: Person,
    mut script: Option<&mut Script>,
    folder: &Path,
    number: usize,
) -> anyhow::Result<Vec<Duration>> {
    let (session, mut live) = person.talk(&format!("l{number}")).await?;
    let mut times = Vec::new();
    for text in ANSWERS {
        greeted(&mut live).await;
        person.beat(&session).await?;
        let sound = match &mut script {
            Some(script) => {
                script.hear(text).await?;
                babble(Duration::from_millis(900))
            }
            None => speech(text, folder)?,
        };
        let before = live.state().heard_since;
        live.say(&sound);
        let state = live
            .until("answered", |state| state.heard_since > before)
            .await;
        let (Some(said), Some(heard)) = (state.said_at, state.heard_since) else {
            anyhow::bail!("nothing was said")
        };
        // What it says while a person still speaks is no answer.
        ensure!(heard > said, "it spoke over {text:?}");
        times.push(heard - said);
    }
    live.hang_up().await;
    Ok(times)
}

/// Waits until it has said something and is quiet.
async fn greeted(live: &mut LiveCaller) {
    live.until("spoken to", |state| {
        state.heard_since.is_some() && state.quiet > QUIET
    })
    .await;
}

/// What the embedded provider hears instead of sound.
struct Script {
    http: Http,
    key: String,
}

impl Script {
    async fn read(file: &Path) -> anyhow::Result<Self> {
        let told: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        let part = |name| told.get(name).and_then(Value::as_str);
        let url = url::Url::parse(part("url").context("no url")?)?;
        Ok(Self {
            http: Http::connect(&url.origin().ascii_serialization()).await?,
            key: part("key").context("no key")?.to_owned(),
        })
    }

    async fn hear(&mut self, text: &str) -> anyhow::Result<()> {
        let bearer = format!("Bearer {}", self.key);
        let headers = [
            ("content-type", "application/json"),
            ("authorization", bearer.as_str()),
        ];
        let body = json!({ "texts": [text] }).to_string();
        let answer = self.http.post("/test/heard", &headers, &body).await?;
        ensure!(answer.status < 300, "{} {}", answer.status, answer.body);
        Ok(())
    }
}

/// flite's voice, without the silence at its end: a person is done when they stop speaking.
fn speech(text: &str, folder: &Path) -> anyhow::Result<Vec<i16>> {
    let file = folder.join("speech.wav");
    let spoken = Command::new("flite")
        .args(["-voice", "slt", "-t", text, "-o"])
        .arg(&file)
        .status()
        .context("flite is not installed: apt-get install flite")?;
    ensure!(spoken.success(), "flite: {spoken}");
    let wav = fs::read(&file)?;
    let rate = wav
        .get(24..28)
        .and_then(|bytes| bytes.try_into().ok())
        .map(u32::from_le_bytes)
        .context("no WAV")?;
    let samples: Vec<i16> = wav
        .get(44..)
        .unwrap_or_default()
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok().map(i16::from_le_bytes))
        .collect();
    let last = samples
        .iter()
        .rposition(|sample| sample.unsigned_abs() > 300);
    let samples = samples.get(..=last.context("silence")?).unwrap_or_default();
    Ok(at_our_rate(samples, rate))
}

fn at_our_rate(samples: &[i16], rate: u32) -> Vec<i16> {
    let count = samples.len() * RATE as usize / rate.max(1) as usize;
    let step = f64::from(rate) / f64::from(RATE);
    (0..count)
        .map(|at| {
            let place = at as f64 * step;
            let (index, share) = (place as usize, place.fract());
            let sample = |index: usize| f64::from(samples.get(index).copied().unwrap_or_default());
            (sample(index) * (1.0 - share) + sample(index + 1) * share) as i16
        })
        .collect()
}
