//! SQLite and PostgreSQL: one SQL text for both, and rows that stay in here.
//!
//! Every query about a tenant takes the [`WorkspaceId`](domain::WorkspaceId) and filters by it in
//! SQL. What is not there is `None`. Only limits and leases use the database's clock; every other time
//! is an argument.

mod store;

pub mod allowance;
pub mod audit;
pub mod event;
pub mod field;
pub mod intake;
pub mod lease;
pub mod limit;
pub mod list;
pub mod login;
mod meta;
pub mod person;
pub mod secret;
pub mod session;
mod tool;
pub mod workflow;

mod db;
mod error;
mod readers;
mod row;
mod writer;

pub use allowance::{Spender, Talk};
pub use error::StoreError;
pub use event::StoredEvent;
pub use field::{FieldConflict, FieldRevision, StoredField};
pub use intake::StoredIntake;
pub use lease::TakenLease;
pub use limit::Taken;
pub use list::{IntakeFilter, IntakeRow, Readable, Status};
pub use login::{LoginFacts, NewLogin};
pub use person::{NewUser, UserRow, Workspace};
pub use row::AtRest;
pub use secret::{NewSecret, SecretFacts, SecretFate};
pub use store::{Store, StoreOptions, Synchronous, Tx};
pub use workflow::NewWorkflow;
