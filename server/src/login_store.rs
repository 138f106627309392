//! The session layer's store, an adapter over the service's login records. The cookie's id goes no
//! further than here: rows are keyed by its hash, and hold none of it.

use async_trait::async_trait;
use domain::{Private, Timestamp};
use service::{Error, Service, login_records};
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error as SessionError, Result},
};

/// The store.
#[derive(Debug, Clone)]
pub(crate) struct LoginStore(pub(crate) Service);

#[expect(clippy::needless_pass_by_value, reason = "an error ends here")]
fn backend(error: Error) -> SessionError {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "a login record could not be handled"
    );
    SessionError::Backend("the login record could not be handled".into())
}

fn key(id: &Id) -> Private<String> {
    Private::new(id.to_string())
}

fn encode(record: &Record) -> Result<(String, Timestamp)> {
    let data = serde_json::to_string(&record.data)
        .map_err(|error| SessionError::Encode(error.to_string()))?;
    Ok((
        data,
        Timestamp::from_micros(
            record
                .expiry_date
                .unix_timestamp()
                .saturating_mul(1_000_000),
        ),
    ))
}

#[async_trait]
impl SessionStore for LoginStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (data, expires_at) = encode(record)?;
        while !login_records::create(&self.0, &key(&record.id), &data, expires_at)
            .await
            .map_err(backend)?
        {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (data, expires_at) = encode(record)?;
        login_records::save(&self.0, &key(&record.id), &data, expires_at)
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, expires_at)) = login_records::load(&self.0, &key(id))
            .await
            .map_err(backend)?
        else {
            return Ok(None);
        };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|error| SessionError::Decode(error.to_string()))?;
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(expires_at.as_seconds())
            .map_err(|error| SessionError::Decode(error.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        login_records::delete(&self.0, &key(id))
            .await
            .map_err(backend)
    }
}
