//! What opens and what does not, and what a ring never shows.

use super::*;

const CANARY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn ring() -> KeyRing {
    KeyRing::from_hex(&CANARY.into()).unwrap()
}

fn other_ring() -> KeyRing {
    KeyRing::from_hex(&"ab".repeat(32).as_str().into()).unwrap()
}

#[test]
fn what_is_sealed_opens_at_its_place() {
    for text in [
        "",
        "Ada",
        "Ada Lovelace, +49 30 1234",
        &"x".repeat(100_000),
        "é«\u{0}",
    ] {
        let sealed = ring().seal(&text.into(), "fields/value/in_1.name").unwrap();
        assert_eq!(
            ring().open(&sealed, "fields/value/in_1.name"),
            Ok(text.into())
        );
    }
}

#[test]
fn a_sealed_value_opens_nowhere_else() {
    let sealed = ring()
        .seal(&"Ada".into(), "fields/value/in_1.name")
        .unwrap();
    for place in [
        "fields/value/in_2.name",
        "fields/heard/in_1.name",
        "",
        "fields/value/in_1.name ",
    ] {
        assert_eq!(
            ring().open(&sealed, place),
            Err(OpenError::Tampered),
            "{place:?}"
        );
    }
}

#[test]
fn any_changed_byte_is_noticed() {
    let sealed = ring().seal(&"Ada".into(), "t/c/1").unwrap();
    let (head, text) = sealed.rsplit_once('.').unwrap();
    let bytes = BASE64.decode(text).unwrap();
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        let changed = format!("{head}.{}", BASE64.encode(changed));
        assert_eq!(
            ring().open(&changed, "t/c/1"),
            Err(OpenError::Tampered),
            "byte {i}"
        );
    }
    let shorter = format!("{head}.{}", BASE64.encode(&bytes[..bytes.len() - 1]));
    assert_eq!(ring().open(&shorter, "t/c/1"), Err(OpenError::Tampered));
}

#[test]
fn nonsense_is_not_opened() {
    let sealed = ring().seal(&"Ada".into(), "t/c/1").unwrap();
    let (_, rest) = sealed.split_once('.').unwrap();
    for text in [
        "",
        "Ada",
        "v1",
        "v1.",
        "v1..",
        "v1.x.y.z",
        "v1.x.!!",
        "v1.x.AAAA",
        &format!("v2.{rest}"),
        &format!("{sealed}."),
    ] {
        assert_eq!(ring().open(text, "t/c/1"), Err(OpenError::Form), "{text:?}");
    }
}

#[test]
fn another_key_opens_nothing_and_is_told_apart() {
    let sealed = ring().seal(&"Ada".into(), "t/c/1").unwrap();
    assert_eq!(
        other_ring().open(&sealed, "t/c/1"),
        Err(OpenError::OtherKey)
    );
    // Also when it claims to be the right one.
    let (_, text) = sealed.rsplit_once('.').unwrap();
    let renamed = format!("v1.{}.{text}", other_ring().0.id);
    assert_eq!(
        other_ring().open(&renamed, "t/c/1"),
        Err(OpenError::Tampered)
    );
    assert!(ring().matches(&ring().check()));
    assert!(!other_ring().matches(&ring().check()));
    assert!(!ring().matches(""));
}

#[test]
fn the_same_value_is_never_sealed_the_same() {
    let one = ring().seal(&"Ada".into(), "t/c/1").unwrap();
    let two = ring().seal(&"Ada".into(), "t/c/1").unwrap();
    assert_ne!(one, two);
    assert!(one.starts_with(&format!("v1.{}.", ring().0.id)));
    assert!(!one.contains("Ada"));
}

#[test]
fn pseudonyms_are_stable_and_apart_by_kind_value_and_key() {
    let one = ring().pseudonym("user", "u_1");
    assert_eq!(one, ring().pseudonym("user", "u_1"));
    assert_eq!(one.len(), 64);
    let others = [
        ring().pseudonym("address", "u_1"),
        ring().pseudonym("user", "u_2"),
        other_ring().pseudonym("user", "u_1"),
        // Kind and value are not just joined.
        ring().pseudonym("useru_", "1"),
    ];
    assert!(!others.contains(&one));
}

/// Values sealed by an earlier build must open in a later one.
#[test]
fn the_form_on_disk_has_not_changed() {
    let sealed =
        "v1.89c800eb.dUFUgrz31v0e3OlaRGTyw2yS4Gtw1WK-u6WexUbNAA96qCqVZ_7irEkqvSJA65Cf351pdw";
    assert_eq!(
        ring().open(sealed, "fields/value/in_1.name"),
        Ok("Ada Lovelace".into())
    );
    assert_eq!(ring().check(), "4a01639de9338a6f19b243ec3ed96dac");
    assert_eq!(
        ring().pseudonym("user", "u_1"),
        "143e72e4565fc32898dc6f5c84dd4cc5e928960e83d407313d3653e80d3f1a53"
    );
}

#[test]
fn a_key_is_64_hex_digits() {
    for bad in [
        "",
        "00",
        &CANARY[1..],
        &format!("{CANARY}0"),
        &CANARY.replace('0', "g"),
        &CANARY.replacen("00", "+0", 1),
    ] {
        assert!(
            matches!(KeyRing::from_hex(&bad.into()), Err(KeyError::Form)),
            "{bad:?}"
        );
    }
    assert_eq!(
        KeyRing::from_hex(&format!(" {}\n", CANARY.to_uppercase()).as_str().into())
            .unwrap()
            .check(),
        ring().check()
    );
}

#[test]
fn nothing_of_the_key_is_shown() {
    let shown = format!(
        "{:?} {} {:?}",
        ring(),
        ring().check(),
        KeyRing::from_hex(&CANARY[2..].into()).unwrap_err()
    );
    assert!(
        !shown.contains("0011") && !shown.contains("eeff"),
        "{shown}"
    );
}
