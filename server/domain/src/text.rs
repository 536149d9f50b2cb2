//! What texts from outside must be like.

use types::FieldError;

/// Characters that turn the reading direction of what stands around them. They stay in conversations, where they are
/// shown isolated, but not in names, where they could disguise one thing as another.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}

/// A one-line name: trimmed, 1 to `most` characters, without control or direction-turning characters.
pub fn name(field: &str, text: &str, most: usize) -> Result<String, FieldError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(FieldError::new(field, "Give it a name"));
    }
    if length > most {
        return Err(FieldError::new(
            field,
            format!("At most {most} characters, this has {length}"),
        ));
    }
    if text
        .chars()
        .any(|character| character.is_control() || turns_direction(character))
    {
        return Err(FieldError::new(field, "Control characters are not allowed"));
    }
    Ok(text.to_owned())
}

/// A text of many lines: not empty after trimming, without NUL, which `PostgreSQL` cannot keep.
pub fn body(field: &str, text: &str) -> Result<(), FieldError> {
    if text.trim().is_empty() {
        return Err(FieldError::new(field, "Write something first"));
    }
    no_nul(field, text)
}

/// Without NUL.
pub fn no_nul(field: &str, text: &str) -> Result<(), FieldError> {
    if text.contains('\0') {
        Err(FieldError::new(field, "NUL characters are not allowed"))
    } else {
        Ok(())
    }
}

/// Not longer than so many characters.
pub fn at_most(field: &str, text: &str, most: usize) -> Result<(), FieldError> {
    let length = text.chars().count();
    if length > most {
        Err(FieldError::new(
            field,
            format!("At most {most} characters, this has {length}"),
        ))
    } else {
        Ok(())
    }
}

/// The beginning of a text on one line, fit to be a name: white space folded, nothing that turns the reading direction, at most `most` characters, cut between words with `…`.
pub fn beginning(text: &str, most: usize) -> String {
    let text: String = text
        .chars()
        .take(16 * most)
        .filter(|character| !turns_direction(*character))
        .collect();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        let word_length = word.chars().count();
        if word_length == 0 {
            continue;
        }
        let gap = usize::from(length > 0);
        if length + gap + word_length > most {
            if length == 0 {
                line.extend(word.chars().take(most.saturating_sub(1)));
            }
            line.push('…');
            return line;
        }
        if gap == 1 {
            line.push(' ');
        }
        line.push_str(word);
        length += gap + word_length;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name("name", "  My CLI Tool ", 100), Ok("My CLI Tool".to_owned()));
        assert_eq!(name("name", &"ä".repeat(100), 100).map(|name| name.len()), Ok(200));
        for text in ["", "   ", "a\u{0}b", "a\nb", "a\u{202e}b", "a\u{7f}b"] {
            assert!(name("name", text, 100).is_err(), "{text:?}");
        }
        assert!(name("name", &"a".repeat(101), 100).is_err());
    }

    #[test]
    fn beginnings_are_cut_between_words() {
        assert_eq!(beginning("  Hello\n\nthere  world ", 60), "Hello there world");
        assert_eq!(beginning("Hello there world", 12), "Hello there…");
        assert_eq!(beginning(&"x".repeat(50), 10), "xxxxxxxxx…");
        assert_eq!(beginning(" \n ", 10), "");
        assert_eq!(beginning("a\u{202e}b", 10), "ab");
        assert_eq!(beginning("👩‍🚀 goes", 3), "👩‍🚀…");
    }
}
