//! The colours there are.

use leptos::prelude::*;
use types::projects::ProjectColor;

/// A row of radio buttons, one for each colour.
#[component]
pub fn Swatches(
    /// The name in the form; one of its kind on the page.
    name: &'static str,
    /// The colour that is chosen.
    #[prop(into)]
    value: Signal<ProjectColor>,
    /// Called when the reader chooses.
    #[prop(into)]
    on_change: Callback<ProjectColor>,
) -> impl IntoView {
    let swatch = |color: ProjectColor| {
        let chosen = move || value.get() == color;
        view! {
            <label
                class="relative inline-flex size-8 cursor-pointer items-center justify-center rounded-full has-checked:ring-2 has-checked:ring-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent pointer-coarse:size-11"
                data-color=color.as_str()
                data-tip=called(color)
            >
                <input
                    type="radio"
                    class="sr-only"
                    name=name
                    value=color.as_str()
                    checked=chosen
                    prop:checked=chosen
                    on:change=move |_| on_change.run(color)
                />
                <span class="size-5 rounded-full bg-(--dot)" aria-hidden="true"></span>
                <span class="sr-only">{called(color)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="min-w-0">
            <legend class="mb-1.5 text-sm font-medium">"Colour"</legend>
            <div class="flex flex-wrap gap-1">{ProjectColor::ALL.map(swatch).collect_view()}</div>
        </fieldset>
    }
    .into_any()
}

const fn called(color: ProjectColor) -> &'static str {
    match color {
        ProjectColor::Gray => "Gray",
        ProjectColor::Red => "Red",
        ProjectColor::Orange => "Orange",
        ProjectColor::Amber => "Amber",
        ProjectColor::Green => "Green",
        ProjectColor::Teal => "Teal",
        ProjectColor::Blue => "Blue",
        ProjectColor::Violet => "Violet",
        ProjectColor::Pink => "Pink",
    }
}
