//! The content security policy of the pages.

use axum::http::HeaderValue;

/// The policy for one document: scripts and styles from here or with this document's nonce, nothing from elsewhere,
/// nobody may frame it. Without a nonce (files, errors) inline code is refused altogether.
pub fn content_security_policy(nonce: Option<&str>) -> HeaderValue {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    // `cargo leptos watch` reloads the page over a socket on a port of its own.
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() {
        " ws:"
    } else {
        ""
    };
    let policy = format!(
        "default-src 'self'; script-src 'self'{nonce} 'wasm-unsafe-eval'; style-src 'self'{nonce}; \
         img-src 'self' data:; connect-src 'self'{reload}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'; object-src 'none'"
    );
    // A nonce is base64, so this can't fail; were it ever to, the page would rather not run at all.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

#[cfg(test)]
mod tests {
    use super::content_security_policy;

    #[test]
    fn the_nonce_is_in_scripts_and_styles_and_nowhere_else() {
        let policy = content_security_policy(Some("abc="));
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("script-src 'self' 'nonce-abc=' 'wasm-unsafe-eval';"));
        assert!(policy.contains("style-src 'self' 'nonce-abc=';"));
        assert_eq!(policy.matches("nonce").count(), 2);
        assert!(!policy.contains("unsafe-inline"));
    }

    #[test]
    fn without_a_nonce_there_is_no_inline_code() {
        assert!(!content_security_policy(None).to_str().unwrap().contains("nonce"));
    }
}
