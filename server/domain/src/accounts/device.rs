//! What to call a device in a list, from what it says of itself. A help for remembering, not evidence: anybody can say
//! anything.

/// What stands in a user agent, and the name of it. The first that is found counts, so those that pretend to be another
/// stand before it.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-", "Python"),
    ("Python/", "Python"),
    ("command line", "Command line"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`.
pub(super) fn name(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default();
    let find = |table: &[(&str, &'static str)]| {
        let found = table.iter().find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (find(PROGRAMS), find(SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn devices_have_names() {
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit";
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
        let android = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox on Linux",
            ),
            (
                &format!("{windows} Chrome/126.0.0.0 Safari/537.36"),
                "Chrome on Windows",
            ),
            (
                &format!("{windows} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"),
                "Edge on Windows",
            ),
            (
                &format!("{windows} Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0"),
                "Opera on Windows",
            ),
            (
                &format!("{mac}/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"),
                "Safari on macOS",
            ),
            (
                &format!("{mac}/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"),
                "Chrome on macOS",
            ),
            (
                &format!("{iphone} Version/17.5 Mobile/15E148 Safari/604.1"),
                "Safari on iPhone",
            ),
            (
                &format!("{iphone} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1"),
                "Chrome on iPhone",
            ),
            (
                &format!("{iphone} FxiOS/127.1 Mobile/15E148 Safari/605.1.15"),
                "Firefox on iPhone",
            ),
            (
                &format!("{android} Chrome/126.0.0.0 Mobile Safari/537.36"),
                "Chrome on Android",
            ),
            (
                &format!("{android} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"),
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
                "Firefox on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32.3", "Python"),
            ("command line", "Command line"),
            ("Something (Linux)", "Linux"),
            ("Something", "Unknown device"),
            ("", "Unknown device"),
        ] {
            assert_eq!(super::name(Some(user_agent)), expected, "{user_agent}");
        }
        assert_eq!(super::name(None), "Unknown device");
    }
}
