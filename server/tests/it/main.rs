//! The whole process over HTTP, with the rehearsal provider on the wire.

#[cfg(test)]
mod stage;

#[cfg(test)]
mod access;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod direct;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod leash;
#[cfg(test)]
mod other_clients;
#[cfg(test)]
mod provider_check;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod trouble;
