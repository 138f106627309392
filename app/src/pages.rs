//! The pages, one file per route.

mod apart;
mod home;
mod intake;
mod intakes;
mod missing;
mod running;
mod sign_in;

pub(crate) use home::HomeRoute;
pub(crate) use intake::IntakePage;
pub(crate) use intakes::IntakesRoute;
pub(crate) use missing::MissingPage;
pub(crate) use running::RunningRoute;
pub(crate) use sign_in::SignInRoute;
