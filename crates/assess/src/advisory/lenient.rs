//! Values of the wrong type do not fail a document: they are read as absent and remembered as wrong.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A text, or a number in place of one.
#[derive(Clone, Debug, Default)]
pub(super) enum Text<'a> {
    #[default]
    Absent,
    Wrong,
    Is(Cow<'a, str>),
}

impl Text<'_> {
    pub(super) fn get(&self) -> &str {
        match self {
            Text::Is(text) => text,
            Text::Absent | Text::Wrong => "",
        }
    }
}

/// An object.
#[derive(Clone, Debug, Default)]
pub(super) enum Object<T> {
    #[default]
    Absent,
    Wrong,
    Is(T),
}

impl<T> Object<T> {
    pub(super) fn get(&self) -> Option<&T> {
        match self {
            Object::Is(value) => Some(value),
            Object::Absent | Object::Wrong => None,
        }
    }
}

/// An array of anything; `wrong` when there is something else in its place.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
    pub(super) wrong: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { items: Vec::new(), wrong: false }
    }
}

/// A number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number(pub(super) Option<f64>);

/// Takes whatever else stands there and drops it.
macro_rules! drop_containers {
    ($lifetime:lifetime, $wrong:expr) => {
        fn visit_seq<A: SeqAccess<$lifetime>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            Ok($wrong)
        }
    };
}

macro_rules! drop_maps {
    ($lifetime:lifetime, $wrong:expr) => {
        fn visit_map<A: MapAccess<$lifetime>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($wrong)
        }
    };
}

macro_rules! drop_scalars {
    ($wrong:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($wrong)
        }
    };
}

macro_rules! drop_numbers {
    ($wrong:expr) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($wrong)
        }
    };
}

macro_rules! drop_texts {
    ($wrong:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($wrong)
        }
    };
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text::Is(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text::Is(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text::Is(Cow::Owned(number.to_string())))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text::Is(Cow::Owned(number.to_string())))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Text::Is(Cow::Owned(number.to_string())))
            }
            drop_scalars!(Text::Wrong);
            drop_containers!('de, Text::Wrong);
            drop_maps!('de, Text::Wrong);
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Number(u32::try_from(number).ok().map(f64::from)))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Number(i32::try_from(number).ok().map(f64::from)))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Number(Some(number)))
            }
            drop_texts!(Number(None));
            drop_scalars!(Number(None));
            drop_containers!('de, Number(None));
            drop_maps!('de, Number(None));
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object::Is)
            }
            drop_texts!(Object::Wrong);
            drop_numbers!(Object::Wrong);
            drop_scalars!(Object::Wrong);
            drop_containers!('de, Object::Wrong);
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = sequence.next_element()? {
                    items.push(item);
                }
                Ok(List { items, wrong: false })
            }
            drop_texts!(List { items: Vec::new(), wrong: true });
            drop_numbers!(List { items: Vec::new(), wrong: true });
            drop_scalars!(List { items: Vec::new(), wrong: true });
            drop_maps!('de, List { items: Vec::new(), wrong: true });
        }
        deserializer.deserialize_any(Reader(PhantomData))
    }
}
