//! Logs: one line an event on standard error, each through the redactor before it leaves the process.

use std::io::{self, Write};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Writes whole lines through the redactor. A second net: the types that hold secrets and words
/// cannot be printed at all.
#[derive(Debug, Clone, Copy)]
struct Redacting;

struct Line(Vec<u8>);

impl<'a> MakeWriter<'a> for Redacting {
    type Writer = Line;
    fn make_writer(&'a self) -> Line {
        Line(Vec::new())
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        let redacted = redact::Redactor::global().redact(&text);
        // Nothing can be done about a standard error that is closed.
        let _ = io::stderr().write_all(redacted.as_bytes());
    }
}

/// Starts logging.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(filter: &str) -> anyhow::Result<()> {
    // These log what they carry (frames, addresses) when told to be chatty, whatever was asked for.
    let mut filter = EnvFilter::try_new(filter)?;
    for target in [
        "tungstenite",
        "tokio_tungstenite",
        "str0m",
        "dimpl",
        "is",
        "hyper",
        "reqwest",
        "sqlx",
    ] {
        filter = filter.add_directive(format!("{target}=warn").parse()?);
    }
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Redacting)
        .with_ansi(false)
        .init();
    log_panics();
    Ok(())
}

/// A panic is logged by its place alone: its text may hold what it stumbled over.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "unknown".to_owned(), ToString::to_string);
        tracing::error!(panic.location = place, "a panic");
    }));
}
