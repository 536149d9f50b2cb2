//! The projects of the realm on show, and one of them.

use leptos::prelude::*;

use crate::components::layout::title::Title;
use crate::components::projects::list::Projects;
use crate::components::projects::page::ProjectView;
use crate::contexts::opening::take_given;
use crate::contexts::ui::use_ui;
use crate::routes::{Piece, piece_at, project_at};

/// The page. It stays while the address goes from the list to a project and back.
#[component]
pub fn ProjectsPage() -> impl IntoView {
    let ui = use_ui();
    // While another page is on its way the address is that page's already.
    let id = Memo::new(move |before: Option<&Option<String>>| {
        let path = ui.path();
        match (piece_at(&path), before) {
            (Some(Piece::Projects), _) | (_, None) => project_at(&path).map(ToOwned::to_owned),
            (_, Some(before)) => before.clone(),
        }
    });
    view! {
        <div class="mx-auto max-w-250 px-4 py-6 md:px-8 md:py-8">
            {move || match id.get() {
                Some(id) => view! { <ProjectView id first=take_given() /> }.into_any(),
                None => {
                    view! {
                        <Title text="Projects" />
                        <Projects first=take_given() />
                    }
                        .into_any()
                }
            }}
        </div>
    }
    .into_any()
}
