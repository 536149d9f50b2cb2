//! Forms without JavaScript.
//!
//! A browser without script posts a form straight to its server function and shows whatever page comes back. So the
//! answer is always a redirect: on success to where the form leads, on failure to the form's own page, with the failure
//! and the fields worth keeping in a cookie that lives for a minute and is read once. Leptos' own way puts the failure
//! into the page's address instead, where it stays in the history and lets a crafted link write on our sign-in page.

use axum::http::{HeaderMap, HeaderValue, header};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_axum::ResponseOptions;

use super::RequestContext;
use super::cookies::{SessionCookie, cookie_of_request, header_value};
use crate::hooks::server_form::ReturnedForm;
use crate::routes::Page;
use crate::server_fns::Failure;
use crate::server_fns::accounts::{SignIn, SignOut, SignUp};

const COOKIE: &str = "latchkey_form";
const LIFETIME: cookie::time::Duration = cookie::time::Duration::seconds(60);
/// Fields that may travel in the cookie; everything else, passwords above all, has to be typed again.
const KEPT_FIELDS: [&str; 2] = ["email", "name"];
/// Longest field that is kept, in bytes: a cookie has room for 4 KB, and percent-encoding triples.
const KEPT_BYTES: usize = 320;

/// A form that a browser posts by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainForm {
    /// The server function behind it.
    function: &'static str,
    /// The page the form is on.
    page: Page,
    /// Where a success leads.
    next: Page,
}

impl PlainForm {
    /// The form whose post this is, when the browser made it by itself: it then asks for a page, not for data.
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
        let forms = [
            Self {
                function: SignIn::PATH,
                page: Page::SignIn,
                next: Page::Start,
            },
            Self {
                function: SignUp::PATH,
                page: Page::SignUp,
                next: Page::Start,
            },
            Self {
                function: SignOut::PATH,
                page: Page::Start,
                next: Page::SignIn,
            },
        ];
        forms
            .into_iter()
            .find(|form| accept.contains("text/html") && form.function == path)
    }

    /// Where a success leads.
    pub(super) fn next(self) -> Page {
        self.next
    }

    /// The page the form is on.
    pub(super) fn page(self) -> Page {
        self.page
    }

    /// The `Set-Cookie` value that takes a failure and the fields back to the form.
    pub(super) fn returned(self, failure: Failure, body: &[u8], cookie: &SessionCookie) -> HeaderValue {
        let values = form_urlencoded::parse(body)
            .filter(|(name, value)| KEPT_FIELDS.contains(&&**name) && value.len() <= KEPT_BYTES)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .take(KEPT_FIELDS.len())
            .collect();
        let returned = ReturnedForm {
            function: self.function.to_owned(),
            failure,
            values,
        };
        let json = serde_json::to_string(&returned).unwrap_or_default();
        header_value(&cookie.build(COOKIE, &json).max_age(LIFETIME).build())
    }
}

/// What came back to the form of a server function, once: the response takes the cookie away.
pub(crate) fn take_returned_form(function: &str) -> Option<ReturnedForm> {
    let returned: ReturnedForm = serde_json::from_str(&cookie_of_request(COOKIE)?).ok()?;
    if returned.function != function {
        return None;
    }
    if let (Some(request), Some(response)) = (use_context::<RequestContext>(), use_context::<ResponseOptions>()) {
        let cleared = request
            .cookie
            .build(COOKIE, "")
            .max_age(cookie::time::Duration::ZERO)
            .build();
        response.append_header(header::SET_COOKIE, header_value(&cleared));
    }
    Some(returned)
}

#[cfg(test)]
mod tests {
    use types::{ApiError, ErrorCode};

    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn only_a_browsers_own_post_is_a_plain_form() {
        assert!(PlainForm::of(SignIn::PATH, &accept("text/html,application/xhtml+xml")).is_some());
        assert!(PlainForm::of(SignIn::PATH, &accept("application/json")).is_none());
        assert!(PlainForm::of("/_fn/unknown", &accept("text/html")).is_none());
        assert!(PlainForm::of(SignIn::PATH, &HeaderMap::new()).is_none());
    }

    #[test]
    fn a_password_never_comes_back() {
        let form = PlainForm::of(SignUp::PATH, &accept("text/html")).unwrap();
        let failure = Failure(ApiError::new(ErrorCode::EmailTaken, "Taken."));
        let body = b"name=Mara&email=mara%40example.org&password=hunter22&PASSWORD=hunter22";
        let header = form.returned(failure, body, &SessionCookie { secure: false });
        let text = header.to_str().unwrap();
        assert!(text.contains("mara%40example.org"));
        assert!(!text.contains("hunter22"));
    }

    #[test]
    fn what_is_kept_fits_a_cookie() {
        let form = PlainForm::of(SignUp::PATH, &accept("text/html")).unwrap();
        let failure = Failure(ApiError::new(ErrorCode::InvalidRequest, "No."));
        let long = |field: &str, length: usize| format!("{field}={}", "%C3%A4".repeat(length));
        let body = [long("name", 160), long("email", 160), long("name", 4000)].join("&");
        let header = form.returned(failure, body.as_bytes(), &SessionCookie { secure: true });
        assert!(header.len() < 4096, "{}", header.len());
    }
}
