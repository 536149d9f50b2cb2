//! The list of keys: a table, cards where there is little room.

use std::cmp::Ordering;

use leptos::prelude::*;
use leptos::web_sys::js_sys::{Array, JsString, Object};
use types::api_keys::ApiKey;

use super::expiry::Expiry;
use super::row::KeyRow;
use super::store::Keys;
use super::usage::Endpoints;
use crate::components::icons::{Glyph, Icon};
use crate::components::ui::card::CARD;
use crate::components::ui::select::{Choice, Select};
use crate::components::ui::skeleton::Skeleton;
use crate::hooks::each::each;
use crate::hooks::order::sort;
use crate::hooks::reactive::memo;

/// Up to so many keys are seen at a glance; more can be sorted and searched.
const MANY: usize = 10;

const NOTHING_FOUND: &str = "No key has that in its name, prefix or team.";

const BY_NAME: &str = "name";
const BY_USE: &str = "used";
const BY_END: &str = "expires";

/// The list, what helps to find something in it, and what holds for all keys.
#[component]
pub fn KeyList(
    /// The keys.
    keys: Keys,
    /// Asks whether a key should be revoked.
    revoking: RwSignal<Option<ApiKey>>,
) -> impl IntoView {
    let sort = RwSignal::new(String::new());
    let filter = RwSignal::new(String::new());
    let many = memo(move || keys.list.with(|list| list.len() > MANY));
    let shown = memo(move || {
        let (sort, filter) = if many.get() {
            (sort.get(), filter.get())
        } else {
            (String::new(), String::new())
        };
        keys.list
            .with(|list| arranged(list, keys.now.get(), &sort, filter.trim()))
    });

    view! {
        {move || many.get().then(|| view! { <Finder sort filter /> })}
        <div class=CARD>
            <table role="table" aria-label="API keys" class="block w-full text-left text-sm @min-[50rem]:table">
                <thead
                    role="rowgroup"
                    class="hidden bg-sunken text-xs text-muted @min-[50rem]:table-header-group"
                >
                    <tr role="row">
                        <th role="columnheader" scope="col" class="py-2 pr-4 pl-4 font-medium">"Name"</th>
                        <th role="columnheader" scope="col" class="px-3 font-medium">"Scope"</th>
                        <th role="columnheader" scope="col" class="px-3 font-medium">"Created"</th>
                        <th role="columnheader" scope="col" class="px-3 font-medium whitespace-nowrap">"Last used"</th>
                        <th role="columnheader" scope="col" class="px-3 font-medium">"Expires"</th>
                        <th role="columnheader" scope="col" class="px-4">
                            <span class="sr-only">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup" class="block @min-[50rem]:table-row-group">
                    {each(
                        move || shown.get(),
                        |key| key.id.clone(),
                        move |key| view! { <KeyRow keys key revoking /> }.into_any(),
                    )}
                </tbody>
            </table>
            {move || {
                shown
                    .with(Vec::is_empty)
                    .then(|| {
                        view! {
                            <p class="border-line px-4 py-10 text-center text-sm text-muted @min-[50rem]:border-t">
                                {NOTHING_FOUND}
                            </p>
                        }
                    })
            }}
        </div>
        <p role="status" class="sr-only">
            {move || {
                let found = shown.with(Vec::len);
                let searching = many.get() && filter.with(|filter| !filter.trim().is_empty());
                match (searching, found) {
                    (false, _) => String::new(),
                    (true, 0) => NOTHING_FOUND.to_owned(),
                    (true, 1) => "1 key found".to_owned(),
                    (true, found) => found.to_string() + " keys found",
                }
            }}
        </p>
    }
    .into_any()
}

/// What is shown, in its order: expired keys are last, whatever the order.
fn arranged(list: &[ApiKey], now: i64, by: &str, filter: &str) -> Vec<ApiKey> {
    let wanted = (!filter.is_empty()).then(|| folded(filter));
    let mut shown: Vec<ApiKey> = list
        .iter()
        .filter(|key| wanted.as_ref().is_none_or(|wanted| contains(key, wanted)))
        .cloned()
        .collect();
    sort(&mut shown, |a, b| {
        let over = |key: &ApiKey| Expiry::of(key.expires_at.as_deref(), now) == Expiry::Over;
        over(a).cmp(&over(b)).then_with(|| match by {
            BY_NAME => in_dictionary(&a.name, &b.name),
            BY_USE => b.last_used_at.cmp(&a.last_used_at),
            // What has no end comes last.
            BY_END => (a.expires_at.is_none(), &a.expires_at).cmp(&(b.expires_at.is_none(), &b.expires_at)),
            _ => Ordering::Equal,
        })
    });
    shown
}

fn contains(key: &ApiKey, wanted: &str) -> bool {
    let team = key.team.as_ref().map_or("Personal", |team| team.name.as_str());
    [key.name.as_str(), key.key_prefix.as_str(), team]
        .into_iter()
        .any(|text| folded(text).contains(wanted))
}

/// Without upper case. The browser has the tables for it; they need not be brought along. Only in the browser, where
/// alone anything is searched or sorted.
fn folded(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// The order of a dictionary in the reader's language.
fn in_dictionary(a: &str, b: &str) -> Ordering {
    JsString::from(a)
        .locale_compare(b, &Array::new(), &Object::new())
        .cmp(&0)
}

/// Filter and order.
#[component]
fn Finder(sort: RwSignal<String>, filter: RwSignal<String>) -> impl IntoView {
    let orders = [
        ("", "Newest first"),
        (BY_NAME, "By name"),
        (BY_USE, "Last used first"),
        (BY_END, "Expiring first"),
    ];
    let orders = orders.map(|(value, label)| Choice::new(value, label)).to_vec();
    view! {
        <div class="mb-3 flex flex-wrap gap-2">
            <div class="relative min-w-36 grow @min-[50rem]:max-w-72">
                <span class="pointer-events-none absolute inset-y-0 left-3 flex items-center text-muted">
                    <Glyph icon=Icon::Search />
                </span>
                <input
                    type="search"
                    aria-label="Filter keys"
                    placeholder="Filter"
                    autocomplete="off"
                    class="h-9 w-full rounded-lg border border-control bg-surface pr-3 pl-9 text-sm focus-visible:border-accent focus-visible:outline-offset-0 pointer-coarse:min-h-11 pointer-coarse:text-[16px]"
                    on:input=move |event| filter.set(event_target_value(&event))
                />
            </div>
            <div class="w-44">
                <Select
                    label="Order"
                    id="key-order"
                    bare=true
                    choices=Signal::stored(orders)
                    value=sort
                    on_change=move |value| sort.set(value)
                />
            </div>
        </div>
    }
    .into_any()
}

/// The list's shape, while it is on its way.
#[component]
pub fn KeyListSkeleton() -> impl IntoView {
    let rows = (0..3)
        .map(|_| {
            view! {
                <div class="flex items-center gap-6 border-t border-line px-4 py-3.5 first:border-t-0">
                    <div class="flex grow flex-col gap-2">
                        <Skeleton class="h-3.5 w-36" />
                        <Skeleton class="h-3 w-20" />
                    </div>
                    <span class="hidden @min-[50rem]:block">
                        <Skeleton class="h-5 w-20 rounded-full" />
                    </span>
                    <span class="hidden @min-[50rem]:block">
                        <Skeleton class="h-3.5 w-24" />
                    </span>
                    <span class="hidden @min-[50rem]:block">
                        <Skeleton class="h-3.5 w-24" />
                    </span>
                    <Skeleton class="h-3.5 w-14" />
                </div>
            }
        })
        .collect_view();
    view! {
        <div aria-busy="true" class=CARD>
            <span class="sr-only">"Loading your keys"</span>
            <div class="hidden h-8 bg-sunken @min-[50rem]:block"></div>
            {rows}
        </div>
    }
    .into_any()
}

/// How many keys are in use, and what they may call.
#[component]
pub fn KeyFacts(
    /// The keys.
    keys: Keys,
) -> impl IntoView {
    let count = move || {
        let limit = keys.about.with(|about| about.limit);
        keys.live().to_string() + " of " + &limit.to_string() + " keys in use"
    };
    let endpoints = move || {
        let endpoints = keys.about.with(|about| about.endpoints.clone());
        if endpoints.is_empty() {
            view! { <span class="text-warn">"No endpoint is open to keys yet."</span> }.into_any()
        } else {
            view! { <Endpoints endpoints /> }.into_any()
        }
    };
    view! {
        <div class="mt-4 flex flex-wrap items-center justify-between gap-2 text-xs text-muted">
            <span>{count}</span>
            {endpoints}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, last_used_at: Option<&str>, expires_at: Option<&str>) -> ApiKey {
        ApiKey {
            id: id.to_owned(),
            name: id.to_owned(),
            key_prefix: "sk-a1b2c3".to_owned(),
            team_id: None,
            team: None,
            last_used_at: last_used_at.map(ToOwned::to_owned),
            expires_at: expires_at.map(ToOwned::to_owned),
            created_at: "2026-01-01T00:00:00.000Z".to_owned(),
        }
    }

    fn order(sort: &str) -> String {
        let now = crate::hooks::dates::parse("2026-11-23T10:00:00Z").unwrap();
        let list = [
            key("a", None, Some("2026-11-20T00:00:00.000Z")),
            key("b", Some("2026-11-01T00:00:00.000Z"), None),
            key("c", None, Some("2027-11-20T00:00:00.000Z")),
            key("d", Some("2026-11-02T00:00:00.000Z"), Some("2026-12-20T00:00:00.000Z")),
            key("e", Some("2026-11-22T00:00:00.000Z"), Some("2025-11-20T00:00:00.000Z")),
        ];
        arranged(&list, now, sort, "").into_iter().map(|key| key.id).collect()
    }

    #[test]
    fn expired_keys_are_last_in_every_order() {
        assert_eq!(order(""), "bcdae");
        assert_eq!(order(BY_USE), "dbcea");
        assert_eq!(order(BY_END), "dcbea");
    }
}
