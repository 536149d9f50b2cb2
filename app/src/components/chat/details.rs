//! What is to be known about an answer beyond its text.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::Date;
use types::views::MessageDetails;

use super::open::{Chat, sentence};
use super::prompt::prompt;
use crate::components::ui::dialog::{Dialog, DialogState};
use crate::components::ui::skeleton::Skeleton;
use crate::components::ui::states::ErrorState;
use crate::components::ui::time::Time;
use crate::hooks::dates::DateStyle;
use crate::hooks::failures::signed_out;
use crate::hooks::numbers::grouped;
use crate::hooks::reactive::effect;
use crate::server_fns::chat::message_details;

/// The dialog; it shows the answer that [`Chat::details`] names.
#[component]
pub fn Details(
    /// The chat on the page.
    chat: Chat,
) -> impl IntoView {
    let fetched = RwSignal::new(None::<Result<MessageDetails, String>>);
    let fetch = move |id: String| {
        fetched.set(None);
        spawn_local(async move {
            let result = message_details(id.clone()).await;
            if chat.details.try_get_untracked() == Some(Some(id)) {
                fetched.set(Some(result.map_err(|failure| {
                    signed_out(&failure);
                    sentence(&failure)
                })));
            }
        });
    };
    effect(move || {
        if let Some(id) = chat.details.get() {
            fetch(id);
        }
    });
    let retry = move || {
        if let Some(id) = chat.details.get_untracked() {
            fetch(id);
        }
    };
    let open = DialogState::from((
        Signal::derive(move || chat.details.with(Option::is_some)),
        Callback::new(move |()| {
            chat.cited.set(None);
            chat.details.set(None);
        }),
    ));
    view! {
        <Dialog open title="About this answer">
            {move || match fetched.get() {
                None => {
                    view! {
                        <div aria-busy="true" class="flex flex-col gap-3 py-1">
                            <Skeleton class="h-4 w-2/5" />
                            <Skeleton class="h-4 w-3/5" />
                            <Skeleton class="h-4 w-1/2" />
                        </div>
                    }
                        .into_any()
                }
                Some(Err(message)) => view! { <ErrorState message on_retry=move |()| retry() /> }.into_any(),
                Some(Ok(details)) => view! { <Content details cited=chat.cited.get_untracked() /> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Content(details: MessageDetails, cited: Option<String>) -> impl IntoView {
    let MessageDetails {
        model,
        model_id,
        usage,
        started_at,
        ended_at,
        via,
        key_prefix,
        sources,
        prompt_report,
        reasoning,
        request_id,
        finish_reason,
    } = details;
    let took = ended_at.map(|ended_at| duration(millis(&ended_at) - millis(&started_at)));
    let model_id = model_id.filter(|id| model.as_ref() != Some(id));
    let prompt = prompt_report.map(|report| prompt(&report));
    let cut = finish_reason.is_some_and(|reason| reason == "length");
    view! {
        <dl class="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2.5 text-sm">
            {model
                .map(|name| {
                    line(
                        "Model",
                        view! {
                            {name}
                            {model_id.map(|id| view! { <code class="ml-2 font-mono text-xs text-muted">{id}</code> })}
                        }
                            .into_any(),
                    )
                })}
            {line("Asked", view! { <Time at=started_at style=DateStyle::Exact /> }.into_any())}
            {took.map(|took| line("Took", took.into_any()))}
            {usage
                .map(|usage| {
                    let words = [
                        &grouped(usage.input_tokens),
                        " in, ",
                        &grouped(usage.output_tokens),
                        " out, ",
                        &grouped(usage.total_tokens),
                        " in all",
                    ]
                        .concat();
                    line("Tokens", words.into_any())
                })}
            {cut.then(|| line("Ended", "At the most tokens the model may write at once".into_any()))}
            {via
                .map(|name| {
                    let prefix = key_prefix
                        .map(|prefix| view! { <code class="ml-2 font-mono text-xs text-muted">{prefix} "…"</code> });
                    line("Through key", view! { {name} {prefix} }.into_any())
                })}
            {prompt.map(|prompt| line("Prompt", prompt))}
            {request_id
                .map(|id| {
                    line("Request", view! { <code class="font-mono text-xs [overflow-wrap:anywhere]">{id}</code> }.into_any())
                })}
        </dl>
        {reasoning
            .map(|thought| {
                view! {
                    <details class="mt-5 text-sm">
                        <summary class="cursor-pointer font-semibold">"What the model thought first"</summary>
                        <p class="mt-2 max-h-80 overflow-y-auto rounded-lg bg-sunken px-3 py-2 text-xs whitespace-pre-wrap break-words text-muted" tabindex="0">
                            {thought}
                        </p>
                    </details>
                }
            })}
        {(!sources.is_empty())
            .then(|| {
                let items = sources
                    .into_iter()
                    .map(|source| {
                        let number = source.number.map(|number| number.to_string());
                        let is_cited = number.is_some() && number == cited;
                        let number = number.map(|number| ["[", &number, "] "].concat());
                        let score = [" · ", &percent(source.score), " % match"].concat();
                        view! {
                            <li class="rounded-lg bg-sunken px-3 py-2">
                                <details open=is_cited>
                                    <summary class="cursor-pointer rounded font-medium break-words">
                                        {number} {source.title}
                                        <span class="font-normal text-muted">{score}</span>
                                    </summary>
                                    <p class="mt-1 text-xs break-words whitespace-pre-wrap text-muted" dir="auto">
                                        {source.text}
                                    </p>
                                </details>
                            </li>
                        }
                    })
                    .collect_view();
                view! {
                    <h3 class="mt-5 mb-2 text-sm font-semibold">"Sources"</h3>
                    <ol class="flex flex-col gap-2 text-sm">{items}</ol>
                }
            })}
    }
    .into_any()
}

/// A score from 0 to 1 in hundredths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100"
)]
fn percent(score: f32) -> String {
    ((score.clamp(0.0, 1.0) * 100.0).round() as u32).to_string()
}

fn line(name: &'static str, value: AnyView) -> AnyView {
    view! {
        <dt class="text-muted">{name}</dt>
        <dd class="min-w-0 break-words">{value}</dd>
    }
    .into_any()
}

fn millis(at: &str) -> f64 {
    Date::new(&JsValue::from_str(at)).get_time()
}

/// "0.8 s", "14 s", "2 min 5 s".
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time that passed, shorter than a day"
)]
fn duration(millis: f64) -> String {
    let tenths = (millis.max(0.0) / 100.0).round() as u64;
    let seconds = (tenths + 5) / 10;
    if tenths == 0 {
        "less than 0.1 s".to_owned()
    } else if tenths < 100 {
        [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), " s"].concat()
    } else if seconds < 60 {
        seconds.to_string() + " s"
    } else {
        [&(seconds / 60).to_string(), " min ", &(seconds % 60).to_string(), " s"].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_as_exact_as_it_is_short() {
        let said: Vec<String> = [0.0, 840.0, 9_940.0, 9_960.0, 14_400.0, 59_700.0, 125_000.0, -5.0]
            .into_iter()
            .map(duration)
            .collect();
        assert_eq!(
            said,
            [
                "less than 0.1 s",
                "0.8 s",
                "9.9 s",
                "10 s",
                "14 s",
                "1 min 0 s",
                "2 min 5 s",
                "less than 0.1 s"
            ]
        );
    }
}
