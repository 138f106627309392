//! Starting after a crash: every call on record is hung up before the server answers anybody.

use crate::{Error, Service, keep_leash};
use domain::session::EndReason;

/// Ends what the process before this one left running. Control of those calls was lost with it.
///
/// # Errors
/// When the database fails. A provider that does not answer is no error: its calls stay pending, and
/// the leash goes on trying.
pub async fn recover(service: &Service) -> Result<usize, Error> {
    keep_leash::end_all(service, EndReason::ControlLost).await
}
