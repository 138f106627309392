//! Every rule, the widest first: where two would take the same place, the earlier one does.

mod contact;
mod network;
mod numbers;
mod secrets;

use crate::pattern::Pattern;

/// All of them in order.
pub(crate) fn all() -> impl Iterator<Item = Pattern> {
    [
        network::SDP,
        secrets::ALL,
        contact::EMAIL,
        numbers::ALL,
        network::ADDRESSES,
        contact::PHONES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
