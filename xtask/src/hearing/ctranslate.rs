//! The weights file of CTranslate2, as far as a Whisper model in 16-bit numbers uses it, and the names
//! its tensors have in the published model.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::safetensors::Tensor;

/// The number by which the file marks 16-bit floating point.
const HALF: u8 = 4;
/// Whisper's attention heads are 64 wide in every size.
const HEAD: usize = 64;

pub(super) struct Model<'b> {
    tensors: BTreeMap<String, Tensor<'b>>,
}

/// The sizes of the network, read from its tensors.
pub(super) struct Shape {
    pub(super) vocabulary: usize,
    width: usize,
    mel_bins: usize,
    sound_positions: usize,
    text_positions: usize,
    encoder_layers: usize,
    decoder_layers: usize,
}

impl Shape {
    /// The published model's `config.json`.
    pub(super) fn config(&self) -> Value {
        json!({
            "model_type": "whisper",
            "vocab_size": self.vocabulary,
            "num_mel_bins": self.mel_bins,
            "d_model": self.width,
            "max_source_positions": self.sound_positions,
            "max_target_positions": self.text_positions,
            "encoder_layers": self.encoder_layers,
            "encoder_attention_heads": self.width / HEAD,
            "decoder_layers": self.decoder_layers,
            "decoder_attention_heads": self.width / HEAD,
        })
    }
}

impl<'b> Model<'b> {
    pub(super) fn parse(bytes: &'b [u8]) -> Result<Self> {
        let mut reader = Reader(bytes);
        let version = reader.number(4)?;
        ensure!(
            version == 6,
            "version {version} of the weights file is not known"
        );
        let kind = reader.text()?;
        ensure!(
            kind == "WhisperSpec",
            "the file holds a `{kind}`, not Whisper"
        );
        reader.number(4)?;
        let count = reader.number(4)?;
        let mut tensors = BTreeMap::new();
        for _ in 0..count {
            let name = reader.text()?;
            let rank = reader.number(1)?;
            let shape = (0..rank)
                .map(|_| reader.number(4))
                .collect::<Result<Vec<_>>>()?;
            let kind = reader.take(1)?;
            let length = reader.number(4)?;
            let data = reader.take(length)?;
            // Besides weights there are a few settings of other kinds, which the published model keeps elsewhere.
            if kind == [HALF] {
                ensure!(
                    shape.iter().product::<usize>() * 2 == length,
                    "`{name}` has another size than its shape"
                );
                tensors.insert(
                    name,
                    Tensor {
                        shape,
                        data: data.into(),
                    },
                );
            }
        }
        Ok(Self { tensors })
    }

    fn tensor(&self, name: &str) -> Result<&Tensor<'b>> {
        self.tensors
            .get(name)
            .with_context(|| format!("the weights have no `{name}`"))
    }

    fn size(&self, name: &str, dimension: usize) -> Result<usize> {
        self.tensor(name)?
            .shape
            .get(dimension)
            .copied()
            .with_context(|| format!("`{name}` has too few dimensions"))
    }

    pub(super) fn shape(&self) -> Result<Shape> {
        let layers = |side: &str| {
            (0..)
                .take_while(|layer| {
                    self.tensors
                        .contains_key(&format!("{side}/layer_{layer}/ffn/linear_0/weight"))
                })
                .count()
        };
        Ok(Shape {
            vocabulary: self.size("decoder/embeddings/weight", 0)?,
            width: self.size("decoder/embeddings/weight", 1)?,
            mel_bins: self.size("encoder/conv1/weight", 1)?,
            sound_positions: self.size("encoder/position_encodings/encodings", 0)?,
            text_positions: self.size("decoder/position_encodings/encodings", 0)?,
            encoder_layers: layers("encoder"),
            decoder_layers: layers("decoder"),
        })
    }

    /// The tensors under the names and in the pieces of the published model.
    pub(super) fn named_as_published(&self, shape: &Shape) -> Result<BTreeMap<String, Tensor<'b>>> {
        let mut out = Published {
            model: self,
            width: shape.width,
            tensors: BTreeMap::new(),
        };
        for conv in ["conv1", "conv2"] {
            out.layer(&format!("encoder.{conv}"), &format!("encoder/{conv}"))?;
        }
        out.whole("decoder.embed_tokens.weight", "decoder/embeddings/weight")?;
        for (side, layers) in [
            ("encoder", shape.encoder_layers),
            ("decoder", shape.decoder_layers),
        ] {
            ensure!(layers > 0, "the weights have no {side}");
            out.whole(
                &format!("{side}.embed_positions.weight"),
                &format!("{side}/position_encodings/encodings"),
            )?;
            out.norm(&format!("{side}.layer_norm"), &format!("{side}/layer_norm"))?;
            for layer in 0..layers {
                let (to, from) = (
                    format!("{side}.layers.{layer}"),
                    format!("{side}/layer_{layer}"),
                );
                let own = format!("{from}/self_attention");
                // The three projections of self-attention lie in one tensor; the published one has no bias for keys.
                out.pieces(
                    &format!("{to}.self_attn"),
                    &format!("{own}/linear_0"),
                    &["q_proj", "k_proj", "v_proj"],
                )?;
                out.layer(
                    &format!("{to}.self_attn.out_proj"),
                    &format!("{own}/linear_1"),
                )?;
                out.norm(
                    &format!("{to}.self_attn_layer_norm"),
                    &format!("{own}/layer_norm"),
                )?;
                if side == "decoder" {
                    let cross = format!("{from}/attention");
                    out.layer(
                        &format!("{to}.encoder_attn.q_proj"),
                        &format!("{cross}/linear_0"),
                    )?;
                    out.pieces(
                        &format!("{to}.encoder_attn"),
                        &format!("{cross}/linear_1"),
                        &["k_proj", "v_proj"],
                    )?;
                    out.layer(
                        &format!("{to}.encoder_attn.out_proj"),
                        &format!("{cross}/linear_2"),
                    )?;
                    out.norm(
                        &format!("{to}.encoder_attn_layer_norm"),
                        &format!("{cross}/layer_norm"),
                    )?;
                }
                out.layer(&format!("{to}.fc1"), &format!("{from}/ffn/linear_0"))?;
                out.layer(&format!("{to}.fc2"), &format!("{from}/ffn/linear_1"))?;
                out.norm(
                    &format!("{to}.final_layer_norm"),
                    &format!("{from}/ffn/layer_norm"),
                )?;
            }
        }
        Ok(out.tensors)
    }
}

struct Published<'m, 'b> {
    model: &'m Model<'b>,
    width: usize,
    tensors: BTreeMap<String, Tensor<'b>>,
}

impl Published<'_, '_> {
    fn whole(&mut self, to: &str, from: &str) -> Result<()> {
        let tensor = self.model.tensor(from)?.clone();
        self.tensors.insert(format!("model.{to}"), tensor);
        Ok(())
    }

    fn layer(&mut self, to: &str, from: &str) -> Result<()> {
        self.whole(&format!("{to}.weight"), &format!("{from}/weight"))?;
        self.whole(&format!("{to}.bias"), &format!("{from}/bias"))
    }

    fn norm(&mut self, to: &str, from: &str) -> Result<()> {
        self.whole(&format!("{to}.weight"), &format!("{from}/gamma"))?;
        self.whole(&format!("{to}.bias"), &format!("{from}/beta"))
    }

    fn pieces(&mut self, to: &str, from: &str, names: &[&str]) -> Result<()> {
        for (at, name) in names.iter().enumerate() {
            let piece = |part: &str| {
                let name = format!("{from}/{part}");
                self.model
                    .tensor(&name)?
                    .rows(at * self.width, self.width)
                    .with_context(|| format!("`{name}` has too few rows"))
            };
            let (weight, bias) = (piece("weight")?, piece("bias")?);
            self.tensors
                .insert(format!("model.{to}.{name}.weight"), weight);
            if *name != "k_proj" {
                self.tensors.insert(format!("model.{to}.{name}.bias"), bias);
            }
        }
        Ok(())
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8]> {
        let Some((head, tail)) = self.0.split_at_checked(length) else {
            bail!("the weights file is cut short")
        };
        self.0 = tail;
        Ok(head)
    }

    /// A little-endian number of that many bytes.
    fn number(&mut self, bytes: usize) -> Result<usize> {
        Ok(self
            .take(bytes)?
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// A length, that many bytes of text, the last of which is zero.
    fn text(&mut self) -> Result<String> {
        let length = self.number(2)?;
        let text = self.take(length)?;
        Ok(std::str::from_utf8(text.strip_suffix(b"\0").unwrap_or(text))?.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Model;

    fn file(version: u32, kind: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = version.to_le_bytes().to_vec();
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend(u16::try_from(text.len() + 1).unwrap().to_le_bytes());
            bytes.extend(text.as_bytes());
            bytes.push(0);
        };
        text(&mut bytes, kind);
        bytes.extend([3, 0, 0, 0, 1, 0, 0, 0]);
        text(&mut bytes, "a/weight");
        bytes.extend([2, 2, 0, 0, 0, 1, 0, 0, 0, 4]);
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn tensors_are_read_by_name() {
        let bytes = file(6, "WhisperSpec", &[1, 2, 3, 4]);
        let model = Model::parse(&bytes).unwrap();
        let tensor = model.tensor("a/weight").unwrap();
        assert_eq!(
            (tensor.shape.as_slice(), tensor.data.as_ref()),
            (&[2, 1][..], &[1, 2, 3, 4][..])
        );
        assert_eq!(tensor.rows(1, 1).unwrap().data.as_ref(), [3, 4]);
        assert!(tensor.rows(1, 2).is_none());
    }

    #[test]
    fn another_file_is_refused() {
        let good = file(6, "WhisperSpec", &[1, 2, 3, 4]);
        assert!(Model::parse(&good[..good.len() - 1]).is_err());
        assert!(Model::parse(&file(5, "WhisperSpec", &[1, 2, 3, 4])).is_err());
        assert!(Model::parse(&file(6, "TransformerSpec", &[1, 2, 3, 4])).is_err());
        assert!(Model::parse(&file(6, "WhisperSpec", &[1, 2])).is_err());
    }
}
