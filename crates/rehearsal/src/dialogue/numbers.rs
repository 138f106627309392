//! Spoken numbers: cardinals, ordinals, decimals and strings of digits.

/// The value of `zero` to `nineteen`.
pub(super) fn small(word: &str) -> Option<u64> {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    SMALL
        .iter()
        .position(|name| *name == word)
        .and_then(|at| u64::try_from(at).ok())
}

/// The value of `twenty` to `ninety`.
pub(super) fn tens(word: &str) -> Option<u64> {
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    if word == "fourty" {
        return Some(40);
    }
    TENS.iter()
        .position(|name| *name == word)
        .and_then(|at| u64::try_from(at).ok())
        .map(|at| 20 + 10 * at)
}

fn multiplier(word: &str) -> Option<u64> {
    match word {
        "hundred" => Some(100),
        "thousand" | "grand" | "k" => Some(1_000),
        "million" => Some(1_000_000),
        _ => None,
    }
}

/// A whole number at the start of the words, and how many words it took: `two hundred and five`, `42`.
pub(super) fn cardinal(words: &[String]) -> Option<(u64, usize)> {
    let mut total: u64 = 0;
    let mut group: Option<u64> = None;
    // Within `forty two` the tens are open for a unit; `forty fifty` is two numbers.
    let mut open_tens = false;
    let mut used = 0;
    for (at, word) in words.iter().enumerate() {
        let word = word.as_str();
        let next_is_number = || {
            words
                .get(at + 1)
                .is_some_and(|next| small(next).is_some() || tens(next).is_some())
        };
        if let Some(times) = multiplier(word) {
            if times == 100 {
                group = Some(group.unwrap_or(1).checked_mul(100)?);
            } else if group.is_some() || total == 0 && used == 0 && word != "k" && word != "grand" {
                total = total.checked_add(group.unwrap_or(1).checked_mul(times)?)?;
                group = None;
            } else {
                break;
            }
            open_tens = false;
        } else if let Some(value) = small(word).or_else(|| {
            (word == "a"
                && words
                    .get(at + 1)
                    .is_some_and(|next| multiplier(next).is_some()))
            .then_some(1)
        }) {
            match group {
                None => group = Some(value),
                Some(so_far) if open_tens && (1..10).contains(&value) => {
                    group = Some(so_far + value)
                }
                Some(so_far) if so_far >= 100 && so_far % 100 == 0 => group = Some(so_far + value),
                Some(_) => break,
            }
            open_tens = false;
        } else if let Some(value) = tens(word) {
            match group {
                None => group = Some(value),
                Some(so_far) if so_far >= 100 && so_far % 100 == 0 => group = Some(so_far + value),
                Some(_) => break,
            }
            open_tens = true;
        } else if word.bytes().all(|b| b.is_ascii_digit()) && !word.is_empty() && group.is_none() {
            group = Some(word.parse().ok()?);
            open_tens = false;
        } else if word == "and"
            && used > 0
            && !open_tens
            && next_is_number()
            && group.is_none_or(|so_far| so_far % 100 == 0)
        {
            continue;
        } else {
            break;
        }
        used = at + 1;
    }
    (used > 0).then(|| (total + group.unwrap_or(0), used))
}

/// A number with an optional fraction at the start of the words, as digits: `three point five` is `3.5`.
pub(super) fn decimal(words: &[String]) -> Option<(String, usize)> {
    let first = words.first()?;
    if first.contains('.') && first.parse::<f64>().is_ok() {
        return Some((first.clone(), 1));
    }
    let negative = first == "minus" || first == "negative";
    let start = usize::from(negative);
    let (whole, used) = cardinal(words.get(start..)?)?;
    let sign = if negative { "-" } else { "" };
    let end = start + used;
    match words.get(end).map(String::as_str) {
        Some("point") => {
            let fraction: String = words
                .iter()
                .skip(end + 1)
                .map_while(|word| digit(word))
                .collect();
            if fraction.is_empty() {
                Some((format!("{sign}{whole}"), end))
            } else {
                Some((
                    format!("{sign}{whole}.{fraction}"),
                    end + 1 + fraction.len(),
                ))
            }
        }
        Some("and")
            if words.get(end + 1).is_some_and(|word| word == "a")
                && words.get(end + 2).is_some_and(|word| word == "half") =>
        {
            Some((format!("{sign}{whole}.5"), end + 3))
        }
        _ => Some((format!("{sign}{whole}"), end)),
    }
}

/// One spoken digit.
pub(super) fn digit(word: &str) -> Option<char> {
    match word {
        "oh" | "o" => Some('0'),
        _ => small(word)
            .filter(|value| *value < 10)
            .and_then(|value| u32::try_from(value).ok())
            .and_then(|value| char::from_digit(value, 10)),
    }
}

/// The longest run of digits in the words, as people say numbers that name things: `five five five`,
/// `double oh seven`, `555 0142`, `eight hundred`, `twenty one`.
pub(super) fn digits(words: &[String]) -> String {
    let mut longest = String::new();
    let mut run = String::new();
    let mut repeat = 1;
    let mut at = 0;
    while let Some(word) = words.get(at).map(String::as_str) {
        at += 1;
        match word {
            "double" => repeat = 2,
            "triple" | "treble" => repeat = 3,
            "dash" | "hyphen" | "then" | "and" | "uh" | "um" | "area" | "code" | "space"
            | "slash" => {}
            _ => {
                let misheard = homophone(word).filter(|_| {
                    let next = words.get(at).map(String::as_str);
                    !run.is_empty() && next.is_none_or(is_digits)
                });
                let rest = words.get(at - 1..).unwrap_or_default();
                let whole = cardinal(rest).filter(|(_, used)| *used > 2 && is_hundred(rest));
                if let Some((value, used)) = whole {
                    run.push_str(&value.to_string());
                    at += used - 1;
                } else if let Some(digit) = digit(word).or(misheard) {
                    run.extend(std::iter::repeat_n(digit, repeat));
                } else if word.bytes().all(|b| b.is_ascii_digit()) {
                    run.push_str(&word.repeat(if word.len() == 1 { repeat } else { 1 }));
                } else if word == "hundred" && run.ends_with(|c: char| c != '0') {
                    run.push_str("00");
                } else if word == "thousand" && !run.is_empty() {
                    run.push_str("000");
                } else if let Some((value, used)) = cardinal(rest) {
                    run.push_str(&value.to_string());
                    at += used - 1;
                } else {
                    keep_longer(&mut longest, &mut run);
                }
                repeat = 1;
            }
        }
    }
    keep_longer(&mut longest, &mut run);
    longest
}

/// `five hundred fifty …`: one number, where `eight hundred five five five` is several.
fn is_hundred(words: &[String]) -> bool {
    words.get(1).is_some_and(|word| word == "hundred")
        && words.get(2).is_some_and(|word| tens(word).is_some())
}

/// The digit that recognition may have written as another word. Only to be believed
/// among other digits, or alone where a number was asked for.
pub(super) fn homophone(word: &str) -> Option<char> {
    match word {
        "won" => Some('1'),
        "free" | "tree" => Some('3'),
        "to" | "too" => Some('2'),
        "for" | "fore" => Some('4'),
        "ate" => Some('8'),
        _ => None,
    }
}

fn is_digits(word: &str) -> bool {
    digit(word).is_some()
        || homophone(word).is_some()
        || !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn keep_longer(longest: &mut String, run: &mut String) {
    if run.len() > longest.len() {
        *longest = std::mem::take(run);
    } else {
        run.clear();
    }
}

/// An ordinal or cardinal that can be a day of the month at the start of the words: `third`, `21st`, `twenty first`.
pub(super) fn day(words: &[String]) -> Option<(i8, usize)> {
    const ORDINALS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    let ordinal = |word: &str| {
        ORDINALS
            .iter()
            .position(|name| *name == word)
            .and_then(|at| i8::try_from(at + 1).ok())
    };
    let first = words.first()?.as_str();
    let stem = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| first.strip_suffix(ending))
        .unwrap_or(first);
    if let Ok(value) = stem.parse::<i8>() {
        return (1..=31).contains(&value).then_some((value, 1));
    }
    if let Some(value) = ordinal(first) {
        return Some((value, 1));
    }
    if first == "thirtieth" {
        return Some((30, 1));
    }
    let ten = match first {
        "twenty" => Some(20),
        "thirty" => Some(30),
        _ => None,
    };
    if let (Some(ten), Some(value)) = (
        ten,
        words.get(1).and_then(|word| {
            ordinal(word).or_else(|| small(word).and_then(|v| i8::try_from(v).ok()))
        }),
    ) && (1..10).contains(&value)
        && ten + value <= 31
    {
        return Some((ten + value, 2));
    }
    if let Some(ten) = ten {
        return Some((ten, 1));
    }
    small(first)
        .and_then(|value| i8::try_from(value).ok())
        .filter(|value| (1..=31).contains(value))
        .map(|value| (value, 1))
}
