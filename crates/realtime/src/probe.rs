//! What only a check of the provider does: the product itself never takes these roads.

use crate::{
    Provider,
    provider::{CREATE_TIMEOUT, CreateCallError, CreatedCall},
};
use domain::{Private, sdp::SdpOffer};

impl Provider {
    /// Makes a call as a browser in direct mode does: the offer alone, with a secret. One attempt.
    ///
    /// # Errors
    /// When there is no call, or one that cannot be used.
    pub async fn create_with_secret(
        &self,
        offer: &SdpOffer,
        secret: &Private<String>,
    ) -> Result<CreatedCall, CreateCallError> {
        let deadline = self.clock().now() + CREATE_TIMEOUT;
        self.offer_by(deadline, offer, secret).await
    }
}
