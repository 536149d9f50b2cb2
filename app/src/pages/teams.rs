//! The person's teams, and one of them.

use leptos::prelude::*;

use crate::components::layout::title::Title;
use crate::components::teams::list::Teams;
use crate::components::teams::team::TeamView;
use crate::contexts::opening::take_given;
use crate::contexts::ui::use_ui;
use crate::routes::{Piece, piece_at, team_at};

/// The page. It stays while the address goes from the list to a team and back.
#[component]
pub fn TeamsPage() -> impl IntoView {
    let ui = use_ui();
    // While another page is on its way the address is that page's already.
    let id = Memo::new(move |before: Option<&Option<String>>| {
        let path = ui.path();
        match (piece_at(&path), before) {
            (Some(Piece::Teams), _) | (_, None) => team_at(&path).map(ToOwned::to_owned),
            (_, Some(before)) => before.clone(),
        }
    });
    view! {
        <div class="mx-auto max-w-250 px-4 py-6 md:px-8 md:py-8">
            {move || match id.get() {
                Some(id) => view! { <TeamView id first=take_given() /> }.into_any(),
                None => {
                    view! {
                        <Title text="Teams" />
                        <Teams first=take_given() />
                    }
                        .into_any()
                }
            }}
        </div>
    }
    .into_any()
}
