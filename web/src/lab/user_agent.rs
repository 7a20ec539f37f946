//! What a browser says that it is.

use parlab_shared::report::Browser;

/// The operating system.
pub fn os(user_agent: &str) -> &'static str {
    let marks = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    marks.into_iter().find(|(mark, _)| user_agent.contains(mark)).map_or("unknown", |(_, name)| name)
}

/// The browser by the marks in its user agent; every browser names several others there, so order matters. Chrome and
/// Chromium have the same user agent: only the list of `brands`, as JSON, tells them apart.
pub fn browser(user_agent: &str, brands: Option<&str>) -> Browser {
    let is_chrome = brands.is_some_and(|brands| brands.contains("Google Chrome"));
    let marks = [
        ("Edg/", "Edge", "Blink"),
        ("OPR/", "Opera", "Blink"),
        ("Firefox/", "Firefox", "Gecko"),
        ("HeadlessChrome/", "Chromium", "Blink"),
        ("Chrome/", if is_chrome { "Chrome" } else { "Chromium" }, "Blink"),
        ("Version/", "WebKit", "WebKit"),
    ];
    let found = marks.into_iter().find_map(|(mark, name, engine)| {
        let version = user_agent.split(mark).nth(1)?.split([' ', ';']).next()?;
        Some((name, version.to_owned(), engine))
    });
    let (name, version, engine) = found.unwrap_or(("unknown", String::new(), "unknown"));
    let is_safari = name == "WebKit" && user_agent.contains("Safari/") && user_agent.contains("Mac OS X");
    let name = if is_safari { "Safari" } else { name };
    Browser { name: name.to_owned(), version, engine: engine.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_agent: &str, brands: Option<&str>, expected: [&str; 4]) {
        let Browser { name, version, engine } = browser(user_agent, brands);
        assert_eq!([&name, &version, &engine, os(user_agent)], expected, "{user_agent}");
    }

    #[test]
    fn browsers_are_told_apart_although_each_names_the_others() {
        const CHROME: &str =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
        let brands = r#"[{"brand":"Google Chrome","version":"141"}]"#;
        check(CHROME, Some(brands), ["Chrome", "141.0.0.0", "Blink", "Linux"]);
        check(CHROME, None, ["Chromium", "141.0.0.0", "Blink", "Linux"]);
        check(&CHROME.replace("Chrome/", "HeadlessChrome/"), None, ["Chromium", "141.0.0.0", "Blink", "Linux"]);
        check(&format!("{CHROME} Edg/141.0.1.2"), Some(brands), ["Edge", "141.0.1.2", "Blink", "Linux"]);
        check(&format!("{CHROME} OPR/120.0"), None, ["Opera", "120.0", "Blink", "Linux"]);
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
            None,
            ["Firefox", "140.0", "Gecko", "Windows"],
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            None,
            ["Safari", "18.5", "WebKit", "macOS"],
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            None,
            ["WebKit", "18.0", "WebKit", "Linux"],
        );
        check("curl", None, ["unknown", "", "unknown", "unknown"]);
    }

    #[test]
    fn systems_are_told_apart_although_some_name_others() {
        for (mark, expected) in [
            ("Linux; Android 14; Pixel 8", "Android"),
            ("iPhone; CPU iPhone OS 18_0 like Mac OS X", "iOS"),
            ("iPad; CPU OS 18_0 like Mac OS X", "iOS"),
            ("X11; CrOS x86_64 14541.0.0", "ChromeOS"),
        ] {
            assert_eq!(os(mark), expected);
        }
    }
}
