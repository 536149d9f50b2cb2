//! What of the frame is open, and the ways through it.

use leptos::html::Form;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlDocument;

use super::address::{Address, use_address};
use crate::hooks::reactive::memo;
use crate::routes;

/// The frame's state, for whoever stands in it.
#[derive(Clone, Copy)]
pub struct Ui {
    /// On a phone: whether the sidebar is open.
    pub drawer: RwSignal<bool>,
    /// On a wide screen: whether the sidebar is only a strip of icons.
    pub collapsed: RwSignal<bool>,
    /// Whether search-and-go is open.
    pub palette: RwSignal<bool>,
    /// Whether the list of shortcuts is open.
    pub shortcuts: RwSignal<bool>,
    /// On a phone: what the bar at the top says, if the page knows better than the list of threads. Set it in an `Effect`,
    /// and take it back in `on_cleanup`.
    pub title: RwSignal<Option<String>>,
    /// On a phone: what the page adds to the bar at the top, a menu for example. As with [`Self::title`].
    pub actions: RwSignal<Option<ViewFn>>,
    /// The form that signs out; it is always in the document.
    pub(crate) sign_out: NodeRef<Form>,
    address: Address,
    thread: Memo<Option<String>>,
}

impl Ui {
    /// Name of the cookie that keeps the sidebar as it was left, and its value for a strip.
    pub(crate) const COOKIE: (&'static str, &'static str) = ("sidebar", "collapsed");

    /// The path of the page on show, and follows it.
    pub fn path(self) -> String {
        self.address.path()
    }

    /// Id of the thread on show, and follows it.
    pub fn thread(self) -> Option<String> {
        self.thread.get()
    }

    /// Whether a thread is on show, and follows that.
    pub fn shows(self, id: &str) -> bool {
        self.thread.with(|thread| thread.as_deref() == Some(id))
    }

    /// On the start page: id of the project that the new chat is to lie in; and follows it.
    pub fn asked_project(self) -> Option<String> {
        self.address.param(routes::query::PROJECT)
    }

    /// Goes to a page without loading a new document.
    pub fn go(self, path: impl AsRef<str>) {
        self.address.go(path.as_ref());
    }

    /// The same in place of the page on show: the back button will not come here.
    pub fn replace(self, path: impl AsRef<str>) {
        self.address.replace(path.as_ref());
    }

    /// Opens the settings at a section, over the page on show.
    pub fn go_to_settings(self, section: &str) {
        self.go(untrack(|| {
            self.address.with_param(routes::query::SETTINGS, Some(section))
        }));
    }

    /// Signs out by a plain form post on purpose: the new document that follows keeps nothing of this one in memory.
    pub fn sign_out(self) {
        if let Some(form) = self.sign_out.get_untracked() {
            _ = form.request_submit();
        }
    }

    /// Makes the sidebar a strip or whole, here and in the documents to come.
    pub fn collapse(self, collapsed: bool) {
        let (name, value) = Self::COOKIE;
        let (value, age) = if collapsed { (value, "31536000") } else { ("", "0") };
        let cookie = [name, "=", value, "; Path=/; SameSite=Lax; Max-Age=", age].concat();
        _ = document().unchecked_into::<HtmlDocument>().set_cookie(&cookie);
        self.collapsed.set(collapsed);
    }
}

/// Makes the [`Ui`] available to everything below.
pub(crate) fn provide_ui(collapsed: bool) -> Ui {
    let address = use_address();
    let ui = Ui {
        drawer: RwSignal::new(false),
        collapsed: RwSignal::new(collapsed),
        palette: RwSignal::new(false),
        shortcuts: RwSignal::new(false),
        title: RwSignal::new(None),
        actions: RwSignal::new(None),
        sign_out: NodeRef::new(),
        address,
        thread: memo(move || address.with_path(|path| routes::thread_at(path).map(ToOwned::to_owned))),
    };
    provide_context(ui);
    ui
}

/// The [`Ui`] of the frame. Only within it.
pub fn use_ui() -> Ui {
    expect_context()
}
