//! Sets of named bits: SCALE and JSON as the integer, in which bits without a name are refused.

/// Declares a set of bits.
macro_rules! bit_set {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident($integer:ty) {
            $($(#[$bit_attribute:meta])* $bit:ident = $value:literal,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(
            Clone,
            Copy,
            Debug,
            Default,
            PartialEq,
            Eq,
            codec::Encode,
            codec::DecodeWithMemTracking,
            codec::MaxEncodedLen,
            scale_info::TypeInfo,
            serde::Serialize,
        )]
        #[serde(transparent)]
        $visibility struct $name($integer);

        impl $name {
            $($(#[$bit_attribute])* pub const $bit: Self = Self(1 << $value);)*
            /// No bit.
            pub const EMPTY: Self = Self(0);
            /// Every bit that has a name.
            pub const ALL: Self = Self(0 $(| 1 << $value)*);

            /// The set of these bits; `None` if one of them has no name.
            pub const fn from_bits(bits: $integer) -> Option<Self> {
                if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
            }

            /// The bits.
            pub const fn bits(self) -> $integer {
                self.0
            }

            /// This and the other's.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Those that are in both.
            #[must_use]
            pub const fn common(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// Whether all of the other's are here; true for no bit.
            pub const fn contains(self, other: Self) -> bool {
                other.0 & !self.0 == 0
            }

            /// Whether there is none.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl codec::Decode for $name {
            fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
                Self::from_bits(<$integer>::decode(input)?)
                    .ok_or_else(|| codec::Error::from("bits without a meaning"))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::from_bits(<$integer as serde::Deserialize>::deserialize(deserializer)?)
                    .ok_or_else(|| serde::de::Error::custom("bits without a meaning"))
            }
        }
    };
}

pub(crate) use bit_set;

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares public items")]
mod tests {
    use codec::{DecodeAll, Encode};

    bit_set! {
        /// For the tests.
        pub struct Letters(u8) {
            /// First.
            A = 0,
            /// Third.
            C = 2,
        }
    }

    #[test]
    fn bits_without_a_name_are_refused() {
        for bits in 0..=u8::MAX {
            let expected = bits & !0b101 == 0;
            assert_eq!(Letters::from_bits(bits).is_some(), expected);
            assert_eq!(Letters::decode_all(&mut &[bits][..]).is_ok(), expected);
        }
        assert_eq!(Letters::A.with(Letters::C), Letters::ALL);
        assert_eq!(Letters::C.encode(), [Letters::C.bits()]);
        assert_eq!(Letters::C.bits(), 4);
    }

    #[test]
    fn containing_is_that_of_sets() {
        assert!(Letters::ALL.contains(Letters::A) && !Letters::A.contains(Letters::ALL));
        assert!(Letters::EMPTY.contains(Letters::EMPTY) && !Letters::EMPTY.contains(Letters::A));
        assert_eq!(Letters::ALL.common(Letters::C), Letters::C);
        assert!(Letters::A.common(Letters::C).is_empty());
    }
}
