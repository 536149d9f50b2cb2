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
            class="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft text-sm font-semibold text-accent"
        >
            {initials(&name)}
        </span>
    }
}

fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        assert_eq!(initials("Mara Keller"), "MK");
        assert_eq!(initials("  ana  maria de souza "), "AS");
        assert_eq!(initials("mara@example.org"), "M");
        assert_eq!(initials("(née) Österreich"), "NÖ");
        assert_eq!(initials("李雷"), "李");
        assert_eq!(initials(" … "), "");
    }
}
