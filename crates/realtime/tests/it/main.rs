//! Recorded shapes: every request we send and every event we accept, against fixtures in the shapes
//! that the provider documents. One file per idea; the fixtures are the table.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod stage;
