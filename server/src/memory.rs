//! How the process treats memory.

/// Has large blocks go back to the system as soon as they are freed. A password's hash takes 19 MB for
/// a moment; glibc takes the first such block as a sign that more will come, and keeps up to twice as
/// much in each of its arenas from then on: ten sign-ins left the process at 230 MB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back_what_is_large() {
    /// Blocks of this size and more, in bytes, are the system's and not an arena's.
    const LARGE: libc::c_int = 1 << 20;
    // SAFETY: it takes two numbers and keeps one; what it does not know it refuses.
    #[expect(unsafe_code, reason = "the C library has no other way to say it")]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

/// Other allocators do so by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn give_back_what_is_large() {}
