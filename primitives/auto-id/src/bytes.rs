//! Fixed-size byte strings with a name: SCALE as plain bytes, JSON and `Debug` as `0x` hex.

use alloc::string::String;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Serialises bytes as `0x` hex.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&alloc::format!("0x{}", hex::encode(bytes)))
}

/// Deserialises exactly `N` bytes from hex with or without `0x`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(&text), &mut bytes)
        .map_err(|error| D::Error::custom(alloc::format!("expected {N} bytes of hex: {error}")))?;
    Ok(bytes)
}

/// Declares a named byte string of a fixed size.
macro_rules! byte_array {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident($size:literal);) => {
        $(#[$attribute])*
        #[derive(
            Clone,
            Copy,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            codec::Encode,
            codec::Decode,
            codec::DecodeWithMemTracking,
            codec::MaxEncodedLen,
            scale_info::TypeInfo,
        )]
        $visibility struct $name(pub [u8; $size]);

        impl core::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<[u8; $size]> for $name {
            fn from(bytes: [u8; $size]) -> Self {
                Self(bytes)
            }
        }

        impl From<$name> for [u8; $size] {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::bytes::serialize(&self.0, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::bytes::deserialize(deserializer).map(Self)
            }
        }
    };
}

pub(crate) use byte_array;
