//! Passwords: argon2id, the same answer in the same time whether or not there is such a user.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use domain::Private;

/// The longest password we hash, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// What a hash costs: memory, passes and lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's recommendation.
impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

impl PasswordCost {
    /// As little as argon2 allows, so that tests that sign in are quick. Protects nothing.
    #[must_use]
    pub const fn cheap_for_tests() -> Self {
        Self {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        }
    }

    fn argon2(self) -> Result<Argon2<'static>, argon2::Error> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// Why a password has no hash. It never repeats the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing in it.
    #[error("the password is empty")]
    Empty,
    /// Longer than we hash.
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// No randomness or no memory.
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes a password with a random salt, as a PHC string that names its own cost. Slow on purpose:
/// call it where blocking is allowed.
///
/// # Errors
/// When the password is empty or too long, or the machine has no randomness or memory for it.
pub fn hash_password(
    password: &Private<String>,
    cost: PasswordCost,
) -> Result<String, PasswordError> {
    let bytes = bytes(password);
    if bytes.is_empty() {
        return Err(PasswordError::Empty);
    }
    if bytes.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    let argon2 = cost.argon2().map_err(|_| PasswordError::Failed)?;
    let hash = argon2
        .hash_password(bytes)
        .map_err(|_| PasswordError::Failed)?;
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed. Without a stored hash, or with one that cannot
/// be read, the same work is done for nothing, so that the time does not tell which users exist.
/// Slow on purpose: call it where blocking is allowed.
#[must_use]
pub fn verify_password(
    password: &Private<String>,
    stored: Option<&str>,
    cost: PasswordCost,
) -> bool {
    let bytes = bytes(password);
    let fits = !bytes.is_empty() && bytes.len() <= MAX_PASSWORD_BYTES;
    // A password that is too long costs what an ordinary one does, and no more.
    let bytes = if fits { bytes } else { b"-".as_slice() };
    let Some(hash) = stored.and_then(|text| PasswordHash::new(text).ok()) else {
        work_for_nothing(bytes, cost);
        return false;
    };
    // The cost is read from the stored hash; the one given here is only for the work done for nothing.
    Argon2::default().verify_password(bytes, &hash).is_ok() && fits
}

fn work_for_nothing(password: &[u8], cost: PasswordCost) {
    let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    if let Ok(argon2) = cost.argon2() {
        let _ = argon2.hash_password_into(password, b"nobody signs in ", &mut out);
    }
    // The compiler must not find out that nobody looks at the result.
    std::hint::black_box(&out);
}

fn bytes(password: &Private<String>) -> &[u8] {
    #[expect(
        clippy::disallowed_methods,
        reason = "hashed or compared with a hash, never kept"
    )]
    password.expose().as_bytes()
}

#[cfg(test)]
mod tests;
