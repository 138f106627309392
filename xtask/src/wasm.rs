//! What has to be known of a wasm file's outside: a header, and sections with a kind and a length.

use anyhow::{Context, Result, bail};

const HEADER: usize = 8;
/// Names for stack traces and notes for tools; a browser asks for none of them.
const CUSTOM: u8 = 0;

/// The same code without its custom sections.
pub(crate) fn without_custom_sections(wasm: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = wasm
        .split_at_checked(HEADER)
        .filter(|(header, _)| header.starts_with(b"\0asm"))
        .context("this is no wasm file")?;
    let mut kept = header.to_vec();
    while let Some((kind, after)) = rest.split_first() {
        let (length, contents) = number(after)?;
        let head = rest.len() - contents.len();
        let (section, next) = rest
            .split_at_checked(head + length)
            .context("a section of the wasm file is cut off")?;
        if *kind != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = next;
    }
    Ok(kept)
}

/// A 32-bit number in LEB128, and what follows it.
fn number(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok((number, bytes.get(place + 1..).unwrap_or_default()));
        }
    }
    bail!("a length in the wasm file does not end");
}

#[cfg(test)]
mod tests {
    use super::without_custom_sections;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    fn section(kind: u8, contents: &[u8]) -> Vec<u8> {
        // The length in two bytes, as linkers write it.
        let length = u8::try_from(contents.len()).unwrap();
        [&[kind, length | 0x80, 0], contents].concat()
    }

    #[test]
    fn only_custom_sections_go() {
        let (types, code) = (section(1, b"types"), section(10, b"code"));
        let names = section(0, b"\x04name...");
        let whole = [HEADER, &names, &types, &names, &code, &names].concat();
        assert_eq!(
            without_custom_sections(&whole).unwrap(),
            [HEADER, &types, &code].concat()
        );
    }

    #[test]
    fn what_is_no_wasm_file_is_refused() {
        let cut = [HEADER, &[1, 9, 0]].concat();
        let endless = [HEADER, &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0]].concat();
        for wrong in [&b"\0asm"[..], b"<html></html>", &cut, &endless] {
            assert!(without_custom_sections(wrong).is_err());
        }
    }
}
