//! How things look to the reader: light, dark, or as the system says, and what else the style sheet asks `<html>` for.

use leptos::prelude::document;
use types::settings::{TextSize, ThemePreference, UserSettings};

use crate::server_fns::accounts::Person;

/// The chosen look. It is kept in a cookie, so that the server renders the right one and nothing flashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the browser's system says; decided by the style sheet.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The cookie that holds the choice.
    pub const COOKIE: &'static str = "theme";

    /// The choice a cookie's value stands for; anything unknown is the system's.
    pub fn from_cookie(value: Option<&str>) -> Self {
        match value {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// The cookie's value, which is also that of `data-theme` on `<html>`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the browser paints before the style sheet is there.
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl From<ThemePreference> for Theme {
    fn from(preference: ThemePreference) -> Self {
        match preference {
            ThemePreference::System => Self::System,
            ThemePreference::Light => Self::Light,
            ThemePreference::Dark => Self::Dark,
        }
    }
}

/// The attributes of `<html>` that the style sheet looks at; one without a value is not there. The server writes them
/// into the document, and a change of the settings changes them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    /// `data-theme`.
    pub theme: Theme,
    /// `data-text-size`, unless it is the usual one.
    pub text_size: Option<&'static str>,
    /// `data-wrap-code`.
    pub wrap_code: Option<&'static str>,
    /// `data-compact`, for the sidebar.
    pub compact: Option<&'static str>,
}

impl Looks {
    /// As somebody has set it.
    pub fn of(theme: Theme, settings: &UserSettings) -> Self {
        Self {
            theme,
            text_size: match settings.text_size {
                TextSize::Small => Some("small"),
                TextSize::Standard => None,
                TextSize::Large => Some("large"),
            },
            wrap_code: settings.wrap_code.then_some(""),
            compact: settings.compact_sidebar.then_some(""),
        }
    }

    /// For a visitor of whom only the cookie is known, or not even that.
    pub const fn of_visitor(theme: Theme) -> Self {
        Self {
            theme,
            text_size: None,
            wrap_code: None,
            compact: None,
        }
    }

    /// Changes the page that is on show. Only in the browser.
    fn show(self) {
        let document = document();
        let Some(root) = document.document_element() else {
            return;
        };
        for (name, value) in [
            ("data-theme", Some(self.theme.as_str())),
            ("data-text-size", self.text_size),
            ("data-wrap-code", self.wrap_code),
            ("data-compact", self.compact),
        ] {
            _ = match value {
                Some(value) => root.set_attribute(name, value),
                None => root.remove_attribute(name),
            };
        }
        if let Ok(Some(meta)) = document.query_selector("meta[name=color-scheme]") {
            _ = meta.set_attribute("content", self.theme.color_scheme());
        }
    }
}

/// Makes the page look as the person has set it. Only in the browser.
pub fn show_looks(person: &Person) {
    Looks::of(person.theme.into(), &person.settings).show();
}

#[cfg(test)]
mod tests {
    use types::settings::{TextSize, UserSettings};

    use super::{Looks, Theme};

    #[test]
    fn what_is_as_designed_needs_no_attribute() {
        let plain = Looks::of(Theme::Dark, &UserSettings::default());
        assert_eq!(plain, Looks::of_visitor(Theme::Dark));
        let set = Looks::of(
            Theme::System,
            &UserSettings {
                text_size: TextSize::Large,
                wrap_code: true,
                compact_sidebar: true,
                ..UserSettings::default()
            },
        );
        assert_eq!(set.text_size, Some("large"));
        assert_eq!((set.wrap_code, set.compact), (Some(""), Some("")));
    }

    #[test]
    fn a_cookie_means_what_was_written() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::from_cookie(Some(theme.as_str())), theme);
        }
        assert_eq!(Theme::from_cookie(None), Theme::System);
        assert_eq!(Theme::from_cookie(Some("\"><script>")), Theme::System);
    }
}
