//! Tests of the dialogue engine against the shipped workflows.

#[cfg(test)]
mod call;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod fields_right;
#[cfg(test)]
mod prompts;
#[cfg(test)]
mod spoken;
#[cfg(test)]
mod spoken_corpus;
