//! Measured on a corpus (requirement A55): what must go, and what looks like it and must stay.

use redact::Redactor;

/// A text, and the part of it that must not survive. The last few are known to be beyond what
/// patterns can do; they stay in the list, so that the number below is honest.
const MUST_GO: &[(&str, &str)] = &[
    // Keys and secrets.
    (
        "key sk-proj-Ab12Cd34Ef56Gh78Ij90Kl12 was used",
        "sk-proj-Ab12Cd34Ef56Gh78Ij90Kl12",
    ),
    (
        "sk-1234567890abcdef1234567890abcdef",
        "sk-1234567890abcdef1234567890abcdef",
    ),
    (
        "OPENAI_API_KEY=sk-svcacct-0a1b2c3d4e5f6a7b8c9d",
        "sk-svcacct-0a1b2c3d4e5f6a7b8c9d",
    ),
    (
        "\"value\":\"ek_68f0c1d2e3a4b5968778695a4b3c2d1e\"",
        "ek_68f0c1d2e3a4b5968778695a4b3c2d1e",
    ),
    (
        "secret=ek_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff.",
        "00112233445566778899aabbccddeeff",
    ),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    (
        "token ghp_16C7e42F292c6912E7710c838347Ae178B4a here",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    ),
    (
        "xoxb-123456789012-1234567890123-AbCdEfGh",
        "xoxb-123456789012",
    ),
    (
        "key=AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
        "AIzaSyD-9tSrke72PouQMnMX",
    ),
    (
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "4eC39HqLyjWDarjtT1zdp7dc",
    ),
    // Tokens and cookies.
    ("Authorization: Bearer 0123456789abcdef", "0123456789abcdef"),
    ("authorization: bearer AbCdEfGh", "AbCdEfGh"),
    ("{\"authorization\":\"Bearer abc.def.ghi\"}", "abc.def.ghi"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("sent Bearer abcd1234efgh to them", "abcd1234efgh"),
    (
        "api-key: 8f14e45fceea167a5a36dedd4bea2543",
        "8f14e45fceea167a5a36dedd4bea2543",
    ),
    ("X-Api-Key=8f14e45fceea167a", "8f14e45fceea167a"),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "eyJzdWIiOiIxMjM0In0",
    ),
    (
        "token=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
        "eyJzdWIiOiJhZGEifQ",
    ),
    ("Cookie: id=4f2a9c; theme=dark", "4f2a9c"),
    (
        "set-cookie: __Host-vestibule=Zm9vYmFy; Path=/; Secure",
        "Zm9vYmFy",
    ),
    ("\"cookie\": \"session=aGVsbG8\"", "aGVsbG8"),
    ("jar has __Host-id=s3cr3tvalue and more", "s3cr3tvalue"),
    // Cards.
    ("4111111111111111", "4111111111111111"),
    ("card 4111 1111 1111 1111 exp 12/27", "4111 1111 1111 1111"),
    ("5555-5555-5555-4444", "5555-5555-5555-4444"),
    ("amex 3782 822463 10005", "3782 822463 10005"),
    ("378282246310005", "378282246310005"),
    ("6011111111111117,ok", "6011111111111117"),
    ("my number is 4242424242424242.", "4242424242424242"),
    ("2223003122003222", "2223003122003222"),
    ("order 12 4111 1111 1111 1111 12", "4111 1111 1111 1111"),
    // Social security and accounts.
    ("SSN 123-45-6789", "123-45-6789"),
    ("it is 219-09-9999, she said", "219-09-9999"),
    ("ssn: 123456789", "123456789"),
    ("social security number is 078051120", "078051120"),
    ("078 05 1120", "078 05 1120"),
    ("DE89370400440532013000", "DE89370400440532013000"),
    ("IBAN: DE89 3704 0044 0532 0130 00", "0532 0130"),
    ("pay GB29 NWBK 6016 1331 9268 19 NOW", "6016 1331 9268 19"),
    ("fr14 2004 1010 0505 0001 3m02 606", "1010 0505"),
    ("NL91ABNA0417164300;", "NL91ABNA0417164300"),
    ("NO93 8601 1117 947 and", "8601 1117 947"),
    // E-mail.
    ("ada@example.org", "ada@example.org"),
    (
        "mail <Ada.Lovelace+intake@mail.example.co.uk>,",
        "Ada.Lovelace+intake@mail",
    ),
    ("'o'neill@example.ie'", "neill@example.ie"),
    (
        "user_name%x@sub-domain.example.museum",
        "user_name%x@sub-domain",
    ),
    ("jürgen@müller.example", "jürgen@müller"),
    ("mailto:ada@example.org?subject=x", "ada@example.org"),
    ("ada@example.org's case", "ada@example.org"),
    // Telephone.
    ("+49 30 1234567", "1234567"),
    ("call +1 (415) 555-0100 now", "555-0100"),
    ("+4915112345678", "+4915112345678"),
    ("(415) 555-2671", "555-2671"),
    ("415-555-2671", "415-555-2671"),
    ("1-800-555-0199", "555-0199"),
    ("415.555.2671 is mine", "415.555.2671"),
    ("030 1234567", "030 1234567"),
    ("0171/2345678", "0171/2345678"),
    ("020 7946 0958", "020 7946 0958"),
    ("0049 30 1234567", "1234567"),
    ("phone=5551234567", "5551234567"),
    ("\"mobile\": \"5551234567\"", "5551234567"),
    ("Telephone: 555 1234", "555 1234"),
    ("01 23 45 67 89", "01 23 45 67 89"),
    // Addresses of machines.
    ("peer 203.0.113.7 refused", "203.0.113.7"),
    ("203.0.113.7:443", "203.0.113.7"),
    ("http://198.51.100.23/x", "198.51.100.23"),
    ("2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334"),
    ("from [2001:db8:0:1:1:1:1:1]:443", "2001:db8:0:1:1:1:1:1"),
    ("fe80::1ff:fe23:4567:890a%eth0", "fe80::1ff:fe23:4567:890a"),
    ("at 2001:db8::1: refused", "2001:db8::1"),
    ("::ffff:203.0.113.9", "203.0.113.9"),
    (
        "a=candidate:1 1 udp 2130706431 10.1.2.3 51234 typ host",
        "10.1.2.3",
    ),
    (
        "candidate:842 1 TCP 1671430143 4f7a.local 9 typ host tcptype active",
        "4f7a.local",
    ),
    (
        "v=0\r\no=- 46 2 IN IP4 192.0.2.4\r\ns=-\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n",
        "asd88fgpdd777uzjYhagZg",
    ),
    (
        "{\"sdp\":\"v=0\\r\\no=- 1 2 IN IP4 192.0.2.4\\r\\na=ice-ufrag:F7gI\\r\\n\"}",
        "F7gI",
    ),
    ("a=ice-pwd:x9cml/YzichV2+XlhiMu8g", "x9cml/YzichV2+XlhiMu8g"),
    // Beyond patterns.
    ("ada at example dot org", "ada at example dot org"),
    ("call me back on 555-0100", "555-0100"),
    (
        "four one one one one one one one one one one one one one one one",
        "four one one one",
    ),
];

/// Texts that must come out as they went in.
const MUST_STAY: &[&str] = &[
    // Ids of ours and of others.
    "019aa5d3-7f1e-7c3b-9d2a-0123456789ab",
    "01234567-8901-2345-6789-012345678901",
    "550e8400-e29b-41d4-a716-446655440000",
    "session.id=vs_00112233445566778899aabbccddeeff",
    "call.id=rtc_u2_E4xw9V7Wm6BbwNyTjXvsL",
    "tool call call_uMNE0Myi2tDTPu0w done",
    "item_68f0c1d2e3a4b5968778695a",
    "resp_E6U0wu9F event_fd8cb17ab18a4a3f",
    "config hash ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "set_field full_name proposed",
    "week_0123456789abcdef0123",
    "request id 4000123412341234123a",
    "0000-0002-1825-0097",
    // Points in time and spans.
    "2026-11-21",
    "2026-11-21T03:50:00Z",
    "2026-11-21T03:50:00.123456+01:00",
    "2026-11-21 03:50:00 +0100",
    "01-02-2026 12:00",
    "21/11/2026 10:15",
    "09/08/2026 1530",
    "1795230600999999",
    "1795230600999",
    "1795230600",
    "1795230600999999123",
    "03:50:00",
    "11:22:33:44",
    "P1DT2H",
    "took 0.4111111111111111 s",
    // Versions and products.
    "1.96.0",
    "v1.2.3.4",
    "version 4.18.0.25 of it",
    "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36",
    "Chrome 120.0.6099.109",
    "1.5.0+20130313144700",
    "axum@0.8.9",
    "left-pad@1.3.0 and @scope/name",
    "rustc 1.96.0 (2026-05-28)",
    // Code, paths, addresses of our own.
    "std::net::Ipv6Addr",
    "dead::beef::cafe",
    "listening on 127.0.0.1:3000",
    "http://[::1]:3000/",
    "bound 0.0.0.0:80",
    "mac 01:23:45:67:89:ab",
    "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89",
    "class sk-fading-circle-and-more-words",
    "task-1234567890abcdef1234",
    "locale sk-SK",
    "user@host said hello",
    "env=0 and v=0",
    "x = v=0\nmode=1",
    "the bearer presented documents",
    "bearer authentication is required",
    "Authorization: required",
    "cookie: chocolate",
    "cookies are off",
    "eyJ is how they begin",
    // Numbers.
    "4111111111111112",
    "1234567890123456",
    "41111111111111111111111",
    "12 1234 1234",
    "$1,250.50 of 12500",
    "claim 123456789",
    "policy number 20261121004",
    "000-12-3456",
    "666-12-3456",
    "900-12-3456",
    "123-00-4567",
    "DE89370400440532013001",
    "XX89370400440532013000",
    "999.1.2.3",
    "1.2.3",
    "row 0012345678901",
    "HTTP/1.1 201 Created",
    "duration_ms=123456789",
    "3:4:5",
    "100-200-300",
    "tel: ask again",
    "phone was corrected by hand",
];

#[test]
fn precision_and_recall_are_above_their_floors() {
    assert!(MUST_GO.len() >= 60 && MUST_STAY.len() >= 60);
    let redactor = Redactor::new();
    let missed: Vec<_> = MUST_GO
        .iter()
        .filter(|(text, secret)| redactor.redact(text).contains(secret))
        .collect();
    let wrong: Vec<_> = MUST_STAY
        .iter()
        .filter(|text| redactor.redact(text) != **text)
        .map(|text| (text, redactor.redact(text)))
        .collect();
    for (text, secret) in MUST_GO {
        assert!(
            text.contains(secret),
            "a corpus entry whose secret is not in it: {text}"
        );
    }
    let found = (MUST_GO.len() - missed.len()) as f64;
    let recall = found / MUST_GO.len() as f64;
    let precision = found / (found + wrong.len() as f64);
    println!(
        "{} positives, {} negatives: precision {precision:.3}, recall {recall:.3}",
        MUST_GO.len(),
        MUST_STAY.len()
    );
    println!("missed: {missed:#?}\nwrongly taken: {wrong:#?}");
    assert!(recall >= 0.95, "recall {recall:.3}");
    assert!(precision >= 0.99, "precision {precision:.3}");
}

#[test]
fn the_corpus_does_not_change_when_redacted_again() {
    let redactor = Redactor::new();
    for text in MUST_GO
        .iter()
        .map(|(text, _)| *text)
        .chain(MUST_STAY.iter().copied())
    {
        let once = redactor.redact(text).into_owned();
        assert_eq!(redactor.redact(&once), once);
    }
}
