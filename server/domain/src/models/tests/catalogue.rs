use super::*;
use crate::config::Provider::{Builtin, Ollama, Openai};

const URL: &str = "http://localhost:11434";

fn made(models: &[ModelConfig], default_model: &str) -> Result<Catalogue, String> {
    let chat = ChatConfig {
        default_model: default_model.to_owned(),
        ..chat()
    };
    Catalogue::with_environment(models, &chat, environment)
}

fn ids(catalogue: &Catalogue) -> Vec<&str> {
    catalogue.list().map(|info| info.id.as_str()).collect()
}

#[test]
fn nothing_configured_is_the_builtin_model() {
    let catalogue = made(&[], "builtin").unwrap();
    assert_eq!(ids(&catalogue), ["builtin"]);
    let model = catalogue.default_model();
    assert_eq!(
        (model.info().provider, model.info().context_window),
        ("builtin", Some(4096))
    );
    assert!(catalogue.get("other").is_none());
}

#[test]
fn the_builtin_model_is_there_when_it_is_the_default() {
    let models = [entry(Ollama, Some(URL))];
    assert_eq!(ids(&made(&models, "m").unwrap()), ["m"]);
    let catalogue = made(&models, "builtin").unwrap();
    assert_eq!(ids(&catalogue), ["m", "builtin"]);
    assert_eq!(catalogue.default_model().info().id, "builtin");
}

#[test]
fn a_fallback_is_another_model() {
    let with_fallback = |id: &str| {
        let chat = ChatConfig {
            fallback_model: Some(id.to_owned()),
            ..chat()
        };
        Catalogue::with_environment(&[entry(Ollama, Some(URL))], &chat, environment)
    };
    let catalogue = with_fallback("builtin").unwrap();
    assert_eq!(ids(&catalogue), ["m", "builtin"]);
    assert_eq!(catalogue.fallback_of("m").unwrap().info().id, "builtin");
    assert!(catalogue.fallback_of("builtin").is_none());
    assert!(with_fallback("m").unwrap().fallback_of("m").is_none());
    let error = with_fallback("unknown").unwrap_err();
    assert!(
        error.starts_with("chat.fallback_model") && error.contains("m, builtin"),
        "{error}"
    );
    assert!(made(&[], "builtin").unwrap().fallback_of("builtin").is_none());
}

#[test]
fn a_model_is_what_its_entry_says() {
    let own = ModelConfig {
        id: "quotes".to_owned(),
        context_window: Some(512),
        ..entry(Builtin, None)
    };
    let named = ModelConfig {
        name: Some("Big".to_owned()),
        ..entry(Openai, Some("https://[::1]:8000/v1"))
    };
    let catalogue = made(&[own, named], "quotes").unwrap();
    assert_eq!(ids(&catalogue), ["quotes", "m"]);
    assert_eq!(catalogue.get("quotes").unwrap().info().context_window, Some(512));
    let named = catalogue.get("m").unwrap();
    assert_eq!(
        (
            named.info().name.as_str(),
            named.info().provider,
            named.info().context_window
        ),
        ("Big", "openai", None)
    );
}

#[test]
fn what_is_wrong_is_named_with_its_key() {
    let ollama = || entry(Ollama, Some(URL));
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        (vec![ollama(), ollama()], "models[1].id", "already"),
        (
            vec![ModelConfig {
                id: "a b".to_owned(),
                ..ollama()
            }],
            "models[0].id",
            "letters",
        ),
        (
            vec![ModelConfig {
                id: "builtin".to_owned(),
                ..ollama()
            }],
            "models[0].id",
            "another id",
        ),
        (
            vec![ModelConfig {
                name: some(" "),
                ..ollama()
            }],
            "models[0].name",
            "leave it out",
        ),
        (
            vec![ModelConfig {
                model: some(""),
                ..ollama()
            }],
            "models[0].model",
            "leave it out",
        ),
        (
            vec![entry(Ollama, None)],
            "models[0].base_url",
            "http://localhost:11434",
        ),
        (
            vec![entry(Openai, None)],
            "models[0].base_url",
            "https://api.openai.com/v1",
        ),
        (
            vec![entry(Openai, Some("localhost:8000"))],
            "models[0].base_url",
            "http or https",
        ),
        (
            vec![entry(Openai, Some("ftp://x/v1"))],
            "models[0].base_url",
            "http or https",
        ),
        (
            vec![entry(Openai, Some("http://user:pw@x/v1"))],
            "models[0].base_url",
            "api_key_env",
        ),
        (
            vec![entry(Openai, Some("http://x/v1?key=1"))],
            "models[0].base_url",
            "?",
        ),
        (
            vec![ModelConfig {
                context_window: Some(0),
                ..ollama()
            }],
            "models[0].context_window",
            "from 1",
        ),
        (
            vec![ModelConfig {
                api_key_env: some("ABSENT"),
                ..ollama()
            }],
            "models[0].api_key_env",
            "ABSENT is not set",
        ),
        (vec![entry(Builtin, Some(URL))], "models[0].base_url", "leave it out"),
        (
            vec![ModelConfig {
                api_key_env: some("UPSTREAM_KEY"),
                ..entry(Builtin, None)
            }],
            "models[0].api_key_env",
            "leave",
        ),
        (
            vec![ModelConfig {
                id: "other".to_owned(),
                ..ollama()
            }],
            "chat.default_model",
            "other, builtin",
        ),
    ];
    for (models, key, form) in cases {
        let error = made(&models, "m").unwrap_err();
        assert!(error.starts_with(key) && error.contains(form), "{error}");
        assert!(!error.contains(KEY));
    }
    let impatient = ChatConfig {
        request_timeout_seconds: 0,
        ..chat()
    };
    assert!(
        Catalogue::from_config(&[ollama()], &impatient)
            .unwrap_err()
            .starts_with("chat.request_timeout_seconds")
    );
}

#[test]
fn a_key_does_not_show_in_what_is_printed() {
    let config = ModelConfig {
        api_key_env: Some("UPSTREAM_KEY".to_owned()),
        ..entry(Openai, Some("http://x/v1"))
    };
    let catalogue = made(&[config], "m").unwrap();
    assert!(!format!("{catalogue:?}").contains(KEY));
}

#[test]
fn a_fallback_is_another_model_that_there_is() {
    let other = |id: &str, fallback: Option<&str>| ModelConfig {
        id: id.to_owned(),
        fallback: fallback.map(str::to_owned),
        ..entry(Ollama, Some(URL))
    };
    let made = |models: &[ModelConfig], general: Option<&str>| {
        let chat = ChatConfig {
            fallback_model: general.map(str::to_owned),
            ..chat()
        };
        Catalogue::with_environment(models, &chat, environment)
    };
    let models = [other("m", None), other("a", Some("m")), other("b", None)];
    let catalogue = made(&models, Some("b")).unwrap();
    for (of, fallback) in [("m", Some("b")), ("a", Some("m")), ("b", None)] {
        let found = catalogue.fallback_of(of).map(|model| model.info().id.clone());
        assert_eq!(found.as_deref(), fallback, "{of}");
    }
    assert!(made(&models[..1], None).unwrap().fallback_of("m").is_none());
    // The built-in model is there when it is named.
    assert!(made(&models[..1], Some("builtin")).unwrap().fallback_of("m").is_some());

    for (models, general, key) in [
        (vec![other("m", Some("gone"))], None, "models[0].fallback"),
        (vec![other("m", Some("m"))], None, "models[0].fallback"),
        (vec![other("m", None)], Some("gone"), "chat.fallback_model"),
    ] {
        let error = made(&models, general).unwrap_err();
        assert!(error.starts_with(key), "{error}");
    }
}
