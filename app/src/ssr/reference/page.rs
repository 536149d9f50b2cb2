//! The page as a whole: a head, a list of what there is, and the chapters.

use leptos::prelude::*;
use serde_json::Value;

use super::keys::{Standing, mark, standing};
use super::operation::{method_class, operation_section};
use super::schema::{prose, schema_section};
use super::{Operation, Reference, text};
use crate::components::layout::wordmark::Wordmark;
use crate::routes::{Page, api};

pub(super) fn page(reference: &Reference<'_>) -> AnyView {
    let signed_in = reference.visitor.person.is_some();
    let (way, words) = if signed_in {
        (Page::ApiKeys, "API keys")
    } else {
        (Page::SignIn, "Sign in")
    };
    view! {
        <a
            href="#content"
            class="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-20 focus:rounded-lg focus:bg-raised focus:px-3 focus:py-2 focus:shadow-pop"
        >
            "Skip to the reference"
        </a>
        <header class="sticky top-0 z-10 border-b border-line bg-canvas">
            <div class="mx-auto flex h-14 max-w-6xl items-center gap-x-4 px-4 sm:px-6">
                <Wordmark />
                <span class="hidden text-sm text-muted sm:block">"API reference"</span>
                <nav class="ml-auto flex items-center gap-x-4 text-sm" aria-label="Elsewhere">
                    <a class="text-ink-soft hover:text-ink" href=api::OPENAPI>"OpenAPI"</a>
                    <a class="text-ink-soft hover:text-ink" href=way.path()>{words}</a>
                </nav>
            </div>
        </header>
        <div class="mx-auto flex max-w-6xl gap-10 px-4 sm:px-6">
            <aside class="sticky top-14 hidden h-[calc(100dvh-3.5rem)] w-60 shrink-0 overflow-y-auto py-6 lg:block">
                {contents(reference, "Contents")}
            </aside>
            <main id="content" class="min-w-0 flex-1 py-6 pb-24" tabindex="-1">
                <h1 class="text-2xl font-semibold tracking-tight">"API reference"</h1>
                <p class="mt-1 text-sm text-muted">
                    "Latchkey " {text(&reference.document["info"]["version"])} " at "
                    <code class="font-mono break-all">{reference.visitor.public_url.clone()}</code>
                </p>
                <details class="mt-5 rounded-xl border border-line bg-surface px-4 py-2.5 lg:hidden">
                    <summary class="cursor-pointer text-sm font-medium">"Contents"</summary>
                    <div class="pt-3 pb-1">{contents(reference, "Contents of this page")}</div>
                </details>
                <div class="mt-5">{standing(reference)}</div>
                <div class="prose mt-6 max-w-[46rem] text-[0.95rem] text-ink-soft">
                    {prose(&text(&reference.document["info"]["description"]))}
                </div>
                {errors(reference)} {chapters(reference)} {types(reference)}
            </main>
        </div>
    }
    .into_any()
}

fn tags<'d>(reference: &Reference<'d>) -> &'d [Value] {
    reference.document["tags"].as_array().map_or(&[], Vec::as_slice)
}

fn of_tag<'r, 'd>(reference: &'r Reference<'d>, tag: &'r Value) -> impl Iterator<Item = &'r Operation<'d>> {
    reference
        .operations
        .iter()
        .filter(move |operation| operation.is["tags"][0] == tag["name"])
}

/// The anchor of a chapter.
fn anchor(tag: &Value) -> String {
    "chapter-".to_owned() + &text(&tag["name"]).to_lowercase().replace(' ', "-")
}

fn contents(reference: &Reference<'_>, label: &'static str) -> AnyView {
    const LINK: &str =
        "flex min-w-0 items-baseline gap-2 rounded-md px-2 py-1 text-ink-soft hover:bg-sunken hover:text-ink";
    let chapters = tags(reference)
        .iter()
        .map(|tag| {
            let operations = of_tag(reference, tag)
                .map(|operation| {
                    view! {
                        <li>
                            <a class=LINK href=format!("#{}", operation.id())>
                                <span class=format!(
                                    "w-11 shrink-0 font-mono text-[0.65rem] font-semibold {}",
                                    method_class(operation.method),
                                )>{operation.method.to_uppercase()}</span>
                                <span class="min-w-0 truncate">{text(&operation.is["summary"])}</span>
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <li>
                    <a class="block rounded-md px-2 py-1 font-semibold hover:bg-sunken" href=format!("#{}", anchor(tag))>
                        {text(&tag["name"])}
                    </a>
                    <ul>{operations}</ul>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav aria-label=label>
            <ul class="flex flex-col gap-3 text-[0.82rem]">
                <li>
                    <a class="block rounded-md px-2 py-1 font-semibold hover:bg-sunken" href="#errors">"Errors"</a>
                </li>
                {chapters}
                <li>
                    <a class="block rounded-md px-2 py-1 font-semibold hover:bg-sunken" href="#types">"Types"</a>
                </li>
            </ul>
        </nav>
    }
    .into_any()
}

fn errors(reference: &Reference<'_>) -> AnyView {
    let rows = reference.document["x-errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|reason| {
            view! {
                <tr class="border-t border-line align-top">
                    <td class="py-2 pr-3 font-mono text-xs tabular-nums">{reason["status"].to_string()}</td>
                    <th scope="row" class="py-2 pr-3 text-left font-normal">
                        <code class="font-mono text-xs whitespace-nowrap">{text(&reason["code"])}</code>
                    </th>
                    <td class="min-w-56 py-2 pr-3 text-ink-soft">{text(&reason["meaning"])}</td>
                    <td class="min-w-56 py-2">{text(&reason["sentence"])}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section id="errors" class="mt-10 scroll-mt-20" aria-labelledby="errors-heading">
            <h2 id="errors-heading" class="text-xl font-semibold tracking-tight">"Errors"</h2>
            <p class="mt-1 text-sm text-muted">
                "Switch on the code: it stays the same. The sentence is for people; those with a number or a name in them are examples. In a \
                 stream, an answer that fails after it has begun ends with an "
                <code class="font-mono">"error"</code> " event that carries the same code and sentence."
            </p>
            <div class="mt-3 overflow-x-auto" tabindex="0" role="region" aria-label="Errors by status">
                <table class="w-full text-sm">
                    <thead class="text-left text-xs text-muted">
                        <tr>
                            <th scope="col" class="py-1.5 pr-3 font-medium">"Status"</th>
                            <th scope="col" class="py-1.5 pr-3 font-medium">"Code"</th>
                            <th scope="col" class="py-1.5 pr-3 font-medium">"Meaning"</th>
                            <th scope="col" class="py-1.5 font-medium">"Sentence"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn chapters(reference: &Reference<'_>) -> AnyView {
    let standing = Standing::of(reference);
    tags(reference)
        .iter()
        .map(|tag| {
            let sections = of_tag(reference, tag)
                .map(|operation| operation_section(reference, operation, mark(operation, standing)))
                .collect_view();
            let id = anchor(tag);
            let heading = format!("{id}-heading");
            view! {
                <section id=id class="mt-14 scroll-mt-20" aria-labelledby=heading>
                    <h2 id=heading.clone() class="text-xl font-semibold tracking-tight">{text(&tag["name"])}</h2>
                    <p class="mt-1 max-w-[46rem] text-sm text-muted">{text(&tag["description"])}</p>
                    {sections}
                </section>
            }
        })
        .collect_view()
        .into_any()
}

fn types(reference: &Reference<'_>) -> AnyView {
    let sections = reference
        .schemas
        .iter()
        .map(|(name, schema)| schema_section(name, schema))
        .collect_view();
    view! {
        <section id="types" class="mt-14 scroll-mt-20" aria-labelledby="types-heading">
            <h2 id="types-heading" class="text-xl font-semibold tracking-tight">"Types"</h2>
            <p class="mt-1 text-sm text-muted">"What requests and answers are made of."</p>
            {sections}
        </section>
    }
    .into_any()
}
