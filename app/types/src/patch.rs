//! The three states of a field in a PATCH body.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field of a change request: left alone, cleared, or set.
///
/// Use with `#[serde(default, skip_serializing_if = "Patch::is_absent")]`; without `default` an absent field would be
/// an error instead of [`Patch::Absent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field was not in the body: leave the value as it is.
    #[default]
    Absent,
    /// The field was `null`: clear the value.
    Null,
    /// The field had a value: set it.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the field was not in the body.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value to write, when there is something to write: `Some(None)` clears.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
