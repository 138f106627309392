//! Ctrl-C: the children get the signal themselves (same process group). This process stays to wait
//! for them and to clean up, and stops at the next step.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub(crate) fn listen() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("Ctrl-C cannot be listened to")
}

pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

pub(crate) fn check() -> Result<()> {
    if is_interrupted() {
        bail!("interrupted")
    } else {
        Ok(())
    }
}
