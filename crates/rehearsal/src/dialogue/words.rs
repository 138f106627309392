//! Plain words: the one way in which heard or typed text is cut up for comparison.

/// Lower-case words without punctuation. Apostrophes vanish (`can't` is `cant`), hyphens part words,
/// and digits keep a point between them (`3.5`) but lose thousands commas.
pub(super) fn plain(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let digit_at = |i: Option<usize>| {
            i.and_then(|i| chars.get(i))
                .is_some_and(char::is_ascii_digit)
        };
        let between_digits = digit_at(at.checked_sub(1)) && digit_at(at.checked_add(1));
        match c {
            '\'' | '’' | '‘' => {}
            ',' if between_digits => {}
            '.' if between_digits => word.push('.'),
            c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            _ if word.is_empty() => {}
            _ => words.push(std::mem::take(&mut word)),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The plain words as one text, padded with spaces so that ` no ` finds a whole word.
pub(super) fn padded(text: &str) -> String {
    format!(" {} ", plain(text).join(" "))
}

/// Whether a text holds a phrase as whole words. Both are compared as plain words.
pub(super) fn holds(text: &str, phrase: &str) -> bool {
    padded(text).contains(&padded(phrase))
}

/// The text without the surrounding signs and courtesy that recognition and people put around an answer.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim()
        .trim_end_matches(['.', '!', '?', ',', ';', ' '])
        .trim_start_matches([',', '.', ' '])
}

/// The text after a lead-in such as `my name is`, compared without regard to case and apostrophes;
/// `None` when it does not start with it. The rest keeps its spelling.
pub(super) fn after<'t>(text: &'t str, lead: &str) -> Option<&'t str> {
    let mut rest = text;
    for wanted in plain(lead) {
        let start = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let end = start
            .find(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
            .unwrap_or(start.len());
        let (word, tail) = start.split_at_checked(end)?;
        if plain(word).concat() != wanted {
            return None;
        }
        rest = tail;
    }
    Some(trimmed(rest))
}
