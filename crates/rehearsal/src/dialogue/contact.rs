//! Telephone numbers and e-mail addresses, as people say and type them.

use super::{numbers, words::plain};

/// The telephone number in a text: digits with an optional leading `+`; an extension is not part of it.
pub(super) fn phone(text: &str) -> Option<String> {
    let words = plain(&text.replace('.', " "));
    let end = words
        .iter()
        .position(|word| word == "extension" || word == "ext")
        .unwrap_or(words.len());
    let words: Vec<String> = words.into_iter().take(end).collect();
    let digits = numbers::digits(&words);
    let plus = if text.contains('+') || words.iter().any(|word| word == "plus") {
        "+"
    } else {
        ""
    };
    (7..=15)
        .contains(&digits.len())
        .then(|| format!("{plus}{digits}"))
}

/// The e-mail address in a text: `anna dot keller at example dot com`, `Anna.Keller@example.com.`
pub(super) fn email(text: &str) -> Option<String> {
    let parts = parts(text);
    let at = parts.iter().rposition(|part| part == "@")?;
    let (name, host) = (parts.get(..at)?, parts.get(at + 1..)?);
    let lead = name
        .iter()
        .rposition(|part| {
            matches!(
                part.as_str(),
                "is" | "its" | "address" | "email" | "mail" | "to"
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

/// Words and signs in order; spoken signs become the signs they mean, spoken digits digits.
fn parts(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace("at sign", "@");
    let mut parts: Vec<String> = Vec::new();
    let spelled = is_spelled(&lower);
    for chunk in lower.split_whitespace() {
        let chunk =
            chunk.trim_matches(|c: char| matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | '"'));
        match chunk {
            "" => {}
            "at" => parts.push("@".into()),
            "dot" | "point" | "period" => parts.push(".".into()),
            "underscore" => parts.push("_".into()),
            "dash" | "hyphen" | "minus" => parts.push("-".into()),
            "plus" => parts.push("+".into()),
            "all" | "lowercase" | "um" | "uh" => {}
            word => {
                if let Some(digit) = numbers::small(word).filter(|_| word != "one" || !spelled) {
                    parts.push(digit.to_string());
                    continue;
                }
                let mut run = String::new();
                for c in word.chars() {
                    match c {
                        '@' => {
                            parts.push(std::mem::take(&mut run));
                            parts.push("@".into());
                        }
                        // A hyphen between single letters is how recognition writes spelling.
                        '-' if spelled => {}
                        '\'' | '’' => {}
                        c => run.push(c),
                    }
                }
                parts.push(run);
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether a chunk is spelled out, as `a-n-n-a`.
fn is_spelled(text: &str) -> bool {
    text.split_whitespace().any(|chunk| {
        chunk.split('-').count() > 2 && chunk.split('-').all(|piece| piece.chars().count() <= 1)
    })
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
