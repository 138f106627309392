//! Numbers that stand for a person's money or identity: cards, accounts, social security.

use crate::pattern::{Needs, Pattern, after, before, digits, is_word, whole, whole_number};
use std::ops::Range;

pub(crate) const ALL: &[Pattern] = &[
    Pattern {
        placeholder: "[iban]",
        needs: Needs::Digit,
        regex: r"\b[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{4}",
        take: iban,
    },
    Pattern {
        placeholder: "[card]",
        needs: Needs::Digit,
        regex: r"\d(?:[ -]?\d){12,}",
        take: card,
    },
    Pattern {
        placeholder: "[ssn]",
        needs: Needs::Digit,
        regex: r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}",
        take: ssn,
    },
    // Nine digits are anything, unless the text says what they are.
    Pattern {
        placeholder: "[ssn]",
        needs: Needs::AnyOf(&["ssn", "social security"]),
        regex: r"(?i)\b(?:ssn|social security(?: number)?)\b[^\d\r\n\[]{0,12}(\d{9})\b",
        take: whole,
    },
];

/// A card number: laid out as cards are, a known kind, and a right check digit (ISO/IEC 7812, Luhn).
/// Found within a longer row of groups too, such as one with the expiry behind it.
fn card(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let groups = groups(text, &range)?;
    let last = groups.len();
    for first in 0..last {
        for end in (first + 1..=last.min(first + 5)).rev() {
            let row = groups.get(first..end)?;
            let whole = row.first()?.start..row.last()?.end;
            if is_card_layout(row)
                && is_card(text.get(whole.clone())?)
                && stands_apart(text, &whole)
            {
                return Some(whole);
            }
        }
    }
    None
}

/// The rows of digits between separators.
fn groups(text: &str, range: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut groups = Vec::new();
    let mut start = range.start;
    for (at, _) in text.get(range.clone())?.match_indices([' ', '-']) {
        groups.push(start..range.start + at);
        start = range.start + at + 1;
    }
    groups.push(start..range.end);
    Some(groups)
}

fn is_card_layout(row: &[Range<usize>]) -> bool {
    let lengths: Vec<usize> = row.iter().map(Range::len).collect();
    matches!(
        lengths.as_slice(),
        [13..=19] | [4, 4, 4, 4] | [4, 4, 4, 4, 1..=3] | [4, 6, 5] | [4, 6, 4]
    )
}

fn is_card(text: &str) -> bool {
    let mut first = digits(text);
    // Cards begin with 3 to 6, or 22 to 27; points in time begin with 1.
    let known_kind = match (first.next(), first.next()) {
        (Some(3..=6), _) => true,
        (Some(2), Some(second)) => (2..=7).contains(&second),
        _ => false,
    };
    let sum: u32 = digits(text)
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            if i % 2 == 0 {
                digit
            } else {
                digit * 2 / 10 + digit * 2 % 10
            }
        })
        .sum();
    known_kind && sum.is_multiple_of(10)
}

/// Not within a word, and not the fraction of a number.
fn stands_apart(text: &str, range: &Range<usize>) -> bool {
    let left = before(text, range.start);
    let fraction =
        left == Some('.') && before(text, range.start - 1).is_some_and(|c| c.is_ascii_digit());
    !is_word(left) && !is_word(after(text, range.end)) && !fraction
}

/// A US social security number that can have been given out.
fn ssn(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let found = text.get(range.clone())?;
    let mut parts = found.split(['-', ' ']);
    let (area, group, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let impossible = area == "000"
        || area == "666"
        || area.starts_with('9')
        || group == "00"
        || serial == "0000";
    if impossible {
        None
    } else {
        whole_number(text, range)
    }
}

/// An account number: as long as its country says, with right check digits (ISO 13616, ISO 7064).
fn iban(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let rest = text.get(range.start..)?;
    let country: String = rest
        .chars()
        .take(2)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let length: usize = IBAN_LENGTHS
        .split(' ')
        .find_map(|entry| entry.strip_prefix(&country))?
        .parse()
        .ok()?;
    let mut plain = String::with_capacity(length);
    let mut end = range.start;
    let mut separated = false;
    for c in rest.chars() {
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_uppercase());
            separated = false;
        } else if matches!(c, ' ' | '-') && !separated {
            separated = true;
        } else {
            return None;
        }
        end += c.len_utf8();
        if plain.len() == length {
            return (is_iban(&plain) && !is_word(after(text, end))).then_some(range.start..end);
        }
    }
    None
}

/// The country and check digits go to the end, letters count from 10, and the rest by 97 is 1.
fn is_iban(plain: &str) -> bool {
    let (head, tail) = plain.split_at_checked(4).unwrap_or((plain, ""));
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(
            (if value < 10 {
                rest * 10 + value
            } else {
                rest * 100 + value
            }) % 97,
        )
    });
    rest == Some(1)
}

/// Country and length, from the IBAN registry.
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 \
    EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 \
    IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 \
    NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 \
    TL23 TN24 TR26 UA29 VA22 XK20";
