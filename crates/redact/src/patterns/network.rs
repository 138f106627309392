//! Where somebody's machine is: SDP, ICE candidates, network addresses.

use crate::pattern::{Needs, Pattern, after, before, is_word, whole};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
};

pub(crate) const SDP: &[Pattern] = &[
    // A whole description, with its line ends as they are or escaped in JSON.
    Pattern {
        placeholder: "[sdp]",
        needs: Needs::AnyOf(&["v=0"]),
        regex: r#"\bv=0(?:\r?\n|\\r\\n|\\n)o=[^\r\n"\\]*(?:(?:\r?\n|\\r\\n|\\n)[a-z]=[^\r\n"\\]*)*(?:\r?\n|\\r\\n|\\n)?"#,
        take: whole,
    },
    // One candidate by itself, as trickled.
    Pattern {
        placeholder: "[candidate]",
        needs: Needs::AnyOf(&["candidate:"]),
        regex: r#"(?i)\bcandidate:\S+ \d+ (?:udp|tcp) [^\r\n"\\\[]+"#,
        take: whole,
    },
    Pattern {
        placeholder: "[ice]",
        needs: Needs::AnyOf(&["ice-pwd:", "ice-ufrag:"]),
        regex: r#"\bice-(?:pwd|ufrag):([^\s"\\\[]+)"#,
        take: whole,
    },
];

pub(crate) const ADDRESSES: &[Pattern] = &[
    Pattern {
        placeholder: "[ip]",
        needs: Needs::Digit,
        regex: r"[0-9A-Fa-f:]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:\.\d{1,3}){0,3}",
        take: version_6,
    },
    Pattern {
        placeholder: "[ip]",
        needs: Needs::Digit,
        regex: r"\d{1,3}(?:\.\d{1,3}){3}",
        take: version_4,
    },
];

fn version_4(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let address: Ipv4Addr = text.get(range.clone())?.parse().ok()?;
    let (left, right) = (before(text, range.start), after(text, range.end));
    let goes_on =
        right == Some('.') && after(text, range.end + 1).is_some_and(|c| c.is_ascii_digit());
    let within = is_word(left) || left == Some('.') || is_word(right) || goes_on;
    (!within && !is_version(text, range.start) && is_somebody(address.into())).then_some(range)
}

/// Four numbers behind a product's name or the word version are no address.
fn is_version(text: &str, start: usize) -> bool {
    let head = text.get(..start).unwrap_or_default();
    let product = head
        .strip_suffix('/')
        .and_then(|head| head.chars().next_back())
        .is_some_and(char::is_alphabetic);
    let word = head
        .trim_end()
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    product
        || ["version", "release", "build"]
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name))
}

fn version_6(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let found = text.get(range.clone())?;
    // The colon of a sentence does not belong to it.
    let found = if found.ends_with("::") {
        found
    } else {
        found.trim_end_matches(':')
    };
    let range = range.start..range.start + found.len();
    let address: Ipv6Addr = found.parse().ok()?;
    let within = is_word(before(text, range.start)) || is_word(after(text, range.end));
    // Without a digit it is more likely a path in a programming language.
    let has_digit = found.bytes().any(|b| b.is_ascii_digit());
    (!within && has_digit && is_somebody(address.into())).then_some(range)
}

/// This machine itself is nobody, and logs are easier to read with it.
fn is_somebody(address: IpAddr) -> bool {
    !address.is_loopback() && !address.is_unspecified()
}
