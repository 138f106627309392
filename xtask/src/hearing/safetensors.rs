//! The safetensors format: a header in JSON that says where each tensor lies, then the bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Map, json};

/// A tensor of 16-bit floating point numbers, row by row.
#[derive(Clone)]
pub(super) struct Tensor<'b> {
    pub(super) shape: Vec<usize>,
    pub(super) data: Cow<'b, [u8]>,
}

impl Tensor<'_> {
    /// Some of its rows.
    pub(super) fn rows(&self, from: usize, count: usize) -> Option<Self> {
        let (rows, rest) = self.shape.split_first()?;
        let row = 2 * rest.iter().product::<usize>();
        let end = from.checked_add(count).filter(|end| end <= rows)?;
        let data = self.data.get(from * row..end * row)?.to_vec();
        let shape = std::iter::once(count).chain(rest.iter().copied()).collect();
        Some(Self {
            shape,
            data: data.into(),
        })
    }
}

/// The file that holds these tensors.
pub(super) fn file(tensors: &BTreeMap<String, Tensor<'_>>) -> Result<Vec<u8>> {
    let mut header = Map::new();
    header.insert("__metadata__".into(), json!({ "format": "pt" }));
    let mut end = 0;
    for (name, tensor) in tensors {
        let start = end;
        end += tensor.data.len();
        header.insert(
            name.clone(),
            json!({ "dtype": "F16", "shape": tensor.shape, "data_offsets": [start, end] }),
        );
    }
    let mut header = serde_json::to_vec(&header)?;
    // The data begins at a multiple of eight.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = u64::try_from(header.len())?.to_le_bytes().to_vec();
    bytes.extend(header);
    for tensor in tensors.values() {
        bytes.extend_from_slice(&tensor.data);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Tensor, file};
    use std::collections::BTreeMap;

    #[test]
    fn the_header_says_where_each_tensor_lies() {
        let tensor = |data: &'static [u8]| Tensor {
            shape: vec![data.len() / 2],
            data: data.into(),
        };
        let bytes = file(&BTreeMap::from([
            ("a".to_owned(), tensor(&[1, 2])),
            ("b".to_owned(), tensor(&[3, 4, 5, 6])),
        ]))
        .unwrap();
        let length = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        assert_eq!(length % 8, 0);
        assert_eq!(header["b"]["data_offsets"], serde_json::json!([2, 6]));
        assert_eq!(bytes[8 + length..], [1, 2, 3, 4, 5, 6]);
    }
}
