//! Light, dark, or as the system says.

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

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn a_cookie_means_what_was_written() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::from_cookie(Some(theme.as_str())), theme);
        }
        assert_eq!(Theme::from_cookie(None), Theme::System);
        assert_eq!(Theme::from_cookie(Some("\"><script>")), Theme::System);
    }
}
