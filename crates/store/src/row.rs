//! Between columns and entities: what does not parse is corrupt, and is never shown.

use crate::StoreError;
use domain::Private;
use serde::{Serialize, de::DeserializeOwned};
use std::{error::Error, str::FromStr};

/// A value at rest: plain, or sealed by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtRest {
    /// Readable and searchable.
    Plain(Private<String>),
    /// Sealed: only its sealer can open it.
    Sealed(String),
}

impl AtRest {
    pub(crate) fn from_columns(text: String, sealed: bool) -> Self {
        if sealed {
            Self::Sealed(text)
        } else {
            Self::Plain(Private::new(text))
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "written to its row, which the caller chose to be plain"
            )]
            Self::Plain(value) => value.expose(),
            Self::Sealed(text) => text,
        }
    }

    pub(crate) const fn is_sealed(&self) -> bool {
        matches!(self, Self::Sealed(_))
    }

    /// What search looks at: nothing of a sealed value.
    pub(crate) fn folded(&self) -> Option<String> {
        if self.is_sealed() {
            None
        } else {
            Some(fold(self.text()))
        }
    }
}

/// Lower case by Unicode, the same on both databases: SQLite's own `LOWER` knows only ASCII.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase()
}

pub(crate) fn parsed<T: FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt { what })
}

pub(crate) fn parsed_option<T: FromStr>(
    text: Option<&str>,
    what: &'static str,
) -> Result<Option<T>, StoreError> {
    text.map(|text| parsed(text, what)).transpose()
}

pub(crate) fn known<T>(value: Option<T>, what: &'static str) -> Result<T, StoreError> {
    value.ok_or(StoreError::Corrupt { what })
}

/// A span as the databases store it, capped so that adding it to a time cannot overflow.
pub(crate) fn micros(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_micros()).map_or(i64::MAX / 4, |micros| micros.min(i64::MAX / 4))
}

pub(crate) fn number(column: i64, what: &'static str) -> Result<u32, StoreError> {
    u32::try_from(column).map_err(|_| StoreError::Corrupt { what })
}

pub(crate) fn from_json<T: DeserializeOwned>(
    text: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what })
}

pub(crate) fn to_json<T: Serialize>(value: &T, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt { what })
}

/// Rows to entities.
pub(crate) fn entities<R, T: TryFrom<R, Error = StoreError>>(
    rows: Vec<R>,
) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(T::try_from).collect()
}

/// Rows to entities, without those that make no sense. For the server's own rounds over everything:
/// one broken row must not keep the others from their deadline. It is reported by its id alone, which
/// is quoted, because it may be what is broken.
pub(crate) fn sound<R, T>(
    rows: Vec<(String, R)>,
    table: &'static str,
    entity: impl Fn(&str, R) -> Result<T, StoreError>,
) -> Vec<T> {
    rows.into_iter()
        .filter_map(|(id, row)| {
            entity(&id, row)
                .inspect_err(|error| {
                    tracing::error!(
                        table,
                        row.id = ?id,
                        error = error as &dyn Error,
                        "a row makes no sense and is left out"
                    );
                })
                .ok()
        })
        .collect()
}
