//! A person in a circle.

use leptos::prelude::*;

/// The initials of a person's first and last name. Decoration: the name stands beside it.
#[component]
pub fn Avatar(
    /// The person's name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! {
        <span
            aria-hidden="true"
            class="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft text-sm font-semibold text-accent uppercase"
        >
            {initials(&name)}
        </span>
    }
}

fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| begins_a_name(*letter)));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).collect()
}

/// No mark and no bracket, roughly: what Unicode has to say about every letter is too much to send to the browser. For
/// the same reason it is the style sheet that makes initials large.
fn begins_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || (letter >= '\u{c0}' && !('\u{2000}'..='\u{206f}').contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        assert_eq!(initials("Mara Keller"), "MK");
        assert_eq!(initials("  ana  maria de souza "), "as");
        assert_eq!(initials("mara@example.org"), "m");
        assert_eq!(initials("(née) Österreich"), "nÖ");
        assert_eq!(initials("李雷"), "李");
        assert_eq!(initials(" … "), "");
    }
}
