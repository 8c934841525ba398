//! JSON of amounts: decimal strings, because JavaScript's numbers end at 2⁵³. And of names: text.

/// An amount as a decimal string.
pub(crate) mod amount {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Balance;

    /// Serialises an amount.
    pub(crate) fn serialize<S: Serializer>(
        amount: &Balance,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    /// Deserialises an amount.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Balance, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A name as text; what is not UTF-8 in it is replaced.
pub(crate) mod name {
    use bounded_collections::{BoundedVec, ConstU32};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Serialises a name.
    pub(crate) fn serialize<S: Serializer>(name: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(name))
    }

    /// Deserialises a name.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const LENGTH: u32>(
        deserializer: D,
    ) -> Result<BoundedVec<u8, ConstU32<LENGTH>>, D::Error> {
        String::deserialize(deserializer)?
            .into_bytes()
            .try_into()
            .map_err(|_| serde::de::Error::custom("the name is too long"))
    }
}

/// [`crate::ChainAmounts`] as a list of chains and amounts.
mod chain_amounts {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::{Balance, ChainAmounts, ChainId};

    #[derive(Serialize, Deserialize)]
    struct Entry {
        chain: ChainId,
        #[serde(with = "super::amount")]
        amount: Balance,
    }

    impl Serialize for ChainAmounts {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter().map(|(chain, amount)| Entry { chain, amount }))
        }
    }

    impl<'de> Deserialize<'de> for ChainAmounts {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut amounts = Self::default();
            for Entry { chain, amount } in Vec::<Entry>::deserialize(deserializer)? {
                amounts
                    .add(chain, amount)
                    .map_err(serde::de::Error::custom)?;
            }
            Ok(amounts)
        }
    }
}
