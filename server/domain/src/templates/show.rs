//! The templates as the pages show them: in the settings, in the composer's list, and on the empty screen.

use std::collections::HashSet;

use entity::{Scope, templates};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use types::templates::{Piece, Template, TemplateList, is_named, pieces};
use types::views::{Suggestion, TemplateChoices, TemplateGroup, TemplatesView};

use super::{BuiltIn, built_in, rows, to_wire};
use crate::access::{Principal, may_write};
use crate::page::{After, PageRequest, cursor_after, cut};
use crate::{Core, Error, realm, teams};

/// Templates of one group that the settings show at first, and at a time.
const ON_A_PAGE: u64 = 20;
/// Templates that the composer is sent at once, and characters of their texts.
const MOST_CHOICES: u64 = 100;
const MOST_TEXT: usize = 200_000;
/// Templates on the empty screen.
const MOST_SUGGESTIONS: usize = 4;
/// Characters of a text that goes along with a suggestion, and of the line about it.
const LONG: usize = 2_000;
const ABOUT: usize = 120;
/// Names that are looked through, newest first.
const MOST_NAMES: u64 = 5_000;
/// Characters of a search at most: as many as a name can have.
const LONGEST_SEARCH: usize = super::LONGEST_NAME;

fn search(q: &str) -> Result<&str, Error> {
    let q = q.trim();
    if q.chars().count() > LONGEST_SEARCH {
        return Err(Error::invalid("q", "Search for at most 100 characters"));
    }
    Ok(q)
}

/// Templates of one realm, newest first, and whether there are more; with `q`, those of that name. Names are compared
/// here, so that both databases know the same letters.
async fn found(core: &Core, scope: &Scope, q: &str, limit: u64) -> Result<(Vec<templates::Model>, bool), DbErr> {
    use templates::Column;
    let mut found = if q.is_empty() {
        rows(core, scope, None, limit + 1).await?
    } else {
        let names: Vec<(String, String)> = templates::Entity::visible_to(scope)
            .select_only()
            .columns([Column::Id, Column::Name])
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(MOST_NAMES)
            .into_tuple()
            .all(core.db.read())
            .await?;
        let most = usize::try_from(limit + 1).unwrap_or(usize::MAX);
        let ids = names
            .into_iter()
            .filter(|(_, name)| is_named(name, q))
            .map(|(id, _)| id)
            .take(most);
        templates::Entity::visible_to(scope)
            .filter(Column::Id.is_in(ids))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .all(core.db.read())
            .await?
    };
    let more = cut(&mut found, limit);
    Ok((found, more))
}

fn list_of(scope: &Scope) -> String {
    let team = scope.team_id().unwrap_or_default();
    format!("template rows:{}:{team}", scope.user_id())
}

/// All that somebody has: their own, their teams', and what everybody has. With `q`, what has that in its name.
pub async fn view(core: &Core, who: &Principal, q: &str) -> Result<TemplatesView, Error> {
    who.require_person()?;
    let q = search(q)?;
    let own = realm::of_row(who, None);
    let mut groups = vec![group(core, &own, "", true, q).await?];
    let teams = teams::of_user(core.db.read(), &who.user_id).await?;
    let filled = teams_with_some(core.db.read(), &who.scope).await?;
    for place in teams {
        let scope = realm::of_row(who, Some(&place.team.id));
        let writable = may_write(place.role);
        groups.push(if filled.contains(&place.team.id) {
            group(core, &scope, &place.team.name, writable, q).await?
        } else {
            TemplateGroup {
                team_id: Some(place.team.id),
                name: place.team.name,
                writable,
                templates: Vec::new(),
                next_cursor: None,
            }
        });
    }
    let mut built_in = built_in(core);
    built_in.retain(|template| is_named(template.name, q));
    Ok(TemplatesView {
        built_in: built_in.iter().map(BuiltIn::to_wire).collect(),
        groups,
    })
}

async fn group(core: &Core, scope: &Scope, name: &str, writable: bool, q: &str) -> Result<TemplateGroup, Error> {
    let (rows, more) = found(core, scope, q, ON_A_PAGE).await?;
    // Who looks for something and finds so much looks for something narrower.
    let next_cursor = match rows.last() {
        Some(last) if more && q.is_empty() => Some(cursor_after(&list_of(scope), last.created_at, &last.id)?),
        _ => None,
    };
    Ok(TemplateGroup {
        team_id: scope.team_id().map(str::to_owned),
        name: name.to_owned(),
        writable,
        templates: rows.into_iter().map(to_wire).collect(),
        next_cursor,
    })
}

async fn teams_with_some(db: &impl ConnectionTrait, scope: &Scope) -> Result<HashSet<String>, DbErr> {
    let with: Vec<String> = templates::Entity::visible_to(scope)
        .select_only()
        .column(templates::Column::TeamId)
        .distinct()
        .filter(templates::Column::TeamId.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(with.into_iter().collect())
}

/// The next page of one group of [`view`].
pub async fn more(core: &Core, who: &Principal, team_id: Option<&str>, cursor: String) -> Result<TemplateList, Error> {
    who.require_person()?;
    let scope = realm::to_list(core, who, team_id).await?;
    let page = PageRequest {
        limit: Some(ON_A_PAGE),
        cursor: Some(cursor),
    };
    let list = list_of(&scope);
    let after: Option<After> = page.after(&list)?;
    let mut found = rows(core, &scope, after, ON_A_PAGE + 1).await?;
    let next_cursor = match (cut(&mut found, ON_A_PAGE), found.last()) {
        (true, Some(last)) => Some(cursor_after(&list, last.created_at, &last.id)?),
        _ => None,
    };
    Ok(TemplateList {
        templates: found.into_iter().map(to_wire).collect(),
        next_cursor,
    })
}

/// What the composer of a chat offers: the person's own, those of the team the chat lies in, what everybody has. With
/// `q`, what has that in its name.
pub async fn choices(core: &Core, who: &Principal, team_id: Option<&str>, q: &str) -> Result<TemplateChoices, Error> {
    who.require_person()?;
    let q = search(q)?;
    let (own, mut more) = found(core, &realm::of_row(who, None), q, MOST_CHOICES).await?;
    let mut all: Vec<Template> = own.into_iter().map(to_wire).collect();
    let mut team = None;
    if let Some(team_id) = team_id {
        let place = teams::require_member(core.db.read(), &who.user_id, team_id).await?;
        let scope = realm::of_row(who, Some(&place.team.id));
        let (ours, more_of_ours) = found(core, &scope, q, MOST_CHOICES).await?;
        all.extend(ours.into_iter().map(to_wire));
        more |= more_of_ours;
        team = Some(place.team.name);
    }
    let known = built_in(core);
    all.extend(
        known
            .iter()
            .filter(|template| is_named(template.name, q))
            .map(BuiltIn::to_wire),
    );
    let mut room = MOST_TEXT;
    let fits = all.iter().take_while(|template| {
        let left = room.checked_sub(template.prompt.len());
        room = left.unwrap_or_default();
        left.is_some()
    });
    let fits = fits.count();
    more |= fits < all.len();
    all.truncate(fits);
    Ok(TemplateChoices {
        templates: all,
        team,
        more,
    })
}

/// Four ways to begin a chat: the newest of the team it is to lie in and of the person's own, then what everybody has.
pub async fn suggestions(core: &Core, who: &Principal, team_id: Option<&str>) -> Result<Vec<Suggestion>, Error> {
    who.require_person()?;
    let mut all: Vec<Template> = Vec::new();
    if let Some(team_id) = team_id {
        let scope = realm::to_list(core, who, Some(team_id)).await?;
        let ours = rows(core, &scope, None, MOST_SUGGESTIONS as u64).await?;
        all.extend(ours.into_iter().map(to_wire));
    }
    if all.len() < MOST_SUGGESTIONS {
        let own = rows(core, &realm::of_row(who, None), None, MOST_SUGGESTIONS as u64).await?;
        all.extend(own.into_iter().map(to_wire));
    }
    if all.len() < MOST_SUGGESTIONS {
        all.extend(built_in(core).iter().map(BuiltIn::to_wire));
    }
    all.truncate(MOST_SUGGESTIONS);
    Ok(all.into_iter().map(suggestion).collect())
}

fn suggestion(template: Template) -> Suggestion {
    Suggestion {
        about: about(&template.prompt),
        prompt: (template.prompt.len() <= LONG).then_some(template.prompt),
        id: template.id,
        name: template.name,
    }
}

/// What a prompt begins with, on one line; where something is to be filled in are dots.
fn about(prompt: &str) -> String {
    let mut line = String::new();
    for piece in pieces(prompt.trim_start()) {
        let (text, end) = match piece {
            Piece::Text(text) => match text.split_once(['\n', '\r']) {
                Some((text, _)) => (text, true),
                None => (text, false),
            },
            Piece::Variable { .. } => ("…", false),
        };
        line.extend(text.chars().filter(|character| !character.is_control()));
        if end || line.chars().count() > ABOUT {
            break;
        }
    }
    let short: String = line.trim_end().chars().take(ABOUT).collect();
    if short.len() < line.trim_end().len() {
        short.trim_end().to_owned() + "…"
    } else {
        short
    }
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn a_suggestion_says_what_it_begins_with() {
        let long = "word ".repeat(40);
        for (prompt, line) in [
            ("", ""),
            ("Explain {{topic}} to me.\n\nShort.", "Explain … to me."),
            ("\n  {{a}}{{b}}\r\nx", "……"),
            ("One\tline \nTwo", "Oneline"),
            (&long, &format!("{}…", long[..120].trim_end())),
        ] {
            assert_eq!(about(prompt), line, "{prompt:?}");
        }
    }
}
