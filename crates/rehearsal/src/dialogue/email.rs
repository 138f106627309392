//! E-mail addresses, as people say, spell and type them.

use super::{
    numbers,
    script::Kind,
    spelling,
    values::{GO_ON, Trouble, first_hint},
    words::plain,
};

/// The e-mail address in a text: `anna dot keller at example dot com`, `Anna.Keller@example.com.`
pub(super) fn email(text: &str) -> Result<String, Trouble> {
    let parts = parts(text);
    if let Some(address) = address(&parts) {
        return Ok(address);
    }
    // A sign, or letters one by one, are the beginning of an address.
    let begun = parts
        .iter()
        .any(|part| matches!(part.as_str(), "@" | "." | "_"))
        || spelling::run(&plain(text)).is_some_and(|run| run.is_spelling());
    Err(if begun {
        Trouble::More(GO_ON)
    } else {
        first_hint(Kind::Email).into()
    })
}

fn address(parts: &[String]) -> Option<String> {
    let at = parts.iter().rposition(|part| part == "@")?;
    let (name, host) = (parts.get(..at)?, parts.get(at + 1..)?);
    let lead = name
        .iter()
        .rposition(|part| {
            matches!(
                part.as_str(),
                "is" | "its" | "address" | "email" | "mail" | "to" | "me" | "@"
            )
        })
        .map_or(0, |at| at + 1);
    let name: String = name.get(lead..)?.concat();
    let host = host_name(host)?;
    let sound = |text: &str| {
        !text.is_empty() && !text.starts_with('.') && !text.ends_with('.') && !text.contains("..")
    };
    (sound(&name) && sound(&host) && host.contains('.')).then(|| format!("{name}@{host}"))
}

/// Words and signs in order; spoken signs become the signs they mean, spelled letters one word, spoken
/// numbers digits.
fn parts(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace("at sign", "@");
    let chunks: Vec<&str> = lower
        .split_whitespace()
        .map(|chunk| {
            chunk.trim_matches(|c: char| matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | '"'))
        })
        .filter(|chunk| !chunk.is_empty())
        .collect();
    let words: Vec<String> = chunks.iter().map(|chunk| plain(chunk).concat()).collect();
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(chunk) = chunks.get(at).copied() {
        let rest = words.get(at..).unwrap_or_default();
        if let Some(run) = spelling::run(rest)
            && (run.is_spelling() || run.used > run.said)
        {
            parts.push(run.letters);
            at += run.used;
            continue;
        }
        at += 1;
        match chunk {
            "at" => parts.push("@".into()),
            "dot" | "point" | "period" => parts.push(".".into()),
            "underscore" => parts.push("_".into()),
            "dash" | "hyphen" | "minus" => parts.push("-".into()),
            "plus" => parts.push("+".into()),
            "all" | "lowercase" | "um" | "uh" => {}
            "oh" => parts.push("0".into()),
            "dotcom" => parts.extend([".".into(), "com".into()]),
            word => match spoken_number(rest) {
                Some((number, used)) => {
                    parts.push(number);
                    at += used - 1;
                }
                None => parts.extend(written(word)),
            },
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A number in words at the start.
fn spoken_number(words: &[String]) -> Option<(String, usize)> {
    let first = words.first()?;
    (numbers::small(first).is_some() || numbers::tens(first).is_some())
        .then(|| numbers::cardinal(words))
        .flatten()
        .map(|(value, used)| (value.to_string(), used))
}

/// A written chunk, parted at its `@`. A hyphen between single letters is how recognition writes spelling.
fn written(chunk: &str) -> Vec<String> {
    let spelled =
        chunk.split('-').count() > 2 && chunk.split('-').all(|piece| piece.chars().count() <= 1);
    let mut parts = Vec::new();
    let mut run = String::new();
    for c in chunk.chars() {
        match c {
            '@' => {
                parts.push(std::mem::take(&mut run));
                parts.push("@".into());
            }
            '-' if spelled => {}
            '\'' | '’' => {}
            c => run.push(c),
        }
    }
    parts.push(run);
    parts
}

/// The host at the start of the parts; what follows its last label (`thank you`) is left out.
fn host_name(parts: &[String]) -> Option<String> {
    let last_dot = parts.iter().rposition(|part| part == ".");
    let Some(last_dot) = last_dot else {
        return parts.iter().find(|part| part.contains('.')).cloned();
    };
    let mut host: String = parts.get(..=last_dot)?.concat();
    let mut tail = parts.get(last_dot + 1..)?.iter();
    let first = tail.next()?;
    host.push_str(first);
    if first.chars().count() == 1 {
        host.extend(
            tail.take_while(|part| part.chars().count() == 1)
                .map(String::as_str),
        );
    }
    Some(host)
}
