//! The table of routes, which is also the reference: a route is added with what is to be said about it, and what a handler
//! takes and gives is read from its signature. There is no other way for a route into the API, so none can be forgotten.

mod document;
mod errors;
mod examples;
mod schemas;
mod signature;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use schemars::JsonSchema;
use serde_json::Value;
use types::ErrorCode;

use crate::AppState;

pub use document::Document;
use document::document;
pub(crate) use examples::example;
pub(crate) use schemas::Schemas;
pub use signature::{Described, Outcome, Part};

/// Routes with their descriptions.
pub struct Api {
    router: Router<AppState>,
    tags: Vec<Tag>,
    operations: Vec<Operation>,
}

/// A chapter of the reference.
#[derive(Debug, Clone, Copy)]
pub struct Tag {
    /// Its heading.
    pub name: &'static str,
    /// What it is about, in a sentence or two.
    pub about: &'static str,
}

/// A route with its method.
#[derive(Debug, Clone)]
pub struct Operation {
    id: &'static str,
    summary: &'static str,
    about: &'static str,
    method: Method,
    path: &'static str,
    tag: &'static str,
    people_only: bool,
    refuses: Vec<ErrorCode>,
    headers: Vec<HeaderParameter>,
    sample: Option<Value>,
    takes: Takes,
    gives: Vec<Given>,
}

/// A header that a request may carry.
#[derive(Debug, Clone, Copy)]
pub struct HeaderParameter {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What it must be, as a regular expression; none where what makes no sense is ignored.
    pub pattern: Option<&'static str>,
}

/// What a handler takes, read from its signature.
#[derive(Debug, Clone, Default)]
pub struct Takes {
    caller: bool,
    /// A key, and nothing else will do.
    key: bool,
    path: bool,
    idempotency_key: bool,
    query: Vec<Shape>,
    body: Option<(Shape, Need)>,
    file: &'static [&'static str],
    form: Option<Value>,
}

/// Whether a body must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may be left out.
    Optional,
}

/// What describes a type: made when the document is.
pub(crate) type Shape = fn(&mut Schemas) -> Value;

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Given {
    status: u16,
    about: &'static str,
    bodies: Vec<(&'static str, Content)>,
    headers: Vec<&'static str>,
}

/// A body of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content {
    /// JSON of a type.
    Json(Shape),
    /// An object of whatever shape.
    Object,
    /// A text, with an example of it.
    Text(&'static str),
    /// Bytes that are no text.
    File,
    /// A stream of events of a type, with an example.
    Events(Shape, &'static str),
}

impl Given {
    /// An answer without a body.
    pub fn nothing(status: u16, about: &'static str) -> Self {
        Self {
            status,
            about,
            bodies: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// JSON of a type.
    pub fn json<T: JsonSchema>(status: u16, about: &'static str) -> Self {
        Self::nothing(status, about).or_json::<T>()
    }

    /// Also JSON of a type, as the caller wishes.
    #[must_use]
    pub fn or_json<T: JsonSchema>(mut self) -> Self {
        self.bodies
            .push(("application/json", Content::Json(Schemas::outgoing::<T>)));
        self
    }

    /// Also a JSON object that is described elsewhere.
    #[must_use]
    pub fn or_object(mut self) -> Self {
        self.bodies.push(("application/json", Content::Object));
        self
    }

    /// Also a text.
    #[must_use]
    pub fn or_text(mut self, media_type: &'static str, example: &'static str) -> Self {
        self.bodies.push((media_type, Content::Text(example)));
        self
    }

    /// Also a file that is no text.
    #[must_use]
    pub fn or_file(mut self, media_type: &'static str) -> Self {
        self.bodies.push((media_type, Content::File));
        self
    }

    /// Also events of a type.
    #[must_use]
    pub fn or_events<T: JsonSchema>(mut self, example: &'static str) -> Self {
        self.bodies
            .push(("text/event-stream", Content::Events(Schemas::outgoing::<T>, example)));
        self
    }

    /// With a header; its description is the document's.
    #[must_use]
    pub fn with(mut self, header: &'static str) -> Self {
        self.headers.push(header);
        self
    }
}

/// What is said about a route.
pub fn operation(id: &'static str, summary: &'static str) -> Operation {
    Operation {
        id,
        summary,
        about: "",
        method: Method::GET,
        path: "",
        tag: "",
        people_only: false,
        refuses: Vec::new(),
        headers: Vec::new(),
        sample: None,
        takes: Takes::default(),
        gives: Vec::new(),
    }
}

impl Operation {
    /// More than fits the summary, as Markdown.
    #[must_use]
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Reasons to refuse that its signature doesn't show.
    #[must_use]
    pub fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refuses.extend_from_slice(codes);
        self
    }

    /// Not for API keys, whatever the allow-list says.
    #[must_use]
    pub fn people_only(mut self) -> Self {
        self.people_only = true;
        self
    }

    /// A body to send, as an example.
    #[must_use]
    pub fn sample(mut self, body: Value) -> Self {
        self.sample = Some(body);
        self
    }

    /// Its body is a file of one of these media types, received as it comes.
    #[must_use]
    pub fn takes_file(mut self, media_types: &'static [&'static str]) -> Self {
        self.takes.file = media_types;
        self
    }

    /// Its body is a form with a file in it, of this schema.
    #[must_use]
    pub fn takes_form(mut self, schema: Value) -> Self {
        self.takes.form = Some(schema);
        self
    }

    /// A header it looks at.
    #[must_use]
    pub fn header(mut self, header: HeaderParameter) -> Self {
        self.headers.push(header);
        self
    }

    /// A successful answer that its signature doesn't show.
    #[must_use]
    pub fn gives(mut self, given: Given) -> Self {
        self.gives.push(given);
        self
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            router: Router::new(),
            tags: Vec::new(),
            operations: Vec::new(),
        }
    }
}

impl Api {
    /// Begins a chapter: the routes that follow are in it.
    #[must_use]
    pub fn tag(mut self, name: &'static str, about: &'static str) -> Self {
        self.tags.push(Tag { name, about });
        self
    }

    /// A route that reads.
    #[must_use]
    pub fn get<H, T, D>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, AppState> + Described<D>,
        T: 'static,
    {
        self.add(Method::GET, MethodFilter::GET, path, handler, operation)
    }

    /// A route that makes something or sets something going.
    #[must_use]
    pub fn post<H, T, D>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, AppState> + Described<D>,
        T: 'static,
    {
        self.add(Method::POST, MethodFilter::POST, path, handler, operation)
    }

    /// A route that changes something.
    #[must_use]
    pub fn patch<H, T, D>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, AppState> + Described<D>,
        T: 'static,
    {
        self.add(Method::PATCH, MethodFilter::PATCH, path, handler, operation)
    }

    /// A route that removes something.
    #[must_use]
    pub fn delete<H, T, D>(self, path: &'static str, handler: H, operation: Operation) -> Self
    where
        H: Handler<T, AppState> + Described<D>,
        T: 'static,
    {
        self.add(Method::DELETE, MethodFilter::DELETE, path, handler, operation)
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the routes of the API come from")]
    fn add<H, T, D>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
        mut operation: Operation,
    ) -> Self
    where
        H: Handler<T, AppState> + Described<D>,
        T: 'static,
    {
        H::describe(&mut operation);
        operation.method = method;
        operation.path = path;
        operation.tag = self.tags.last().map_or("", |tag| tag.name);
        self.operations.push(operation);
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    /// The routes, and the document about them.
    pub fn finish(self, state: &AppState) -> (Router<AppState>, Document) {
        let document = document(&self.tags, &self.operations, state);
        (self.router, document)
    }
}
