//! A moment.

use leptos::prelude::*;

use crate::hooks::dates::{DateLocale, DateStyle, first_text, local_text, track_minutes};
use crate::hooks::reactive::effect;

/// A moment: at first in UTC and plain English, in the browser the reader's way. A relative one stays true, and shows the
/// exact one when the pointer rests on it.
#[component]
pub fn Time(
    /// RFC 3339 in UTC, as the server writes it.
    #[prop(into)]
    at: Signal<String>,
    /// How it is said.
    style: DateStyle,
    /// When the server rendered this, if it said so: a relative moment is then relative from the beginning.
    #[prop(optional, into)]
    now: Option<String>,
    /// Looks.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let locale = use_context::<DateLocale>();
    let said = RwSignal::new(None::<(String, Option<String>)>);
    effect(move || {
        let relative = style == DateStyle::Relative;
        if relative {
            track_minutes();
        }
        let locale = locale.and_then(|DateLocale(locale)| locale.get());
        let say = |style| at.with(|at| local_text(at, style, locale.as_deref()));
        said.set(Some((say(style), relative.then(|| say(DateStyle::Exact)))));
    });
    let text = move || match said.get() {
        Some((text, _)) => text,
        None => at.with(|at| first_text(at, style, now.as_deref())),
    };
    view! {
        <time
            datetime=at
            class=class
            data-tip=move || said.with(|said| said.as_ref().and_then(|(_, exact)| exact.clone()))
        >
            {text}
        </time>
    }
    .into_any()
}
