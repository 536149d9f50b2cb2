//! The secret itself: generating it, recognising its shape, and the parts of it that may be kept.
//!
//! A key is `{prefix}{48 lower-case hexadecimal digits}`, the digits from 24 random bytes. The whole key and what is
//! stored of it are different types, so that one can't be taken for the other.

use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const RANDOM_BYTES: usize = 24;
const DIGITS: usize = 2 * RANDOM_BYTES;
/// Digits of a key that are kept in the clear for display and lookup.
const SHOWN: usize = 6;
/// bcrypt reads at most 72 bytes, one of which its terminating NUL takes; prefix and digits must fit.
const LONGEST_PREFIX: usize = 71 - DIGITS;

/// The longest a key can be in bytes.
pub const LONGEST_KEY: usize = LONGEST_PREFIX + DIGITS;

/// A whole key. `Debug` does not show it.
#[derive(Clone)]
pub struct PlainKey {
    text: SecretString,
    prefix_length: usize,
}

impl std::fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlainKey({}…)", self.display_prefix())
    }
}

impl PlainKey {
    /// A new key from the system's random source.
    pub fn generate(prefix: &str) -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0_u8; RANDOM_BYTES];
        SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self {
            text: format!("{prefix}{}", hex::encode(bytes)).into(),
            prefix_length: prefix.len(),
        })
    }

    /// The key's whole text; for hashing, and for the one answer that shows it.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The whole text, to hand out once.
    pub fn into_secret(self) -> SecretString {
        self.text
    }

    /// The configured prefix and the first six digits.
    pub fn display_prefix(&self) -> &str {
        self.expose().get(..self.prefix_length + SHOWN).unwrap_or_default()
    }

    /// See [`tag`].
    pub fn tag(&self) -> i64 {
        tag(self.expose())
    }
}

/// The first four bytes of SHA-256 of a key. It makes a wrong key cost the same whether its visible prefix exists or
/// not, and keeps bcrypt away from guesses. It tells 32 bits of a hash of a 192-bit secret: nothing.
pub fn tag(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    let [a, b, c, d, ..] = digest[..] else { return 0 };
    i64::from(u32::from_be_bytes([a, b, c, d]))
}

/// The visible part of a text that has exactly the shape of a key with one of the prefixes; nothing otherwise.
pub fn parse<'k>(token: &'k str, prefixes: &[String]) -> Option<&'k str> {
    if token.len() > LONGEST_KEY {
        return None;
    }
    let prefix = prefixes.iter().find(|prefix| {
        token.strip_prefix(prefix.as_str()).is_some_and(|digits| {
            digits.len() == DIGITS
                && digits
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    })?;
    token.get(..prefix.len() + SHOWN)
}

/// Whether keys may begin with this: `[A-Za-z][A-Za-z0-9_-]{0,22}`, and not with `ey`, which is how tokens begin.
pub fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= LONGEST_PREFIX
        && prefix.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && !prefix.starts_with("ey")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefixes() -> Vec<String> {
        vec!["sk-".to_owned(), "myapp-".to_owned()]
    }

    #[test]
    fn a_generated_key_has_its_shape_and_hides_itself() {
        let key = PlainKey::generate("sk-").unwrap();
        assert_eq!(key.expose().len(), 51);
        assert_eq!(parse(key.expose(), &prefixes()), Some(key.display_prefix()));
        assert_eq!(key.display_prefix().len(), 9);
        let shown = format!("{key:?}");
        assert!(!shown.contains(&key.expose()[9..]), "{shown}");
        assert_ne!(PlainKey::generate("sk-").unwrap().expose(), key.expose());
    }

    #[test]
    fn only_the_exact_shape_is_a_key() {
        let digits = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4";
        assert_eq!(parse(&format!("sk-{digits}"), &prefixes()), Some("sk-a1b2c3"));
        assert_eq!(parse(&format!("myapp-{digits}"), &prefixes()), Some("myapp-a1b2c3"));
        for token in [
            String::new(),
            digits.to_owned(),
            format!("pk-{digits}"),
            format!("SK-{digits}"),
            format!("sk-{}", digits.to_uppercase()),
            format!("sk-{}", &digits[1..]),
            format!("sk-{digits}0"),
            format!("sk-{}", digits.replace('a', "g")),
            format!("sk-{}", "é".repeat(24)),
            format!("sk-{digits} "),
            "x".repeat(200_000),
        ] {
            assert_eq!(parse(&token, &prefixes()), None, "{token:.80}");
        }
    }

    #[test]
    fn prefixes_that_could_be_mistaken_or_cut_are_refused() {
        for good in ["sk-", "myapp-", "a", "A_b-9", &"a".repeat(23)] {
            assert!(is_prefix(good), "{good}");
        }
        for bad in ["", "-sk", "1k-", "ey-", "eyJ", "sk.", "sk ", "ß-", &"a".repeat(24)] {
            assert!(!is_prefix(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_gives_a_part_of_its_input(token in ".{0,160}") {
            if let Some(visible) = parse(&token, &prefixes()) {
                prop_assert!(token.starts_with(visible));
                prop_assert!(token.is_ascii());
            }
        }
    }
}
