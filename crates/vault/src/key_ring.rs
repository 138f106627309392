//! The operator's key and the sub-keys made from it: one to seal, one per kind of pseudonym.

use crate::{hex, key_file};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use domain::Private;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of an XChaCha20 nonce.
const NONCE_BYTES: usize = 24;
/// The form of a sealed value, its first part.
const SEALED_FORM: &str = "v1";

type Key = Zeroizing<[u8; KEY_BYTES]>;

/// The keys of one server. Losing the operator's key loses every sealed value.
#[derive(Clone)]
pub struct KeyRing(Arc<Keys>);

/// INVARIANT: the operator's key itself is not kept; each use has a sub-key of its own (HKDF with
/// another `info`), so that no use can serve as an oracle for another.
struct Keys {
    id: String,
    check: String,
    seal: Key,
    pseudonym: Key,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("id", &self.0.id)
            .finish_non_exhaustive()
    }
}

/// Why there is no key to work with. It never repeats what the key's text is.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file would be copied together with the data.
    #[error("the key file `{}` lies inside the data folder, where a copy of the data would hold its key", path.display())]
    InsideDataFolder {
        /// The file.
        path: PathBuf,
    },
    /// Others may read or write the file.
    #[error("the key file `{}` has mode {mode:04o}; its owner alone may read it: `chmod 600`", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A folder, a device, a pipe.
    #[error("the key file `{}` is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// There is no file.
    #[error("there is no key file `{}`", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// Not 64 hex digits.
    #[error("a key is 64 hex digits")]
    Form,
    /// The operating system gives no randomness for a new key.
    #[error("there is no randomness for a new key")]
    Randomness,
    /// The file cannot be read or written.
    #[error("the key file `{}` cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

/// Why a value was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The operating system gives no randomness.
    #[error("there is no randomness to seal a value with")]
    Randomness,
    /// Longer than the cipher takes (256 GiB).
    #[error("the value is too long to seal")]
    TooLong,
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not something that was sealed here.
    #[error("the sealed value has an unknown form")]
    Form,
    /// Sealed with a key that this server does not have.
    #[error("the value was sealed with another key")]
    OtherKey,
    /// Changed, or moved to another place than it was sealed for.
    #[error("the sealed value was changed or belongs to another place")]
    Tampered,
}

impl KeyRing {
    /// The ring of a key given as 64 hex digits.
    ///
    /// # Errors
    /// [`KeyError::Form`] when it is anything else.
    pub fn from_hex(text: &Private<String>) -> Result<Self, KeyError> {
        let mut key = Key::default();
        #[expect(clippy::disallowed_methods, reason = "decoded into the key it is")]
        let text = text.expose().trim();
        if !hex::decode_into(text, key.as_mut_slice()) {
            return Err(KeyError::Form);
        }
        Ok(Self::of(&key))
    }

    /// The ring of the key in that file. When there is no file, one with a new key is made that only
    /// its owner may read.
    ///
    /// # Errors
    /// When the file lies inside `data_dir`, may be read by others, is no file, holds no key, or
    /// cannot be read or made.
    pub fn load_or_create(path: &Path, data_dir: &Path) -> Result<Self, KeyError> {
        key_file::check_outside(path, data_dir)?;
        match Self::load(path) {
            Err(KeyError::Missing { .. }) => {}
            loaded => return loaded,
        }
        let mut key = Key::default();
        getrandom::fill(key.as_mut_slice()).map_err(|_| KeyError::Randomness)?;
        // Another process may have made it in between: then that one counts.
        if key_file::create(path, key.as_slice())? {
            Ok(Self::of(&key))
        } else {
            Self::load(path)
        }
    }

    /// The ring of the key in that file.
    ///
    /// # Errors
    /// When there is no file, others may read it, or it holds no key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::from_hex(&key_file::read(path)?)
    }

    fn of(key: &Key) -> Self {
        let root = Hkdf::<Sha256>::new(Some(b"vestibule"), key.as_slice());
        let mut id = [0_u8; 4];
        let mut check = [0_u8; 16];
        let mut keys = Keys {
            id: String::new(),
            check: String::new(),
            seal: Key::default(),
            pseudonym: Key::default(),
        };
        derive(&root, "key id", &mut id);
        derive(&root, "key check", &mut check);
        derive(&root, "seal v1", keys.seal.as_mut_slice());
        derive(&root, "pseudonym v1", keys.pseudonym.as_mut_slice());
        keys.id = hex::encode(&id);
        keys.check = hex::encode(&check);
        Self(Arc::new(keys))
    }

    /// A public text that only this key gives: kept beside the data, so that a server started with
    /// another key refuses instead of writing what nobody can open.
    #[must_use]
    pub fn check(&self) -> String {
        self.0.check.clone()
    }

    /// Whether this is the key of that [`check`](Self::check).
    #[must_use]
    pub fn matches(&self, check: &str) -> bool {
        self.0.check.as_bytes().ct_eq(check.as_bytes()).into()
    }

    /// Seals a value for one place, such as `table/column/row`: it opens nowhere else.
    /// The same value gives another text each time.
    ///
    /// # Errors
    /// When there is no randomness, or the value is too long for the cipher.
    pub fn seal(&self, value: &Private<String>, context: &str) -> Result<String, SealError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Randomness)?;
        #[expect(clippy::disallowed_methods, reason = "sealed")]
        let plain = value.expose().as_bytes();
        let aad = self.bound(context);
        let sealed = self
            .cipher()
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: aad.as_bytes(),
                },
            )
            .map_err(|_| SealError::TooLong)?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(format!(
            "{SEALED_FORM}.{}.{}",
            self.0.id,
            BASE64.encode(bytes)
        ))
    }

    /// Opens what [`seal`](Self::seal) made for that place.
    ///
    /// # Errors
    /// When it was not sealed here, not with this key, not for this place, or was changed.
    pub fn open(&self, sealed: &str, context: &str) -> Result<Private<String>, OpenError> {
        let mut parts = sealed.split('.');
        let (Some(SEALED_FORM), Some(id), Some(text), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(OpenError::Form);
        };
        let bytes = BASE64.decode(text).map_err(|_| OpenError::Form)?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(OpenError::Form)?;
        if id != self.0.id {
            return Err(OpenError::OtherKey);
        }
        let aad = self.bound(context);
        let plain = self
            .cipher()
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: aad.as_bytes(),
                },
            )
            .map_err(|_| OpenError::Tampered)?;
        // What was sealed was text, so this cannot fail for what the tag has proven.
        String::from_utf8(plain)
            .map(Private::new)
            .map_err(|_| OpenError::Tampered)
    }

    /// A stable stand-in for a value, such as a user's id for the provider or an address in an audit
    /// row: hex, the same for the same kind and value, and of no use without the key.
    #[must_use]
    pub fn pseudonym(&self, kind: &str, value: &str) -> String {
        let kind_key = Zeroizing::new(hmac(&self.0.pseudonym, kind));
        hex::encode(&hmac(&kind_key, value))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0.seal).into())
    }

    /// What a sealed value is bound to: its form, its key and its place.
    fn bound(&self, context: &str) -> String {
        format!("{SEALED_FORM}.{}.{context}", self.0.id)
    }
}

fn derive(root: &Hkdf<Sha256>, use_of: &str, bytes: &mut [u8]) {
    #[expect(
        clippy::expect_used,
        reason = "HKDF fails only above 8160 bytes, and no sub-key is that long"
    )]
    root.expand(use_of.as_bytes(), bytes).expect("short enough");
}

fn hmac(key: &[u8; KEY_BYTES], text: &str) -> [u8; KEY_BYTES] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
