//! JSON as the page reads it.
//!
//! The browser compiles a reader for each type it reads. This one goes by way of [`Value`] and
//! accepts only what our own server writes (structs as objects, no fractions, variants by name), so
//! each type costs a fraction of what serde_json's own reader would.

use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor, value::StrDeserializer,
};
use serde_json::{Map, Value, map};
use std::{fmt, vec};

/// The text is not what the page expects. Why does not matter there: it was made by another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not what this page expects")]
pub(crate) struct Unreadable;

/// Reads a value from JSON text.
///
/// # Errors
/// When it is not JSON, or not of that type.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    T::deserialize(Node(parse(text)?))
}

fn parse(text: &str) -> Result<Value, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable)
}

/// The fields of an object, to be taken one by one: how the page reads what has a tag in it.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads an object from JSON text.
    ///
    /// # Errors
    /// When it is not JSON, or not an object.
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        Self::of(parse(text)?)
    }

    fn of(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(Unreadable),
        }
    }

    /// Takes a field. One that is not there is null.
    ///
    /// # Errors
    /// When it is not of that type.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Unreadable> {
        T::deserialize(Node(self.value(name)))
    }

    /// Takes a field that is text, such as the tag.
    ///
    /// # Errors
    /// When it is not text.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, Unreadable> {
        self.take(name)
    }

    /// Takes a field that is an object.
    ///
    /// # Errors
    /// When it is not an object.
    pub(crate) fn fields(&mut self, name: &str) -> Result<Self, Unreadable> {
        Self::of(self.value(name))
    }

    fn value(&mut self, name: &str) -> Value {
        self.0.remove(name).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }
}

// Every refusal looks the same, so that no text is composed for nobody.
impl serde::de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// A value that is being read.
struct Node(Value);

type Read<T> = Result<T, Unreadable>;

fn integer<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Read<V::Value> {
    match (value.as_u64(), value.as_i64()) {
        (Some(number), _) => visitor.visit_u64(number),
        (None, Some(number)) => visitor.visit_i64(number),
        (None, None) => Err(Unreadable),
    }
}

macro_rules! integers {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            integer(&self.0, visitor)
        })*
    };
}

macro_rules! texts {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            match self.0 {
                Value::String(text) => visitor.visit_string(text),
                _ => Err(Unreadable),
            }
        })*
    };
}

macro_rules! never {
    ($($name:ident)*) => {
        $(fn $name<V: Visitor<'de>>(self, _: V) -> Read<V::Value> {
            Err(Unreadable)
        })*
    };
}

impl<'de> Deserializer<'de> for Node {
    type Error = Unreadable;

    integers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }
    never! { deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(_) => integer(&self.0, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Value::Object(entries) => visitor.visit_map(Entries::of(entries)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_bool(self.0.as_bool().ok_or(Unreadable)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Object(entries) => visitor.visit_map(Entries::of(entries)),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant {
                name,
                content: Value::Null,
            }),
            Value::Object(entries) => {
                let (name, content) = entries.into_iter().next().ok_or(Unreadable)?;
                visitor.visit_enum(Variant { name, content })
            }
            _ => Err(Unreadable),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_unit()
    }
}

struct Items(vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Unreadable;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        self.0
            .next()
            .map(|item| seed.deserialize(Node(item)))
            .transpose()
    }
}

struct Entries {
    rest: map::IntoIter,
    value: Value,
}

impl Entries {
    fn of(entries: Map<String, Value>) -> Self {
        Self {
            rest: entries.into_iter(),
            value: Value::Null,
        }
    }

    fn step(&mut self) -> Option<String> {
        let (name, value) = self.rest.next()?;
        self.value = value;
        Some(name)
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Unreadable;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        self.step().map(|name| read_name(seed, &name)).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<S::Value> {
        seed.deserialize(Node(self.value.take()))
    }
}

fn read_name<'de, S: DeserializeSeed<'de>>(seed: S, name: &str) -> Read<S::Value> {
    seed.deserialize(StrDeserializer::new(name))
}

struct Variant {
    name: String,
    content: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unreadable;
    type Variant = Node;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Read<(S::Value, Node)> {
        Ok((read_name(seed, &self.name)?, Node(self.content)))
    }
}

impl<'de> VariantAccess<'de> for Node {
    type Error = Unreadable;

    fn unit_variant(self) -> Read<()> {
        match self.0 {
            Value::Null => Ok(()),
            _ => Err(Unreadable),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Read<S::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        text: String,
        flag: bool,
        small: u8,
        negative: i64,
        none: Option<u32>,
        some: Option<Box<str>>,
        list: Vec<(u8, String)>,
        plain: Choice,
        holding: Choice,
        named: Choice,
        nothing: (),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        Plain,
        Holding(i32),
        Named { text: String },
    }

    fn everything() -> Everything {
        Everything {
            text: "“é”\n".into(),
            flag: true,
            small: 255,
            negative: i64::MIN,
            none: None,
            some: Some("x".into()),
            list: vec![(1, "a".into()), (2, "b".into())],
            plain: Choice::Plain,
            holding: Choice::Holding(-1),
            named: Choice::Named { text: "y".into() },
            nothing: (),
        }
    }

    #[test]
    fn what_serde_json_writes_is_read() {
        let text = serde_json::to_string(&everything()).unwrap();
        assert_eq!(read(&text), Ok(everything()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let text = serde_json::to_string(&everything()).unwrap();
        for (from, to) in [
            ("255", "256"),
            ("true", "1"),
            ("\"Plain\"", "\"Other\""),
            ("\"flag\"", "\"other\""),
            ("-1", "-1.5"),
            ("null,\"some\"", "\"\",\"some\""),
        ] {
            let broken = text.replacen(from, to, 1);
            assert_ne!(broken, text);
            assert_eq!(
                read::<Everything>(&broken),
                Err(Unreadable),
                "{from} → {to}"
            );
        }
        assert_eq!(read::<()>("[]"), Err(Unreadable));
        assert_eq!(read::<Vec<u8>>("[1"), Err(Unreadable));
    }

    #[test]
    fn fields_are_taken_one_by_one() {
        let mut fields = Fields::read(r#"{"kind":"a","inner":{"n":3}}"#).unwrap();
        assert_eq!(fields.text("kind").as_deref(), Ok("a"));
        assert_eq!(fields.fields("inner").unwrap().take("n"), Ok(3_u32));
        assert_eq!(fields.take::<Option<u8>>("gone"), Ok(None));
        assert_eq!(fields.take::<u8>("gone"), Err(Unreadable));
        assert!(Fields::read("[]").is_err());
    }
}
