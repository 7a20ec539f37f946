//! Modules as they are read and written by section: what only shows at run time otherwise, what nobody needs there.

use std::iter;

use anyhow::{Result, ensure};
use wasmparser::{Parser, Payload, TypeRef};

/// Fails unless the module imports a shared memory: without one it compiles, and fails in the browser.
pub fn ensure_memory_is_shared(module: &[u8]) -> Result<()> {
    let mut shared = false;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                shared |= matches!(import?.ty, TypeRef::Memory(memory) if memory.shared);
            }
        }
    }
    ensure!(
        shared,
        "the module does not import a shared memory: were --shared-memory and --import-memory passed to the linker?"
    );
    Ok(())
}

/// The module without its custom sections: names, and what only linkers read.
pub fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    const HEADER_BYTES: usize = 8;
    let mut left = module[..HEADER_BYTES.min(module.len())].to_vec();
    for payload in Parser::new(0).parse_all(module) {
        if let Some((id, place)) = payload?.as_section().filter(|(id, _)| *id != 0) {
            left.push(id);
            left.extend(leb128(place.len()));
            left.extend(&module[place]);
        }
    }
    Ok(left)
}

/// A number as modules have it: seven bits a byte, the lowest first.
fn leb128(number: usize) -> impl Iterator<Item = u8> {
    let pieces = iter::successors(Some(number), |rest| Some(rest >> 7).filter(|rest| *rest > 0));
    pieces.map(|rest| (rest & 0x7f) as u8 | if rest > 0x7f { 0x80 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    fn check(sections: &[u8], expected: bool) {
        let module = [HEADER, sections].concat();
        assert_eq!(ensure_memory_is_shared(&module).is_ok(), expected, "{sections:x?}");
    }

    #[test]
    fn only_an_imported_shared_memory_counts() {
        check(b"", false);
        // Section 2 with one import, "e" "m", kind 2 = memory; then flags (1 has a maximum, 2 shared), limits.
        check(b"\x02\x08\x01\x01e\x01m\x02\x00\x01", false);
        check(b"\x02\x09\x01\x01e\x01m\x02\x01\x01\x02", false);
        check(b"\x02\x09\x01\x01e\x01m\x02\x03\x01\x02", true);
        // A function of type 0 before the memory.
        check(b"\x02\x0f\x02\x01e\x01f\x00\x00\x01e\x01m\x02\x03\x01\x02", true);
        // Section 5: a shared memory of its own, which no other thread could join.
        check(b"\x05\x04\x01\x03\x01\x02", false);
        assert!(ensure_memory_is_shared(b"no module").is_err());
    }

    #[test]
    fn custom_sections_go_and_all_others_stay() -> Result<()> {
        // Custom sections "a" before and after one of 200 empty types, which has a length of two bytes.
        let custom = [0, 3, 1, b'a', 7];
        let types = [&[1, 0xda, 0x04, 200, 1][..], &[0x60, 0, 0].repeat(200)].concat();
        let module = [HEADER, &custom, &types, &custom].concat();
        assert_eq!(without_custom_sections(&module)?, [HEADER, &types].concat());
        assert!(without_custom_sections(b"no module").is_err());
        Ok(())
    }
}
