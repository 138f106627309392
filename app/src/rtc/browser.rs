//! Which browser this is, just far enough to say where its microphone switch is.

use leptos::prelude::window;

/// How to allow the microphone in this browser, as steps.
pub(crate) fn how_to_allow_microphone() -> [&'static str; 3] {
    steps(&window().navigator().user_agent().unwrap_or_default())
}

fn steps(agent: &str) -> [&'static str; 3] {
    let has = |word: &str| agent.contains(word);
    if has("Firefox/") {
        [
            "Click the crossed-out microphone to the left of the address.",
            "Click the × beside “Blocked temporarily” or “Blocked”.",
            "Press “Check microphone” again and choose Allow.",
        ]
    } else if has("iPhone") || has("iPad") {
        [
            "Tap the page icon to the left of the address, then “Website Settings”.",
            "Set Microphone to Allow.",
            "Press “Check microphone” again.",
        ]
    } else if has("Safari/") && !has("Chrome/") && !has("Chromium/") {
        [
            "Open the Safari menu and choose “Settings for this website…”.",
            "Set Microphone to Allow.",
            "Press “Check microphone” again.",
        ]
    } else if has("Android") {
        [
            "Tap the icon to the left of the address, then Permissions.",
            "Turn Microphone on.",
            "Press “Check microphone” again.",
        ]
    } else if has("Edg/") {
        [
            "Click the lock to the left of the address.",
            "Under “Permissions for this site”, set Microphone to Allow.",
            "Press “Check microphone” again.",
        ]
    } else {
        [
            "Click the icon to the left of the address.",
            "Turn Microphone on.",
            "Press “Check microphone” again.",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn each_browser_gets_its_own_words() {
        let agents = [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15",
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
        ];
        let first: std::collections::BTreeSet<_> =
            agents.iter().map(|agent| steps(agent)).collect();
        assert_eq!(first.len(), agents.len());
    }
}
