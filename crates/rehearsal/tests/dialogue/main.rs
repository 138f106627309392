//! Tests of the dialogue engine against the shipped workflows.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod spoken;
