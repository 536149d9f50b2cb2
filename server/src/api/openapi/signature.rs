//! What a handler's signature says of its route.

use axum::extract::{Extension, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::Response;
use schemars::JsonSchema;

use super::{Given, Need, Operation, Schemas};
use crate::AppState;
use crate::api::body::{Json, Lenient, Optional};
use crate::api::idempotent::{Created, IdempotencyKey};
use crate::api::problem::Problem;
use crate::api::query::{Ids, Params};
use crate::auth::{Caller, KeyCaller};

/// A parameter of a handler.
pub trait Part {
    /// Notes what it takes from the request.
    fn note(_: &mut Operation) {}
}

/// What a handler gives back.
pub trait Outcome {
    /// Notes the answer.
    fn note(_: &mut Operation) {}
}

/// A handler whose signature can be read; `Parts` are its parameters.
pub trait Described<Parts> {
    /// Notes what it takes and gives.
    fn describe(operation: &mut Operation);
}

macro_rules! described {
    ($($part:ident),*) => {
        impl<F, Fut, Out, $($part,)*> Described<($($part,)*)> for F
        where
            F: FnOnce($($part,)*) -> Fut,
            Fut: Future<Output = Out>,
            Out: Outcome,
            $($part: Part,)*
        {
            fn describe(operation: &mut Operation) {
                $($part::note(operation);)*
                Out::note(operation);
            }
        }
    };
}
described!();
described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);
described!(A, B, C, D, E);
described!(A, B, C, D, E, G);
described!(A, B, C, D, E, G, H);
described!(A, B, C, D, E, G, H, I);

impl Part for State<AppState> {}
impl Part for Extensions {}
impl Part for HeaderMap {}
impl Part for Request {}
impl<T> Part for Extension<T> {}

impl Part for Caller {
    fn note(operation: &mut Operation) {
        operation.takes.caller = true;
    }
}

impl Part for KeyCaller {
    fn note(operation: &mut Operation) {
        operation.takes.key = true;
    }
}

impl<T> Part for Ids<T> {
    fn note(operation: &mut Operation) {
        operation.takes.path = true;
    }
}

impl Part for IdempotencyKey {
    fn note(operation: &mut Operation) {
        operation.takes.idempotency_key = true;
    }
}

impl<T: JsonSchema> Part for Params<T> {
    fn note(operation: &mut Operation) {
        operation.takes.query.push(Schemas::properties::<T>);
    }
}

impl<T: JsonSchema> Part for Json<T> {
    fn note(operation: &mut Operation) {
        operation.takes.body = Some((Schemas::incoming::<T>, Need::Required));
    }
}

impl<T: JsonSchema> Part for Lenient<T> {
    fn note(operation: &mut Operation) {
        Json::<T>::note(operation);
    }
}

impl<T: JsonSchema> Part for Optional<T> {
    fn note(operation: &mut Operation) {
        operation.takes.body = Some((Schemas::incoming::<T>, Need::Optional));
    }
}

impl<T: Outcome> Outcome for Result<T, Problem> {
    fn note(operation: &mut Operation) {
        T::note(operation);
    }
}

/// Its answers stand in the table.
impl Outcome for Response {}

impl<T: JsonSchema> Outcome for axum::Json<T> {
    fn note(operation: &mut Operation) {
        operation.gives.push(Given::json::<T>(200, "What was asked for."));
    }
}

/// Handlers that answer with a bare status have done what they should and have nothing to say.
impl Outcome for StatusCode {
    fn note(operation: &mut Operation) {
        operation.gives.push(Given::nothing(204, "Done."));
    }
}

impl<T: JsonSchema> Outcome for Created<T> {
    fn note(operation: &mut Operation) {
        let given = Given::json::<T>(201, "Made.").with("Idempotent-Replayed");
        operation.gives.push(given);
    }
}
