//! The contract of the store, run on every database there is: SQLite always, PostgreSQL when the
//! tests are given a server.

#[cfg(test)]
mod allowances;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod behind;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod intakes;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod people;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod standings;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod workflows;
#[cfg(test)]
mod world;
