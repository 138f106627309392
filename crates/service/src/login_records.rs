//! What the browser's session cookie points at, for the server's session layer. The cookie's id is
//! never stored: rows are keyed by its hash.

use crate::{Error, Service};
use domain::{Private, Timestamp};

fn key(id: &Private<String>) -> String {
    vault::hash_secret(id)
}

/// Creates a record. False when the id is taken.
///
/// # Errors
/// When the database fails.
pub async fn create(
    service: &Service,
    id: &Private<String>,
    data: &str,
    expires_at: Timestamp,
) -> Result<bool, Error> {
    Ok(service
        .store
        .create_login_record(&key(id), data, expires_at)
        .await?)
}

/// Saves a record.
///
/// # Errors
/// When the database fails.
pub async fn save(
    service: &Service,
    id: &Private<String>,
    data: &str,
    expires_at: Timestamp,
) -> Result<(), Error> {
    Ok(service
        .store
        .save_login_record(&key(id), data, expires_at)
        .await?)
}

/// Loads a record that has not expired.
///
/// # Errors
/// When the database fails.
pub async fn load(
    service: &Service,
    id: &Private<String>,
) -> Result<Option<(String, Timestamp)>, Error> {
    Ok(service
        .store
        .load_login_record(&key(id), service.now())
        .await?)
}

/// Deletes a record.
///
/// # Errors
/// When the database fails.
pub async fn delete(service: &Service, id: &Private<String>) -> Result<(), Error> {
    Ok(service.store.delete_login_record(&key(id)).await?)
}
