//! The memory of this worker: how large it is, and what of that is its own.

use core::arch::wasm32;

/// The length of a page of WebAssembly.
pub const PAGE_BYTES: usize = 64 << 10;

#[cfg(feature = "threads")]
#[expect(unsafe_code, reason = "only the linker knows it")]
unsafe extern "C" {
    /// The linker puts it where the memory ends that it lays out.
    static __heap_end: u8;
}

/// How many bytes a memory begins with: as many as the module wants, whose data lies there. wasm-bindgen has added a page
/// to those of the linker; that fewer than it wants are none, every run would show.
#[cfg(feature = "threads")]
pub fn first_bytes() -> usize {
    (&raw const __heap_end as usize).next_multiple_of(PAGE_BYTES) + PAGE_BYTES
}

/// How large it is, in bytes. It never shrinks.
pub fn bytes() -> u64 {
    (wasm32::memory_size(0) * PAGE_BYTES) as u64
}

/// What of it teams before left behind, in bytes, if this worker is a team that begins.
pub fn left_bytes() -> u64 {
    #[cfg(feature = "threads")]
    return bytes().saturating_sub(first_bytes() as u64);
    // Without threads each team has a new one.
    #[cfg(not(feature = "threads"))]
    return 0;
}
