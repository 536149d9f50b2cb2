//! What the person has used, and how much their plan gives.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::Date;
use types::usage::{GroupBy, UsageAnswer, UsagePeriod};

use super::why;
use crate::components::icons::Icon;
use crate::components::ui::bar::bar;
use crate::components::ui::card::{CARD, TABLE, TD, TH, THEAD, TR};
use crate::components::ui::segmented::SegmentedControl;
use crate::components::ui::select::Choice;
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::{EmptyState, ErrorState};
use crate::components::ui::time::Time;
use crate::contexts::session::use_session;
use crate::hooks::dates::DateStyle;
use crate::hooks::numbers::grouped;
use crate::hooks::reactive::effect;
use crate::server_fns::usage::my_usage;

const BY: [(GroupBy, &str, &str); 3] = [
    (GroupBy::Day, "day", "Day"),
    (GroupBy::Model, "model", "Model"),
    (GroupBy::Key, "key", "Key"),
];

#[component]
pub(super) fn Usage() -> impl IntoView {
    let by = RwSignal::new(GroupBy::Day);
    let fetched = RwSignal::new(None::<Result<UsageAnswer, String>>);
    let fetch = move |wanted: GroupBy| {
        spawn_local(async move {
            let answer = my_usage(wanted).await.map_err(|failure| why(&failure));
            if by.try_get_untracked() == Some(wanted) {
                fetched.set(Some(answer));
            }
        });
    };
    effect(move || fetch(by.get()));
    let chosen = move || {
        let name = BY.iter().find(|(known, ..)| *known == by.get());
        name.map_or_else(String::new, |(_, value, _)| (*value).to_owned())
    };
    let choose = move |value: String| {
        if let Some((known, ..)) = BY.iter().find(|(_, name, _)| *name == value) {
            by.set(*known);
        }
    };
    let retry = move || {
        fetched.set(None);
        fetch(by.get_untracked());
    };
    let month = move || match fetched.get() {
        None => view! { <Skeleton class="mt-2 h-24 w-full" /> }.into_any(),
        Some(Err(message)) => view! { <ErrorState message on_retry=move |()| retry() /> }.into_any(),
        Some(Ok(answer)) => view! { <Month answer /> }.into_any(),
    };
    let periods = move || match fetched.get() {
        None => view! { <Skeleton class="h-56 w-full" /> }.into_any(),
        Some(Err(_)) => ().into_any(),
        Some(Ok(answer)) => view! { <Periods answer /> }.into_any(),
    };
    view! {
        <div aria-busy=move || fetched.with(Option::is_none).then_some("true")>{month}</div>
        <div class="mt-5 mb-3 flex flex-wrap items-center justify-between gap-2">
            <h3 class="text-sm font-semibold">"Last 30 days"</h3>
            <SegmentedControl
                label="Add up"
                id="usage-by"
                choices=BY.iter().map(|(_, value, label)| Choice::new(*value, *label)).collect()
                value=Signal::derive(chosen)
                on_change=choose
                bare=true
            />
        </div>
        {periods}
    }
    .into_any()
}

/// What of the plan is used this month.
#[component]
fn Month(answer: UsageAnswer) -> impl IntoView {
    let plan = untrack(|| use_session().read(|person| person.plan_name.clone())).unwrap_or_default();
    let used = answer.messages_this_month;
    let of = match answer.monthly_limit {
        Some(limit) => [" of ", &grouped(limit.into()), " messages"].concat(),
        None if used == 1 => " message".to_owned(),
        None => " messages".to_owned(),
    };
    let share = answer.monthly_limit.map(|limit| share(used, limit.into()));
    let tokens = [
        grouped(answer.tokens_this_month.prompt),
        " tokens in, ".to_owned(),
        grouped(answer.tokens_this_month.completion),
        " out".to_owned(),
    ]
    .concat();
    let full = share == Some(100);
    let meter = share.map(|share| {
        view! {
            <div class="mt-3">{bar(share, if full { "h-2 fill-danger" } else { "h-2 fill-accent" })}</div>
        }
    });
    view! {
        <section class=[CARD, "mt-2 px-4 py-3.5"].join(" ")>
            <div class="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
                <p class="text-sm">
                    <span class="text-xl font-semibold tracking-tight">{grouped(used)}</span>
                    {of} " this month"
                </p>
                <p class="text-xs text-muted">{plan} " plan"</p>
            </div>
            {meter}
            <p class="mt-2.5 text-xs text-muted">
                {tokens} ". " {if full { "Used up: it renews " } else { "Counted anew " }}
                <Time at=answer.renews_at style=DateStyle::Relative /> "."
            </p>
        </section>
    }
    .into_any()
}

/// Hundredths of a whole, 100 at most.
fn share(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        100
    } else {
        (part.saturating_mul(100) / whole).clamp(0, 100)
    }
}

#[component]
fn Periods(answer: UsageAnswer) -> impl IntoView {
    if answer.periods.is_empty() {
        return view! {
            <EmptyState icon=Icon::Chart title="Nothing yet" text="What you and your keys ask for is added up here." />
        }
        .into_any();
    }
    let chart = (answer.group_by == GroupBy::Day).then(|| chart(&answer));
    let (first, most) = match answer.group_by {
        GroupBy::Day => ("Day", 0),
        GroupBy::Model => (
            "Model",
            answer.periods.iter().map(|period| period.messages).max().unwrap_or(0),
        ),
        GroupBy::Key => (
            "Key",
            answer.periods.iter().map(|period| period.messages).max().unwrap_or(0),
        ),
    };
    let by_day = answer.group_by == GroupBy::Day;
    let mut periods = answer.periods;
    if by_day {
        periods.reverse();
    }
    let rows = periods.into_iter().map(|period| row(period, most)).collect_view();
    view! {
        {chart}
        <div role="region" aria-label="Use as a table" tabindex="0" class=[CARD, "overflow-x-auto"].join(" ")>
            <table class=TABLE>
                <thead class=THEAD>
                    <tr>
                        <th scope="col" class=TH>{first}</th>
                        <th scope="col" class=[TH, "text-right"].join(" ")>"Messages"</th>
                        <th scope="col" class=[TH, "text-right"].join(" ")>"Tokens in"</th>
                        <th scope="col" class=[TH, "text-right"].join(" ")>"Tokens out"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(period: UsagePeriod, most: i64) -> AnyView {
    const NUMBER: &str = "text-right tabular-nums";
    let of_most = (most > 0).then(|| {
        let share = share(period.messages, most);
        view! { <div class="mt-1.5">{bar(share, "h-1 fill-accent")}</div> }
    });
    let name = match (period.day, period.model, period.key_name, period.api_key_id) {
        (Some(day), ..) => {
            let at = day + "T00:00:00.000Z";
            view! { <Time at style=DateStyle::Date /> }.into_any()
        }
        (_, Some(name), ..) | (_, _, Some(name), _) => name.into_any(),
        (.., Some(_)) => "A key that is gone".into_any(),
        _ => "In the browser".into_any(),
    };
    view! {
        <tr class=TR>
            <th scope="row" class=[TD, "min-w-32 font-medium wrap-anywhere"].join(" ")>
                {name} {of_most}
            </th>
            <td class=[TD, NUMBER].join(" ")>{grouped(period.messages)}</td>
            <td class=[TD, NUMBER].join(" ")>{grouped(period.tokens.prompt)}</td>
            <td class=[TD, NUMBER].join(" ")>{grouped(period.tokens.completion)}</td>
        </tr>
    }
    .into_any()
}

/// A bar for each day, also for those on which there was nothing. The table under it says the same in words.
fn chart(answer: &UsageAnswer) -> AnyView {
    let days = days(&answer.from, &answer.to);
    let messages = |day: &str| {
        let period = answer.periods.iter().find(|period| period.day.as_deref() == Some(day));
        period.map_or(0, |period| period.messages)
    };
    let most = answer
        .periods
        .iter()
        .map(|period| period.messages)
        .max()
        .unwrap_or(1)
        .max(1);
    let mut bars = String::new();
    for (place, day) in days.iter().enumerate() {
        let messages = messages(day);
        // What is something is seen.
        let height = if messages == 0 { 0 } else { share(messages, most).max(3) };
        let (x, y) = ((place * 10 + 1).to_string(), (100 - height).to_string());
        for part in [
            "<rect x='",
            &x,
            "' y='",
            &y,
            "' width='8' height='",
            &height.to_string(),
            "' rx='1.5'><title>",
            day,
            ": ",
            &grouped(messages),
            "</title></rect>",
        ] {
            bars += part;
        }
    }
    let all: i64 = answer.periods.iter().map(|period| period.messages).sum();
    let words = [
        &grouped(all),
        " messages in ",
        &days.len().to_string(),
        " days, ",
        &grouped(most),
        " on the busiest",
    ]
    .concat();
    view! {
        <figure class=[CARD, "mb-3 px-4 pt-4 pb-3"].join(" ")>
            <svg
                role="img"
                aria-label=words.clone()
                viewBox=["0 0 ", &(days.len() * 10).to_string(), " 100"].concat()
                preserveAspectRatio="none"
                class="h-28 w-full fill-accent"
                inner_html=bars
            ></svg>
            <figcaption class="mt-2 border-t border-line pt-2 text-xs text-muted">{words}</figcaption>
        </figure>
    }
    .into_any()
}

/// The days from one to another, both as `2026-01-31`.
fn days(from: &str, to: &str) -> Vec<String> {
    const DAY: f64 = 86_400_000.0;
    let at = |day: &str| Date::new(&JsValue::from_str(day)).get_time();
    let (mut now, last) = (at(from), at(to));
    let mut days = Vec::new();
    while now <= last && days.len() < 400 {
        let text: String = Date::new(&JsValue::from_f64(now)).to_iso_string().into();
        days.push(text.get(..10).unwrap_or_default().to_owned());
        now += DAY;
    }
    days
}
