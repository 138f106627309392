//! The one entrance to the world's time and chance: clock, ids, supervised tasks. Everything else
//! gets them as arguments, so that tests can move time and shutdown can wait.

mod clock;
mod ids;
mod tasks;

pub use clock::{Clock, ManualClock};
pub use ids::Ids;
pub use tasks::Tasks;
