//! Where files go.

use std::path::Path;

/// The type of the file system that a folder lies on; `None`, where the system does not tell.
#[cfg(target_os = "linux")]
pub fn of(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = procfs::process::Process::myself().and_then(|process| process.mountinfo()).ok()?;
    // Of two that lie on each other, the last one is seen.
    let seen = mounts.0.into_iter().filter(|mount| folder.starts_with(&mount.mount_point));
    seen.max_by_key(|mount| mount.mount_point.components().count()).map(|mount| mount.fs_type)
}

#[cfg(not(target_os = "linux"))]
pub fn of(_: &Path) -> Option<String> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_file_system_is_named() {
        assert_eq!(of(Path::new("/proc/self")).as_deref(), Some("proc"));
        assert_eq!(of(Path::new("/proc")).as_deref(), Some("proc"));
        assert_ne!(of(Path::new("/")).as_deref(), Some("proc"));
        assert_eq!(of(Path::new("/nowhere/at/all")), None);
    }
}
