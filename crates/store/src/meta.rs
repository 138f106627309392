//! Small facts about the database itself, by key.

use crate::{
    Store, StoreError, Tx,
    db::{execute, optional},
};

impl Store {
    /// The value of that key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = optional!(
            self.read().await?.link(),
            "SELECT value FROM meta WHERE key = $1",
            key
        )?;
        Ok(row.map(|(value,)| value))
    }
}

impl Tx {
    /// The value of that key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta(&mut self, key: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> =
            optional!(self.link(), "SELECT value FROM meta WHERE key = $1", key)?;
        Ok(row.map(|(value,)| value))
    }

    /// Sets the value of that key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            value,
        )?;
        Ok(())
    }
}
