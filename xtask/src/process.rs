//! Running other programs: quietly (their words are shown when they fail), with Cargo's progress on
//! our own line, or with everything shown as it comes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::interrupt;
use crate::steps::{Line, on_terminal, say};

/// Runs a program and returns what it printed; shows both its outputs only if it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<String> {
    let name = name(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{name} does not start"))?;
    interrupt::check()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    say(&format!(
        "\n{}{}",
        printed,
        String::from_utf8_lossy(&output.stderr)
    ));
    bail!("{name}: {}", output.status)
}

/// Whether a program can be started at all; used to look for optional tools.
pub(crate) fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Runs Cargo and reports how far it is, instead of a line for each of hundreds of crates.
pub(crate) fn cargo(command: &mut Command, report: impl Fn(&str)) -> Result<()> {
    let color = if on_terminal() { "always" } else { "never" };
    let mut child = command
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "100")
        .env("CARGO_TERM_COLOR", color)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cargo does not start")?;
    let mut kept = String::new();
    if let Some(stderr) = child.stderr.take() {
        each_piece(stderr, |piece| match progress(piece) {
            Some(progress) => report(&progress),
            None if is_noise(piece) => (),
            None => {
                kept.push_str(piece);
                kept.push('\n');
            }
        });
    }
    let status = child.wait().context("cargo was lost")?;
    interrupt::check()?;
    if status.success() {
        return Ok(());
    }
    say(&format!("\n{}", kept.trim_end()));
    bail!("{}: {status}", name(command))
}

/// What a program printed while everything was shown as it came.
pub(crate) struct Shown {
    pub(crate) status: ExitStatus,
    pub(crate) text: String,
}

pub(crate) fn shown(command: &mut Command, line: &Line) -> Result<Shown> {
    line.make_room();
    if on_terminal() {
        command
            .env("CARGO_TERM_COLOR", "always")
            .env("FORCE_COLOR", "1");
    }
    let name = name(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} does not start"))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let text = std::thread::scope(|scope| {
        let errors = scope.spawn(|| stderr.map(show_lines).unwrap_or_default());
        let mut text = stdout.map(show_lines).unwrap_or_default();
        text.push_str(&errors.join().unwrap_or_default());
        text
    });
    let status = child.wait().with_context(|| format!("{name} was lost"))?;
    interrupt::check()?;
    Ok(Shown { status, text })
}

fn show_lines(output: impl Read) -> String {
    let mut text = String::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        say(&line);
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn name(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    if let Some((program, _)) = words.split_first_mut() {
        *program = program.rsplit('/').next().unwrap_or_default().to_owned();
    }
    words.join(" ")
}

/// Cargo ends its progress with a carriage return, also to wipe it out, and all else with a newline.
fn each_piece(output: impl Read, mut take: impl FnMut(&str)) {
    let mut piece = Vec::new();
    for byte in BufReader::new(output).bytes().map_while(Result::ok) {
        if byte != b'\r' && byte != b'\n' {
            piece.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&piece);
        if byte == b'\n' || !text.trim().is_empty() {
            take(&text);
        }
        piece.clear();
    }
    take(&String::from_utf8_lossy(&piece));
}

/// `Building [====>   ] 12/34: leptos` becomes `12/34`.
fn progress(piece: &str) -> Option<String> {
    let plain = plain(piece);
    if plain
        .trim_start()
        .starts_with("Blocking waiting for file lock")
    {
        return Some("waiting for another cargo".to_owned());
    }
    let (_, after) = plain.split_once(" [")?;
    let (_, after) = after.split_once("] ")?;
    let count = after.split(':').next()?.trim();
    let (done, all) = count.split_once('/')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(done) && is_number(all)).then(|| count.to_owned())
}

fn is_noise(piece: &str) -> bool {
    const WORDS: [&str; 14] = [
        "Adding",
        "Blocking",
        "Checking",
        "Compiling",
        "Documenting",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fresh",
        "Generated",
        "Locking",
        "Running",
        "Scraping",
        "Updating",
    ];
    let plain = plain(piece);
    let first = plain.split_whitespace().next().unwrap_or_default();
    WORDS.contains(&first)
}

/// Without the terminal's colour codes.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        let end = after
            .find(|letter: char| letter.is_ascii_alphabetic())
            .map_or(after.len(), |letter| letter + 1);
        rest = after.get(end..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::{is_noise, plain, progress};

    #[test]
    fn cargos_progress_bar_is_read() {
        let bar = "\x1b[1m\x1b[96m    Building\x1b[0m [=======>         ] 12/345: leptos, serde";
        assert_eq!(progress(bar).as_deref(), Some("12/345"));
        assert_eq!(progress("error[E0308]: mismatched types"), None);
        assert_eq!(progress("note: see [this] 1 of 2"), None);
    }

    #[test]
    fn what_matters_is_kept_and_the_rest_is_not() {
        assert!(is_noise("\x1b[1m\x1b[92m   Compiling\x1b[0m serde v1.0.0"));
        assert!(
            !is_noise(""),
            "an empty line belongs to the message around it"
        );
        assert!(!is_noise("error: could not compile `app`"));
        assert!(!is_noise("  --> app/src/lib.rs:3:1"));
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(plain("\x1b[1m\x1b[31merror\x1b[0m: no"), "error: no");
    }
}
