//! Unguessable ids with a prefix, in the provider's own alphabet.

const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A prefix and so many random letters and digits.
pub(crate) fn random_id(prefix: &str, length: usize) -> String {
    let mut id = String::with_capacity(prefix.len() + length);
    id.push_str(prefix);
    let mut bytes = [0u8; 64];
    while id.len() < prefix.len() + length {
        fill(&mut bytes);
        let missing = prefix.len() + length - id.len();
        // 248 is four times 62: bytes above it would make some letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248);
        id.extend(
            letters
                .take(missing)
                .filter_map(|byte| ALPHABET.get(usize::from(byte % 62)).map(|b| *b as char)),
        );
    }
    id
}

/// A prefix and 32 hexadecimal digits, as ephemeral secrets have.
pub(crate) fn random_hex(prefix: &str, bytes: usize) -> String {
    let mut random = vec![0u8; bytes];
    fill(&mut random);
    random.iter().fold(prefix.to_owned(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

#[expect(
    clippy::expect_used,
    reason = "without randomness no key is safe, and nothing should go on"
)]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}
