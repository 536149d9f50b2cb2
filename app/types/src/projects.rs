//! Projects: threads gathered under a name, with instructions for their prompts.

use serde::{Deserialize, Serialize};

use crate::Patch;

/// Who in its team sees a project. Personal projects are always private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Sharing {
    /// Who made it.
    Private,
    /// Every member of its team.
    Team,
}

impl Sharing {
    /// As it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Team => "team",
        }
    }
}

/// The colours a project can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ProjectColor {
    /// Of a project that was given none.
    #[default]
    Gray,
    /// Red.
    Red,
    /// Orange.
    Orange,
    /// Amber.
    Amber,
    /// Green.
    Green,
    /// Teal.
    Teal,
    /// Blue.
    Blue,
    /// Violet.
    Violet,
    /// Pink.
    Pink,
}

impl ProjectColor {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Gray,
        Self::Red,
        Self::Orange,
        Self::Amber,
        Self::Green,
        Self::Teal,
        Self::Blue,
        Self::Violet,
        Self::Pink,
    ];

    /// As it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Amber => "amber",
            Self::Green => "green",
            Self::Teal => "teal",
            Self::Blue => "blue",
            Self::Violet => "violet",
            Self::Pink => "pink",
        }
    }

    /// The colour of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|color| color.as_str() == name)
    }
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The project's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name as part of a URL, unique among its owner's or its team's; it stays when the name changes.
    pub slug: String,
    /// Its colour.
    pub color: ProjectColor,
    /// Its instructions, which are in the prompts of its threads; may be empty.
    pub context: String,
    /// Who sees it.
    pub sharing: Sharing,
    /// The team it belongs to; null for a personal project.
    pub team_id: Option<String>,
    /// The model of its threads that chose none; null follows the user's default.
    pub model: Option<String>,
    /// Threads in it that the caller sees, without the archived ones.
    pub thread_count: i64,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// `{project}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectAnswer {
    /// The project.
    pub project: Project,
}

/// `{projects,nextCursor}`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProjectList {
    /// The projects.
    pub projects: Vec<Project>,
    /// Cursor for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// `POST /api/projects`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateProjectRequest {
    /// At most 100 characters on one line.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: String,
    /// The name of a [`ProjectColor`].
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<ProjectColor>"))]
    pub color: Option<String>,
    /// At most 8,000 characters.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 8_000), regex(pattern = crate::schema::TEXT)))]
    pub context: Option<String>,
    /// Who sees it; private when absent. Team projects only.
    #[serde(default)]
    pub sharing: Option<Sharing>,
    /// A team the caller may write in; a team key's own team takes its place.
    #[serde(default)]
    pub team_id: Option<String>,
    /// A configured model.
    #[serde(default)]
    pub model: Option<String>,
}

/// `PATCH /api/projects/{id}`; an absent field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangeProjectRequest {
    /// The new name; the slug stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::NAME)))]
    pub name: Option<String>,
    /// The name of a [`ProjectColor`]; null is gray.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[cfg_attr(feature = "schema", schemars(with = "Patch<ProjectColor>"))]
    pub color: Patch<String>,
    /// The instructions; null is none.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    #[cfg_attr(feature = "schema", schemars(length(max = 8_000), regex(pattern = crate::schema::TEXT)))]
    pub context: Patch<String>,
    /// Who sees it; only who made it changes this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<Sharing>,
    /// The model of its threads that chose none; null follows the user's default.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub model: Patch<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_everywhere() {
        for color in ProjectColor::ALL {
            assert_eq!(
                serde_json::to_string(&color).unwrap(),
                format!("\"{}\"", color.as_str())
            );
            assert_eq!(ProjectColor::named(color.as_str()), Some(color));
        }
        assert_eq!(ProjectColor::named("Gray"), None);
        for sharing in [Sharing::Private, Sharing::Team] {
            assert_eq!(
                serde_json::to_string(&sharing).unwrap(),
                format!("\"{}\"", sharing.as_str())
            );
        }
    }
}
