//! Names as parts of URLs.

use unicode_normalization::UnicodeNormalization;

/// Characters before a suffix.
const LONGEST: usize = 60;

/// A name in lower case, its letters folded to ASCII, with `-` between words. A name of which nothing is left gives the
/// fallback.
pub(crate) fn of(name: &str, fallback: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for character in name.nfkd().flat_map(char::to_lowercase) {
        let letters: &str = match character {
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'ø' => "o",
            'đ' | 'ð' => "d",
            'ħ' => "h",
            'ı' => "i",
            'ł' => "l",
            'ŋ' => "n",
            'ŧ' => "t",
            'þ' => "th",
            // What is above and below letters, and what only shortens a word.
            '\u{300}'..='\u{36f}' | '\'' | '’' => continue,
            'a'..='z' | '0'..='9' => &character.to_string(),
            _ => {
                gap = true;
                continue;
            }
        };
        if gap && !slug.is_empty() {
            slug.push('-');
        }
        gap = false;
        slug.push_str(letters);
        if slug.len() > LONGEST {
            break;
        }
    }
    slug.truncate(LONGEST);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { fallback } else { slug }.to_owned()
}

/// The slug itself, or the first of `slug-2`, `slug-3` … that is not taken.
pub(crate) fn free(slug: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = slug.to_owned();
    let mut number: u64 = 1;
    while is_taken(&free) {
        number += 1;
        free = format!("{slug}-{number}");
    }
    free
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_folded() {
        for (name, slug) in [
            ("Launch", "launch"),
            ("  Q3 / Launch — plan!  ", "q3-launch-plan"),
            ("Überraschung für Zoë", "uberraschung-fur-zoe"),
            ("Straße, Ærø & Œuvre", "strasse-aero-oeuvre"),
            ("Łódź Ñandú Ångström İstanbul", "lodz-nandu-angstrom-istanbul"),
            ("Mara’s and Otto's", "maras-and-ottos"),
            ("ﬁne ② Ⅳ", "fine-2-iv"),
            ("a_b.c", "a-b-c"),
            ("Проект", "project"),
            ("日本", "project"),
            ("日本 plan", "plan"),
            ("---", "project"),
            ("", "project"),
            ("🦀", "project"),
        ] {
            assert_eq!(of(name, "project"), slug, "{name}");
        }
        assert_eq!(of(&"x".repeat(100), "project"), "x".repeat(60));
        assert_eq!(of(&format!("{} tail", "x".repeat(59)), "project"), "x".repeat(59));
    }

    #[test]
    fn the_first_free_number_is_taken() {
        let taken = ["plan", "plan-2", "plan-4"];
        let free_of = |slug: &str| free(slug, |slug| taken.contains(&slug));
        assert_eq!(free_of("plan"), "plan-3");
        assert_eq!(free_of("plan-2"), "plan-2-2");
        assert_eq!(free_of("other"), "other");
    }

    proptest! {
        #[test]
        fn a_slug_is_words_with_single_hyphens(name in any::<String>()) {
            let slug = of(&name, "project");
            prop_assert!((1..=LONGEST).contains(&slug.len()));
            let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_letter);
            prop_assert!(slug.split('-').all(is_word), "{}", slug);
            prop_assert_eq!(of(&slug, "project"), slug);
        }
    }
}
