//! A field's value as a person writes it. The same on server and browser.

use domain::workflow::FieldKind;

/// The value as a person writes it.
pub(super) fn in_words(kind: FieldKind, value: &str) -> String {
    match kind {
        FieldKind::YesNo => match value {
            "yes" => "Yes".to_owned(),
            "no" => "No".to_owned(),
            other => other.to_owned(),
        },
        FieldKind::Date => date(value).unwrap_or_else(|| value.to_owned()),
        FieldKind::Money => money(value),
        FieldKind::Phone => phone(value),
        FieldKind::ShortText
        | FieldKind::LongText
        | FieldKind::Number
        | FieldKind::Time
        | FieldKind::Email
        | FieldKind::Address
        | FieldKind::Choice => value.to_owned(),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn date(value: &str) -> Option<String> {
    let mut parts = value.split('-');
    let (year, month, day) = (
        parts.next()?,
        parts.next()?.parse::<usize>().ok()?,
        parts.next()?.parse::<u8>().ok()?,
    );
    let month = MONTHS.get(month.checked_sub(1)?)?;
    Some(format!("{day} {month} {year}"))
}

/// Groups the thousands: the workflow does not say which currency it is.
fn money(value: &str) -> String {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "00"));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{fraction}")
}

/// Groups the digits to be read and read aloud: `+1 555 014 2277`, `555 014 2277`. Only to be
/// shown: what is stored, edited and copied has no spaces.
fn phone(value: &str) -> String {
    let digits = value.strip_prefix('+').unwrap_or(value);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.to_owned();
    }
    let code = match (value.len() > digits.len(), digits.len()) {
        (true, _) => code_length(digits),
        // North America is also called with its 1 and no plus.
        (false, 11) if digits.starts_with('1') => 1,
        (false, _) => 0,
    };
    let (code, mut rest) = value
        .split_at_checked(value.len() - digits.len() + code)
        .unwrap_or((value, ""));
    let mut shown = code.to_owned();
    while !rest.is_empty() {
        // By threes, but no digit stands alone at the end.
        let length = match rest.len() {
            length @ ..=4 => length,
            8 => 4,
            _ => 3,
        };
        let (group, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(group);
        rest = after;
    }
    shown
}

/// How many digits the country code has (ITU-T E.164, list of assigned codes): one for zones 1 and
/// 7, two for those of the older countries, otherwise three.
fn code_length(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_a_person_writes_them() {
        for (kind, value, shown) in [
            (FieldKind::YesNo, "yes", "Yes"),
            (FieldKind::Date, "2026-02-03", "3 February 2026"),
            (FieldKind::Date, "soon", "soon"),
            (FieldKind::Money, "1250.00", "1,250.00"),
            (FieldKind::Money, "-1234567.50", "-1,234,567.50"),
            (FieldKind::Money, "12.00", "12.00"),
            (FieldKind::ShortText, "yes", "yes"),
            (FieldKind::ShortText, "5550142277", "5550142277"),
        ] {
            assert_eq!(in_words(kind, value), shown);
        }
    }

    #[test]
    fn telephone_numbers_are_grouped_to_be_read() {
        for shown in [
            "555 014 2277",
            "555 0142",
            "+1 555 014 2277",
            "+44 207 946 0958",
            "+49 151 2345 6789",
            "+33 142 685 300",
            "+353 152 0678",
            "+7 495 123 4567",
            "1 555 014 2277",
            "911",
            "5550",
            "555 01",
            "5550 1422",
            "555 014 227 712 345",
            "+1",
            "+49 11",
        ] {
            let stored = shown.replace(' ', "");
            assert_eq!(in_words(FieldKind::Phone, &stored), shown);
        }
        for other in ["", "+", "+é", "ask Ann"] {
            assert_eq!(in_words(FieldKind::Phone, other), other);
        }
    }
}
