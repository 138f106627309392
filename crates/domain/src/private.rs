//! `Private<T>`: a value that cannot be printed by accident.

use serde::{Deserialize, Deserializer};
use std::fmt;

/// A secret, a spoken word or a field's value. It has no `Display` and no `Serialize`, and its
/// `Debug` prints `«redacted»`. Opening it is [`Private::expose`], which `clippy.toml` bans so that
/// each use states its reason.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Opens the value: to send it, to seal it, to redact it, or to show it to its owner.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«redacted»")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Private<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl From<&str> for Private<String> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        let shown = format!("{:?}", Some(Private::new("hunter2")));
        assert_eq!(shown, "Some(«redacted»)");
    }
}
