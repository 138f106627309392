//! The pages, one file per route.

mod home;
mod intake;
mod intakes;
mod missing;
mod sign_in;

pub(crate) use home::HomePage;
pub(crate) use intake::IntakePage;
pub(crate) use intakes::IntakesPage;
pub(crate) use missing::MissingPage;
pub(crate) use sign_in::SignInPage;
