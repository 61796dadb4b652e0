//! The desktop's side: the ordinary file system. Everything that is read comes through one door (`door.rs`), and everything that is
//! written is written so that a crash or a full disk never harms an older file (`write.rs`).

mod door;
mod folders;
mod locks;
mod memory;
#[cfg(test)]
mod tests;
mod write;

pub(super) use memory::free_memory;
pub use pollster::block_on;

/// Files and folders of this machine.
pub mod files {
    pub use super::door::{read, read_own, read_range, size};
    pub(crate) use super::door::{read_inside, read_start};
    pub(crate) use super::folders::clear_temporaries;
    pub use super::folders::{create_dir, create_dir_all, exists, is_dir, is_file, list};
    pub use super::locks::lock;
    pub(crate) use super::write::append_synced;
    pub use super::write::write_atomic;
}
