//! Tests of the dialogue engine against the shipped workflows.

mod contract;
mod conversations;
