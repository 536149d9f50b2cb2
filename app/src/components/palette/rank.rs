//! How well something fits what was typed.

use crate::hooks::order::sort;

/// How well a name fits, 0 being best; none when it doesn't. `typed` is in lower case.
///
/// Best is a name that begins with what was typed, then one with a word that does, then one in which each typed word
/// begins a word, then one that has all of them somewhere.
pub(super) fn rank(name: &str, typed: &str) -> Option<u8> {
    let typed = typed.trim();
    let name = name.to_lowercase();
    if name.starts_with(typed) {
        return Some(0);
    }
    if begins_a_word(&name, typed) {
        return Some(1);
    }
    let mut worst = 2;
    for word in typed.split_whitespace() {
        if !begins_a_word(&name, word) {
            if !name.contains(word) {
                return None;
            }
            worst = 3;
        }
    }
    Some(worst)
}

fn begins_a_word(name: &str, typed: &str) -> bool {
    name.match_indices(typed)
        .any(|(at, _)| !name[..at].chars().next_back().is_some_and(char::is_alphanumeric))
}

/// The best of many, best first; among equals their order stays.
pub(super) fn best<T>(all: impl Iterator<Item = (u8, T)>, most: usize) -> Vec<(u8, T)> {
    let mut found: Vec<_> = all.collect();
    sort(&mut found, |(a, _), (b, _)| a.cmp(b));
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_counts_most() {
        assert_eq!(rank("Deploy checklist for Friday", "deploy"), Some(0));
        assert_eq!(rank("Deploy checklist for Friday", "check"), Some(1));
        assert_eq!(rank("Deploy checklist for Friday", "for fri"), Some(1));
        assert_eq!(rank("Deploy checklist for Friday", "fri dep"), Some(2));
        assert_eq!(rank("Deploy checklist for Friday", "list"), Some(3));
        assert_eq!(rank("Deploy checklist for Friday", "deploy monday"), None);
    }

    #[test]
    fn case_marks_and_spaces_are_no_hindrance() {
        assert_eq!(rank("Übergabe (Entwurf)", " über "), Some(0));
        assert_eq!(rank("Übergabe (Entwurf)", "entwurf"), Some(1));
        assert_eq!(rank("Anything", "  "), Some(0), "nothing was typed");
        assert_eq!(rank("", "a"), None);
        assert_eq!(rank("a-b", "b"), Some(1));
        assert_eq!(rank("Straße", "ße"), Some(3));
    }

    #[test]
    fn among_equals_the_newest_stays_first() {
        let all = [(3, 'a'), (0, 'b'), (1, 'c'), (0, 'd'), (1, 'e')];
        let found: String = best(all.into_iter(), 4).into_iter().map(|(_, name)| name).collect();
        assert_eq!(found, "bdce");
    }
}
