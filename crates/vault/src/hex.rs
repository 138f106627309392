//! Hexadecimal, both ways.

use std::fmt::Write as _;

/// Lower-case hex digits of the bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Fills `bytes` from exactly twice as many hex digits. False when the text is anything else; what is
/// in `bytes` then means nothing.
pub(crate) fn decode_into(text: &str, bytes: &mut [u8]) -> bool {
    if text.len() != bytes.len() * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = pair
            .iter()
            .fold(0, |value, digit| (value << 4) | nibble(*digit));
    }
    true
}

/// The value of a hex digit.
const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_and_nothing_else() {
        let mut bytes = [0; 3];
        assert!(decode_into("00aBff", &mut bytes));
        assert_eq!(bytes, [0, 0xab, 0xff]);
        assert_eq!(encode(&bytes), "00abff");
        for bad in ["", "00abf", "00abfff", "00abfg", "00abé", "+0abff"] {
            assert!(!decode_into(bad, &mut bytes), "{bad:?}");
        }
    }
}
