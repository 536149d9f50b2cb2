//! The JSON between the server and its own pages: the document's data, server functions and the live feed. On the server
//! serde writes and reads it; in the browser, which has a reader of its own, [`value`] hands that reader's values on to
//! serde. A JSON parser and decoders for every order of fields would be a fifth of the WASM that everybody loads first.

#[cfg(not(feature = "ssr"))]
mod value;

use leptos::serde_json;
use leptos::server::SharedValue;
use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Post;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "ssr")]
pub use serde_json::Error as Unreadable;
#[cfg(not(feature = "ssr"))]
pub use value::Unreadable;

/// How server functions take their arguments and give their answers.
pub type Wire = Post<Json>;

/// JSON, for server functions and for what a document brings along.
#[derive(Debug, Clone, Copy)]
pub struct Json;

/// Reads JSON that the server wrote.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, Unreadable> {
    #[cfg(feature = "ssr")]
    return serde_json::from_str(json);
    #[cfg(not(feature = "ssr"))]
    return value::read(json);
}

/// What only the server can know: made there, and taken from the document in the browser, which renders with the same.
pub(crate) fn handed_on<T: Serialize + DeserializeOwned>(make: impl FnOnce() -> T) -> T {
    SharedValue::<T, Json>::new_with_encoding(make).into_inner()
}

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<leptos::server_fn::Bytes, Self::Error> {
        serde_json::to_vec(value).map(Into::into)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = Unreadable;

    fn decode(json: leptos::server_fn::Bytes) -> Result<T, Self::Error> {
        #[cfg(feature = "ssr")]
        return serde_json::from_slice(&json);
        #[cfg(not(feature = "ssr"))]
        return std::str::from_utf8(&json).map_err(|_| Unreadable).and_then(read);
    }
}

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<Self::Encoded, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(json: &Self::Encoded) -> Result<T, Self::Error> {
        read(json)
    }
}
