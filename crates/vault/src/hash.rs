//! Plain hashes: for random secrets of ours (never for passwords) and for documents.

use crate::hex;
use domain::Private;
use sha2::{Digest as _, Sha256};

/// Hex SHA-256 of a random secret of ours, to be stored in its place. A secret of 256 random bits
/// needs no salt and no slow hash; a password does, see [`hash_password`](crate::hash_password).
#[must_use]
pub fn hash_secret(secret: &Private<String>) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "hashed, so that the secret itself is not stored"
    )]
    sha256_hex(secret.expose().as_bytes())
}

/// Hex SHA-256.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answer() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        assert_eq!(hash_secret(&"abc".into()), abc);
    }
}
