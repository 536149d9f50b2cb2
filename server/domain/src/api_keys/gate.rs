//! The allow-list: which paths a key may reach at all, judged on the raw path before anything else is.
//!
//! Patterns: without a wildcard exactly that path; a segment `*` is exactly one segment that is not empty; `/**` at the
//! end is the path itself and anything below it. Nothing else is a pattern.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::KeyRejection;
use crate::config::ApiConfig;

/// What a key never reaches, whatever the list says: accounts, keys themselves, the administration, server functions.
const NEVER: &[&str] = &["/api/auth", "/api/api-keys", "/api/admin", "/_fn"];
const LONGEST_PATH: usize = 4_096;

/// The compiled allow-list.
#[derive(Debug)]
pub struct Gate {
    enabled: bool,
    allowed: GlobSet,
    patterns: Vec<String>,
}

impl Gate {
    /// Compiles the list; the error names the key and the accepted form.
    pub fn new(config: &ApiConfig) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in &config.allowed_endpoints {
            let problem = |why: &str| {
                format!(
                    "api.allowed_endpoints has \"{pattern}\": {why}. A pattern is a path like /api/chat, /api/threads/* \
                     (one segment) or /api/threads/** (the path and all below)"
                )
            };
            check(pattern).map_err(problem)?;
            for glob in globs(pattern) {
                let glob = GlobBuilder::new(&glob)
                    .literal_separator(true)
                    .backslash_escape(true)
                    .build()
                    .map_err(|_| problem("it cannot be read"))?;
                set.add(glob);
            }
        }
        let allowed = set.build().map_err(|error| format!("api.allowed_endpoints: {error}"))?;
        let enabled = config.enabled && !config.allowed_endpoints.is_empty();
        Ok(Self {
            enabled,
            allowed,
            patterns: config.allowed_endpoints.clone(),
        })
    }

    /// The patterns as configured, for showing to people; empty when keys are switched off.
    pub fn patterns(&self) -> &[String] {
        if self.enabled { &self.patterns } else { &[] }
    }

    /// Whether a request for this raw path may go on to have its key looked at.
    pub fn check(&self, path: &str) -> Result<(), KeyRejection> {
        if !self.enabled {
            return Err(KeyRejection::Disabled);
        }
        if is_never_open(path) || !is_plain(path) || !self.allowed.is_match(path) {
            return Err(KeyRejection::EndpointNotAllowed);
        }
        Ok(())
    }
}

/// Whether keys never reach a path, whatever the list says.
pub fn is_never_open(path: &str) -> bool {
    NEVER.iter().any(|never| {
        path.strip_prefix(never)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether a path means only what it says: no empty or dot segment, and nothing encoded that could become one or
/// become a separator further on.
fn is_plain(path: &str) -> bool {
    path.len() <= LONGEST_PATH
        && path.strip_prefix('/').is_some_and(|rest| {
            rest.split('/')
                .all(|segment| !segment.is_empty() && segment != "." && segment != "..")
        })
        && !path.contains(['\\', '\0'])
        && !["%2f", "%5c", "%2e", "%00", "%25"]
            .iter()
            .any(|code| contains_ignoring_case(path, code))
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes()
        .windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

fn check(pattern: &str) -> Result<(), &'static str> {
    let rest = pattern.strip_prefix('/').ok_or("it does not begin with /")?;
    let segments: Vec<&str> = rest.split('/').collect();
    let last = segments.len() - 1;
    for (at, segment) in segments.iter().enumerate() {
        match *segment {
            "" => return Err("it has an empty segment"),
            "." | ".." => return Err("it has a dot segment"),
            "*" => {}
            "**" if at == last && at > 0 => {}
            "**" => return Err("** may stand only at the end, below a path"),
            literal
                if literal
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)) => {}
            _ => return Err("it has a character or a wildcard that is not part of a pattern"),
        }
    }
    Ok(())
}

/// `/**` means the path itself too, which globset says with two globs.
fn globs(pattern: &str) -> Vec<String> {
    // In globset `*` matches an empty segment as well; a path with one never gets this far.
    match pattern.strip_suffix("/**") {
        Some(base) => vec![base.to_owned(), pattern.to_owned()],
        None => vec![pattern.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gate(patterns: &[&str]) -> Gate {
        let allowed_endpoints = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Gate::new(&ApiConfig {
            enabled: true,
            allowed_endpoints,
            ..ApiConfig::default()
        })
        .unwrap()
    }

    fn allows(patterns: &[&str], path: &str) -> bool {
        gate(patterns).check(path).is_ok()
    }

    #[test]
    fn the_documented_patterns_match_what_they_say() {
        for (pattern, path, expected) in [
            ("/api/threads", "/api/threads", true),
            ("/api/threads", "/api/threads/123", false),
            ("/api/threads/*", "/api/threads/123", true),
            ("/api/threads/*", "/api/threads/123/messages", false),
            ("/api/threads/*", "/api/threads", false),
            ("/api/threads/*", "/api/threads/", false),
            ("/api/threads/**", "/api/threads/123", true),
            ("/api/threads/**", "/api/threads/123/messages", true),
            ("/api/threads/**", "/api/threads", true),
            ("/api/threads/**", "/api/thread", false),
            ("/api/threads/**", "/api/threadsx", false),
            ("/api/*/messages", "/api/threads/messages", true),
            ("/api/*/messages", "/api/threads/1/messages", false),
            ("/v1/**", "/v1/chat/completions", true),
            ("/api/threads", "/API/threads", false),
        ] {
            assert_eq!(allows(&[pattern], path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn some_paths_are_never_open_to_keys() {
        for path in [
            "/api/auth/login",
            "/api/auth",
            "/api/api-keys",
            "/api/api-keys/1",
            "/api/admin/users",
            "/_fn/sign_in",
        ] {
            assert!(!allows(&["/api/**", "/_fn/**"], path), "{path}");
        }
        assert!(allows(&["/api/**"], "/api/authors"));
    }

    #[test]
    fn a_path_that_could_mean_something_else_is_refused() {
        for path in [
            "//api/threads",
            "/api//threads",
            "/api/threads/",
            "/api/./threads",
            "/api/x/../threads",
            "/api/threads%2Fx",
            "/api/threads/%2e%2E/auth",
            "/api/threads/%5c",
            "/api/threads\\x",
            "/api/threads/%252e",
            "api/threads",
            "",
        ] {
            assert!(!allows(&["/api/**"], path), "{path}");
        }
    }

    #[test]
    fn a_list_that_is_off_or_empty_opens_nothing() {
        let off = ApiConfig {
            allowed_endpoints: vec!["/api/chat".to_owned()],
            ..ApiConfig::default()
        };
        assert_eq!(Gate::new(&off).unwrap().check("/api/chat"), Err(KeyRejection::Disabled));
        let empty = ApiConfig {
            enabled: true,
            ..ApiConfig::default()
        };
        assert_eq!(
            Gate::new(&empty).unwrap().check("/api/chat"),
            Err(KeyRejection::Disabled)
        );
    }

    #[test]
    fn what_is_not_a_pattern_is_refused_at_the_start() {
        for pattern in [
            "",
            "api/chat",
            "/",
            "/api//x",
            "/api/th*",
            "/**",
            "/api/**/x",
            "/api/{a,b}",
            "/api/[a]",
            "/api/?",
            "/api/../x",
        ] {
            let config = ApiConfig {
                enabled: true,
                allowed_endpoints: vec![pattern.to_owned()],
                ..ApiConfig::default()
            };
            assert!(Gate::new(&config).is_err(), "{pattern}");
        }
    }

    /// The meaning of a pattern written down a second time, by hand, to hold globset against.
    fn matches(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern, path) {
            (["**"], _) | ([], []) => true,
            (["*", pattern @ ..], [_, path @ ..]) => matches(pattern, path),
            ([literal, pattern @ ..], [segment, path @ ..]) => literal == segment && matches(pattern, path),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn globset_agrees_with_the_written_meaning(
            pattern in prop::collection::vec(prop::sample::select(vec!["a", "b", "ab", "*"]), 1..4),
            deep in any::<bool>(),
            path in prop::collection::vec(prop::sample::select(vec!["a", "b", "ab", "c", "-"]), 1..5),
        ) {
            let mut pattern = pattern;
            if deep {
                pattern.push("**");
            }
            let text = format!("/{}", pattern.join("/"));
            let target = format!("/{}", path.join("/"));
            prop_assert_eq!(allows(&[&text], &target), matches(&pattern, &path), "{} {}", text, target);
        }

        #[test]
        fn checking_never_panics_and_never_opens_the_never_list(path in "/(_fn|api/(auth|admin|api-keys))(/.{0,30})?") {
            prop_assert!(!allows(&["/api/**", "/_fn/**"], &path));
        }
    }
}
