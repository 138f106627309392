//! Keys, secrets, tokens and cookies.

use crate::pattern::{Needs, Pattern, whole};
use std::ops::Range;

pub(crate) const ALL: &[Pattern] = &[
    // The value of an `Authorization` header, also as JSON.
    Pattern {
        placeholder: "[token]",
        needs: Needs::AnyOf(&["authorization"]),
        regex: r#"(?i)\bauthorization"?\s*[:=]\s*"?(?:bearer|basic|digest|token)\s+([a-z0-9._~+/=-]{4,})"#,
        take: whole,
    },
    Pattern {
        placeholder: "[token]",
        needs: Needs::AnyOf(&["bearer"]),
        regex: r"(?i)\bbearer\s+([a-z0-9._~+/=-]{8,})",
        take: random,
    },
    Pattern {
        placeholder: "[key]",
        needs: Needs::AnyOf(&["api-key", "api_key"]),
        regex: r#"(?i)\bapi[-_]key"?\s*[:=]\s*"?([a-z0-9._~+/=-]{8,})"#,
        take: random,
    },
    // All of a `Cookie` or `Set-Cookie` header, also as JSON.
    Pattern {
        placeholder: "[cookie]",
        needs: Needs::AnyOf(&["cookie"]),
        regex: r#"(?i)\bcookie"?\s*[:=]\s*"?([^\s"\[=;,]+=[^\r\n"]*)"#,
        take: whole,
    },
    Pattern {
        placeholder: "[cookie]",
        needs: Needs::AnyOf(&["__host-", "__secure-"]),
        regex: r#"(?i)__(?:host|secure)-[a-z0-9_-]+=([^\s;",\[]+)"#,
        take: whole,
    },
    // A JWT: two or three parts, the first of which is JSON in base64.
    Pattern {
        placeholder: "[token]",
        needs: Needs::AnyOf(&["eyj"]),
        regex: r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
        take: whole,
    },
    // Keys of providers and clouds, by their prefixes.
    Pattern {
        placeholder: "[key]",
        needs: Needs::AnyOf(&[
            "sk-",
            "sk_",
            "rk_",
            "ghp_",
            "gho_",
            "ghs_",
            "github_pat_",
            "xox",
            "akia",
            "aiza",
            "glpat-",
        ]),
        regex: concat!(
            r"\b(?:sk-[A-Za-z0-9_-]{16,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|gh[pos]_[A-Za-z0-9]{20,}",
            r"|github_pat_[A-Za-z0-9_]{20,}|xox[abprs]-[A-Za-z0-9-]{16,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}",
            r"|glpat-[A-Za-z0-9_-]{16,})",
        ),
        take: has_digit,
    },
    // Our own short-lived secrets, and a provider's.
    Pattern {
        placeholder: "[secret]",
        needs: Needs::AnyOf(&["ek_"]),
        regex: r"\bek_[A-Za-z0-9_-]{16,}",
        take: has_digit,
    },
];

/// Random text has a digit sooner or later; `sk-` and a long CSS class has none.
fn has_digit(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    text.get(range.clone())?
        .bytes()
        .any(|b| b.is_ascii_digit())
        .then_some(range)
}

/// A token, not the next word of a sentence about bearers.
fn random(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    if range.len() >= 24 {
        Some(range)
    } else {
        has_digit(text, range)
    }
}
