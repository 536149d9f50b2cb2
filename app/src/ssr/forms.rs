//! Forms without JavaScript.
//!
//! A browser without script posts a form straight to its server function and shows whatever page comes back. So the
//! answer is always a redirect: on success to where the form leads, on failure to the form's own page, with the failure
//! and the fields worth keeping in a cookie that lives for a minute and is read once. Leptos' own way puts the failure
//! into the page's address instead, where it stays in the history and lets a crafted link write on our sign-in page.
//!
//! What somebody said may be longer than a cookie. The cookie then has the beginning, and this process keeps the whole
//! for as long; a browser that comes back to another process finds at least the beginning in the form.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use domain::clock::is_id;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use super::RequestContext;
use super::cookies::{SessionCookie, cookie_of_request, header_value};
use super::drafts::Drafts;
use crate::hooks::returned_form::ReturnedForm;
use crate::routes::{Page, is_way, on_the_way, query, thread};
use crate::server_fns::Failure;
use crate::server_fns::accounts::{SignIn, SignOut, SignUp};
use crate::server_fns::chat::Say;

const COOKIE: &str = "latchkey_form";
const LIFETIME: Duration = Duration::seconds(60);
/// Who has to sign in first needs longer.
const LIFETIME_SIGNED_OUT: Duration = Duration::seconds(300);
/// Longest short field that is kept, in bytes: a cookie has room for 4 KB, and percent-encoding triples.
const KEPT_BYTES: usize = 320;
/// Room of the whole cookie with its attributes, a little less than browsers give.
const ROOM: usize = 4_000;
/// What is said: the one field that may be too long for the cookie.
const CONTENT: &str = "content";
const THREAD_ID: &str = "thread_id";

/// A form that a browser posts by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainForm {
    /// The server function behind it.
    function: &'static str,
    /// Fields that may travel in the cookie; everything else, passwords above all, has to be typed again.
    kept: &'static [&'static str],
    /// The page the form is on.
    page: Page,
    /// Where a success leads.
    next: Page,
    /// Whether it is about a thread: the form's page and the page of its success are then that thread's.
    in_thread: bool,
}

const FORMS: [PlainForm; 4] = [
    PlainForm {
        function: SignIn::PATH,
        kept: &["email"],
        page: Page::SignIn,
        next: Page::Start,
        in_thread: false,
    },
    PlainForm {
        function: SignUp::PATH,
        kept: &["email", "name"],
        page: Page::SignUp,
        next: Page::Start,
        in_thread: false,
    },
    PlainForm {
        function: SignOut::PATH,
        kept: &[],
        page: Page::Start,
        next: Page::SignIn,
        in_thread: false,
    },
    PlainForm {
        function: Say::PATH,
        kept: &[CONTENT, THREAD_ID, "model", "replaces"],
        page: Page::Start,
        next: Page::Start,
        in_thread: true,
    },
];

/// What the cookie carries.
#[derive(Debug, Serialize, Deserialize)]
struct Carried {
    #[serde(flatten)]
    form: ReturnedForm,
    /// Under what the whole of a long text is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whole: Option<String>,
}

impl PlainForm {
    /// The form whose post this is, when the browser made it by itself: it then asks for a page, not for data.
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Option<Self> {
        let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
        FORMS
            .into_iter()
            .find(|form| accept.contains("text/html") && form.function == path)
    }

    /// Whether what is posted is limited by the server's limit of bodies alone.
    pub(super) fn may_be_long(self) -> bool {
        self.in_thread
    }

    /// Where somebody who signs in wanted to go before.
    pub(super) fn way(self, body: &[u8]) -> Option<String> {
        let signs_in = matches!(self.page, Page::SignIn | Page::SignUp);
        let (_, way) = form_urlencoded::parse(body).find(|(name, _)| signs_in && name == query::WAY)?;
        is_way(&way).then(|| way.into_owned())
    }

    /// Where a success with this answer leads.
    pub(super) fn next(self, answer: &Bytes) -> Cow<'static, str> {
        #[derive(Deserialize)]
        struct Answer {
            row: Row,
        }
        #[derive(Deserialize)]
        struct Row {
            thread: Thread,
        }
        #[derive(Deserialize)]
        struct Thread {
            id: String,
        }
        let said = serde_json::from_slice::<Answer>(answer).ok();
        match said.filter(|said| self.in_thread && is_id(&said.row.thread.id)) {
            Some(said) => thread(&said.row.thread.id).into(),
            None => self.next.path().into(),
        }
    }

    /// Where a failure leads: the page the form is on, as long as it is there for who posted it.
    pub(super) async fn page(self, context: &RequestContext, body: &[u8]) -> Cow<'static, str> {
        let thread_id = form_urlencoded::parse(body)
            .find(|(name, value)| self.in_thread && name == THREAD_ID && is_id(value))
            .map(|(_, value)| value);
        if let (Some(id), Some(who)) = (thread_id, context.person())
            && domain::threads::get(&context.core, who, &id).await.is_ok()
        {
            return thread(&id).into();
        }
        on_the_way(self.page, self.way(body).as_deref()).into()
    }

    /// The `Set-Cookie` value that takes a failure and the fields back to the form.
    pub(super) fn returned(self, failure: Failure, body: &[u8], cookie: &SessionCookie) -> HeaderValue {
        let signed_out = failure.code() == ErrorCode::Unauthenticated;
        let lifetime = if signed_out { LIFETIME_SIGNED_OUT } else { LIFETIME };
        let mut content = None;
        let mut values = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if !self.kept.contains(&&*name) || values.iter().any(|(known, _)| *known == *name) {
                continue;
            }
            if name == CONTENT {
                content = Some(value.into_owned());
            } else if value.len() <= KEPT_BYTES {
                values.push((name.into_owned(), value.into_owned()));
            }
        }
        let mut carried = Carried {
            form: ReturnedForm {
                function: self.function.to_owned(),
                failure,
                values,
            },
            whole: None,
        };
        if let Some(content) = content {
            let fits = |carried: &Carried, text: &str| {
                let room = ROOM.saturating_sub(written(carried, lifetime, cookie).len() + 2 * CONTENT.len() + 30);
                beginning(text, room).len()
            };
            let mut kept = fits(&carried, &content);
            if kept < content.len() {
                carried.whole = Drafts::shared().keep(&content, lifetime.unsigned_abs());
                kept = fits(&carried, &content);
            }
            let text = content[..kept].to_owned();
            carried.form.values.push((CONTENT.to_owned(), text));
        }
        written(&carried, lifetime, cookie)
    }
}

fn written(carried: &Carried, lifetime: Duration, cookie: &SessionCookie) -> HeaderValue {
    let json = serde_json::to_string(carried).unwrap_or_default();
    header_value(&cookie.build(COOKIE, &json).max_age(lifetime).build())
}

/// As much of a text as has room when it is written as JSON and then percent-encoded.
fn beginning(text: &str, room: usize) -> &str {
    let mut left = room;
    for (at, character) in text.char_indices() {
        let cost = match character {
            '0'..='9' | 'a'..='z' | 'A'..='Z' => 1,
            '\n' | '\r' | '\t' => 4,
            '"' | '\\' => 6,
            other if other.is_control() => 8,
            other => 3 * other.len_utf8(),
        };
        match left.checked_sub(cost) {
            Some(rest) => left = rest,
            None => return &text[..at],
        }
    }
    text
}

/// What came back to a form, once: the response takes the cookie away. What somebody said waits until they are signed in.
pub(crate) fn take_returned_form() -> Option<ReturnedForm> {
    let carried: Carried = serde_json::from_str(&cookie_of_request(COOKIE)?).ok()?;
    let request = use_context::<RequestContext>();
    let signed_in = request.as_ref().is_some_and(|request| request.person().is_some());
    if carried.form.function == Say::PATH && !signed_in {
        return None;
    }
    if let (Some(request), Some(response)) = (request, use_context::<ResponseOptions>()) {
        let cleared = request.cookie.build(COOKIE, "").max_age(Duration::ZERO).build();
        response.append_header(header::SET_COOKIE, header_value(&cleared));
    }
    let mut form = carried.form;
    if let Some(whole) = carried.whole.and_then(|token| Drafts::shared().take(&token))
        && let Some((_, content)) = form.values.iter_mut().find(|(name, _)| name == CONTENT)
    {
        *content = whole;
    }
    Some(form)
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
        for path in [SignIn::PATH, SignUp::PATH, SignOut::PATH, Say::PATH] {
            assert!(PlainForm::of(path, &accept("text/html,application/xhtml+xml")).is_some());
        }
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

    /// The cookie that a header sets, as the browser sends it back.
    fn carried(header: &HeaderValue) -> Carried {
        let cookie = cookie::Cookie::parse_encoded(header.to_str().unwrap().to_owned()).unwrap();
        serde_json::from_str(cookie.value()).unwrap()
    }

    fn say_refused(content: &str) -> Carried {
        let form = PlainForm::of(Say::PATH, &accept("text/html")).unwrap();
        let failure = Failure(ApiError::new(ErrorCode::Conflict, "An answer is still being written."));
        let id = "0190a2b4-0000-7000-8000-000000000000";
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("content", content)
            .append_pair("thread_id", id)
            .append_pair("attempt", "x")
            .finish();
        let header = form.returned(failure, body.as_bytes(), &SessionCookie { secure: true });
        assert!(header.len() < 4096, "{}", header.len());
        let carried = carried(&header);
        let names: Vec<&str> = carried.form.values.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["thread_id", "content"]);
        carried
    }

    #[test]
    fn what_was_said_comes_back_in_the_cookie_when_it_fits() {
        for text in [
            "Hello",
            "Two\r\nlines, \"quoted\" \\ and ünïcödé 👩‍🚀",
            &"a".repeat(3_000),
        ] {
            let carried = say_refused(text);
            assert_eq!(carried.form.values[1].1, text);
            assert_eq!(carried.whole, None);
        }
    }

    #[test]
    fn what_is_too_long_for_a_cookie_is_kept_whole_and_its_beginning_travels() {
        for piece in ["a", "ä ", "\n\"\u{1}", "👩‍🚀"] {
            let text = piece.repeat(20_000);
            let carried = say_refused(&text);
            let beginning = &carried.form.values[1].1;
            assert!(
                beginning.len() > 300 && text.starts_with(beginning.as_str()),
                "{piece:?}"
            );
            let token = carried.whole.unwrap();
            assert_eq!(Drafts::shared().take(&token).as_deref(), Some(text.as_str()));
            assert_eq!(Drafts::shared().take(&token), None, "once");
        }
    }

    #[test]
    fn a_success_leads_to_the_thread_and_nowhere_else() {
        let say = PlainForm::of(Say::PATH, &accept("text/html")).unwrap();
        let next = |answer: &str| say.next(&Bytes::from(answer.to_owned())).into_owned();
        let id = "0190a2b4-0000-7000-8000-000000000000";
        assert_eq!(
            next(&format!(
                r#"{{"row":{{"thread":{{"id":"{id}","title":"x"}}}},"answer":{{}}}}"#
            )),
            thread(id)
        );
        for answer in [
            "",
            "{}",
            r#"{"row":{"thread":{"id":"//evil.example"}}}"#,
            r#"{"row":{"thread":{"id":"../sign-in"}}}"#,
        ] {
            assert_eq!(next(answer), "/", "{answer}");
        }
        let sign_in = PlainForm::of(SignIn::PATH, &accept("text/html")).unwrap();
        let answer = Bytes::from(format!(r#"{{"row":{{"thread":{{"id":"{id}"}}}}}}"#));
        assert_eq!(sign_in.next(&answer), "/");
    }
}
