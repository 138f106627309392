//! How to reach a person: e-mail addresses and telephone numbers.

use crate::pattern::{Needs, Pattern, digits, whole, whole_number, whole_word};
use std::ops::Range;

pub(crate) const EMAIL: &[Pattern] = &[Pattern {
    placeholder: "[email]",
    needs: Needs::AnyOf(&["@"]),
    // The last label has only letters: `name@1.2.3` is a package and its version.
    regex: r"[\w.%+-][\w.%+'-]*@(?:[\w-]+\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})",
    take: whole,
}];

pub(crate) const PHONES: &[Pattern] = &[
    // +49 30 1234567, +1 (415) 555-0100
    Pattern {
        placeholder: "[phone]",
        needs: Needs::AnyOf(&["+"]),
        regex: r"\+\d(?:[ ().\-/]{0,2}\d){7,14}",
        take: whole_word,
    },
    // 0049 30 1234567, but not 0012345678901, which is a number with leading zeros
    Pattern {
        placeholder: "[phone]",
        needs: Needs::Digit,
        regex: r"\b00[1-9]\d(?:[ ().\-/]{0,2}\d){6,12}",
        take: separated,
    },
    // (415) 555-0100, 415-555-0100, 1 415 555 0100
    Pattern {
        placeholder: "[phone]",
        needs: Needs::Digit,
        regex: r"(?:1[-. ])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}",
        take: whole_number,
    },
    // 030 1234567, 0171/2345678, 020 7946 0958, 01 23 45 67 89
    Pattern {
        placeholder: "[phone]",
        needs: Needs::Digit,
        regex: r"\b0[1-9]\d{0,3}[ /-]\d(?:[ ./-]?\d){4,10}",
        take: national,
    },
    // Any longer number that is said to be one: phone=5551234567, "mobile": "555 1234"
    Pattern {
        placeholder: "[phone]",
        needs: Needs::AnyOf(&["tel", "phone", "mobile", "cell", "fax"]),
        regex: r#"(?i)(?:\btel|phone|\bmobile|\bcell|\bfax)(?:[ _](?:number|no\.?))?(?: is)?"?\s*[:=]?\s*"?(\+?\(?\d[\d ().\-/]{5,18}\d)"#,
        take: whole_number,
    },
];

fn separated(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let found = text.get(range.clone())?;
    if found.bytes().all(|b| b.is_ascii_digit()) {
        None
    } else {
        whole_number(text, range)
    }
}

/// 9 to 12 digits that do not begin with a date.
fn national(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let found = text.get(range.clone())?;
    let is_date = {
        let mut groups = found.split(['/', '-', ' ', '.']).map(str::len);
        (groups.next(), groups.next(), groups.next()) == (Some(2), Some(2), Some(4))
    };
    if is_date || !(9..=12).contains(&digits(found).count()) {
        return None;
    }
    whole_number(text, range)
}
