//! What JSON Schema can say of the texts that come in, for the API's reference. The rules themselves are the domain's.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::Patch;

/// White space as Rust trims it; the `\s` of regular expressions differs from one engine to the next.
macro_rules! white {
    () => {
        r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    };
}
macro_rules! control {
    () => {
        r"\u0000-\u001f\u007f-\u009f"
    };
}
/// What turns the reading direction.
macro_rules! turning {
    () => {
        r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    };
}

/// A name on one line of at most so many characters between the first and the last. White space around it does not count.
macro_rules! name {
    ($inner:literal) => {
        concat!(
            "^[",
            white!(),
            "]*[^",
            white!(),
            control!(),
            turning!(),
            "]([^",
            control!(),
            turning!(),
            "]{0,",
            $inner,
            "}[^",
            white!(),
            control!(),
            turning!(),
            "])?[",
            white!(),
            "]*$"
        )
    };
}

/// A name of at most 100 characters: something in it that shows, no control characters, none that turn the reading direction.
pub const NAME: &str = name!("98");
/// The same of at most 200.
pub const TITLE: &str = name!("198");
/// A [`NAME`], or nothing.
pub const NAME_OR_NOTHING: &str = concat!(name!("98"), "|^[", white!(), "]*$");
/// A [`TITLE`], or nothing.
pub const TITLE_OR_NOTHING: &str = concat!(name!("198"), "|^[", white!(), "]*$");
/// A text of many lines with something in it.
pub const BODY: &str = concat!(r"^[^\u0000]*[^\u0000", white!(), r"][^\u0000]*$");
/// A text of many lines, or nothing.
pub const TEXT: &str = r"^[^\u0000]*$";
/// Enough to tell a typing mistake in an e-mail address.
pub const EMAIL: &str = concat!(
    "^[",
    white!(),
    "]*[^@",
    white!(),
    control!(),
    "]+@[^@.",
    white!(),
    control!(),
    "]",
    "([^@",
    white!(),
    control!(),
    "]*[^@.",
    white!(),
    control!(),
    "])?[",
    white!(),
    "]*$",
);
/// A language tag.
pub const LANGUAGE: &str =
    r"^([a-zA-Z]{2,3}|[a-zA-Z]{5,8})(-[a-zA-Z]{4})?(-([a-zA-Z]{2}|[0-9]{3}))?(-[0-9a-zA-Z]{2,8})*$";

/// Absent, null or a value: a property that may be left out, of a type that may be null.
impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}
