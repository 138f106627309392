//! Keys and secrets: the operator's key, values sealed at rest, pseudonyms, hashes of secrets and of
//! passwords. Synchronous; it knows files of keys, but no database, network or clock.

mod hash;
mod hex;
mod key_file;
mod key_ring;
mod password;

pub use hash::{hash_secret, sha256_hex};
pub use key_ring::{KeyError, KeyRing, OpenError, SealError};
pub use password::{
    MAX_PASSWORD_BYTES, PasswordCost, PasswordError, hash_password, verify_password,
};
