use super::*;

fn parse(text: &str) -> Result<Config, String> {
    let figment = Figment::new().merge(Toml::string(text));
    let config: Config = figment
        .extract()
        .map_err(|errors| errors.into_iter().map(describe).collect::<Vec<_>>().join("\n"))?;
    config.validated().map_err(|error| error.0)
}

#[test]
fn without_a_file_the_defaults_are_the_documented_ones() {
    let config = parse("").unwrap();
    assert!(!config.api.enabled);
    assert_eq!(config.api.key_prefix, "sk-");
    assert!(config.api.allowed_endpoints.is_empty());
    assert_eq!(config.api.allowed_plans, None);
    assert_eq!(config.default_plan(), "free");
    assert_eq!(config.chat.default_model, "builtin");
}

#[test]
fn camel_case_names_of_the_api_section_are_understood() {
    let config = parse(
        "[[plans]]\nid = 'pro'\nname = 'Pro'\n[api]\nkeyPrefix = 'myapp-'\nallowedPlans = ['pro']\n\
         allowedEndpoints = ['/api/chat']",
    )
    .unwrap();
    assert_eq!(config.api.key_prefix, "myapp-");
    assert_eq!(config.api.allowed_endpoints, ["/api/chat"]);
    assert!(config.plan_has_api("pro"));
    assert!(!config.plan_has_api("free"));
}

#[test]
fn what_is_wrong_is_named_with_its_key() {
    for (text, key) in [
        ("[serverr]", "serverr"),
        ("[server]\nadress = '1'", "adress"),
        ("[server]\naddress = 'here'", "server.address"),
        ("[server]\npublic_url = 'chat.example.com'", "server.public_url"),
        (
            "[server]\ncors_origins = ['https://a.example/path']",
            "server.cors_origins",
        ),
        ("[database]\nurl = 'mysql://x'", "database.url"),
        ("[database]\nurl = 'sqlite::memory:'", "database.url"),
        ("[auth]\nregistration = 'maybe'", "auth.registration"),
        ("[auth]\ntoken_hours = 0", "auth.token_hours"),
        ("[auth]\ntoken_secret = 'short'", "auth.token_secret"),
        ("[api]\nkey_prefix = 'eyJ-'", "api.key_prefix"),
        ("[api]\nkey_prefix = ''", "api.key_prefix"),
        ("[api]\nkey_prefix = 'has space-'", "api.key_prefix"),
        ("[api]\nkey_prefix = 'a234567890123456789012345'", "api.key_prefix"),
        ("[api]\nprevious_key_prefixes = ['1-']", "api.previous_key_prefixes"),
        ("[api]\nhash_cost = 4", "api.hash_cost"),
        ("[api]\nhash_cost = 13", "api.hash_cost"),
        ("[api]\nallowed_plans = ['gold']", "api.allowed_plans"),
        ("[api]\nallowed_endpoints = ['/api/th*']", "api.allowed_endpoints"),
        ("[api]\nallowed_endpoints = 'x'", "api.allowed_endpoints"),
        ("[limits]\nmax_body_bytes = -1", "limits.max_body_bytes"),
        ("[limits]\nmax_import_bytes = 1", "limits.max_import_bytes"),
        ("[limits]\nmax_document_bytes = 1", "limits.max_document_bytes"),
        (
            "[[plans]]\nid = 'a'\nname = 'A'\n[[plans]]\nid = 'a'\nname = 'B'",
            "plans.id",
        ),
        ("[[models]]\nid = 'x'\nprovider = 'magic'", "models"),
        ("[chat]\ndefault_model = 'nowhere'", "chat.default_model"),
        ("[embeddings]\nprovider = 'openai'", "model"),
        ("[embeddings]\nprovider = 'openai'\nmodel = 'm'", "embeddings.base_url"),
        (
            "[embeddings]\nprovider = 'ollama'\nbase_url = 'http://x'\nmodel = ' '",
            "embeddings.model",
        ),
        ("[embeddings]\nprovider = 'gemini'\nmodel = 'm'", "embeddings.provider"),
        (
            "[embeddings]\nprovider = 'openai'\nbase_url = 'http://x'\nmodel = 'm'\napi_key_env = 'LATCHKEY_TEST_NONE'",
            "embeddings.api_key_env",
        ),
        (
            "[embeddings]\nprovider = 'openai'\nbase_url = 'http://x'\nmodel = 'm'\nsize = 3",
            "size",
        ),
        ("[[templates]]\nname = 'A'", "prompt"),
        ("[[templates]]\nname = 'A'\nprompt = 'x'\ncolor = 'red'", "color"),
        ("[[templates]]\nname = ' '\nprompt = 'x'", "templates.name"),
        ("[[templates]]\nname = 'A'\nprompt = ' '", "templates.prompt"),
        (
            "[[templates]]\nname = 'A'\nprompt = 'x'\n[[templates]]\nname = ' A '\nprompt = 'y'",
            "templates.name",
        ),
        (
            &format!("[[templates]]\nname = 'A'\nprompt = '{}'", "x".repeat(20_001)),
            "templates.prompt",
        ),
        (
            &format!(
                "[[templates]]\nname = 'A'\nprompt = '{}'",
                (0..33)
                    .map(|number| format!("{{{{v{number}}}}}"))
                    .collect::<Vec<_>>()
                    .concat()
            ),
            "templates.prompt",
        ),
        (
            &(0..101)
                .map(|number| format!("[[templates]]\nname = 'T{number}'\nprompt = 'x'\n"))
                .collect::<Vec<_>>()
                .concat(),
            "templates",
        ),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.contains(key), "{text}: {error}");
    }
}

#[test]
fn a_password_in_the_database_url_is_not_repeated() {
    let error = parse("[database]\nurl = 'mysql://user:hunter2@host/db'").unwrap_err();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn nothing_at_all_is_a_configuration() {
    // Tests run in the crate's folder, where there is no latchkey.toml.
    assert!(!Path::new("latchkey.toml").exists());
    assert_eq!(
        Config::load(None).unwrap().server.address,
        ServerConfig::default().address
    );
    let missing = Config::load(Some(Path::new("no/such/file.toml"))).unwrap_err();
    assert!(missing.0.contains("no/such/file.toml"), "{missing}");
}

#[test]
fn a_secret_of_digits_is_a_secret_and_is_never_repeated() {
    let error = parse("[auth]\ntoken_secret = 1234567890123456789").unwrap_err();
    assert!(
        error.contains("auth.token_secret") && !error.contains("123456"),
        "{error}"
    );
    let error = parse("[auth]\ntoken_secret = [1234567]").unwrap_err();
    assert!(
        error.contains("auth.token_secret") && !error.contains("123456"),
        "{error}"
    );
}

#[test]
fn templates_are_four_of_general_use_or_the_operators_own() {
    let names = |text: &str| -> Vec<String> {
        let templates = parse(text).unwrap().templates.0;
        templates.into_iter().map(|template| template.name).collect()
    };
    assert_eq!(names("").len(), 4);
    assert_eq!(names("templates = []"), [] as [&str; 0]);
    assert_eq!(names("[[templates]]\nname = 'Own'\nprompt = 'Do {{this}}'"), ["Own"]);
    for template in parse("").unwrap().templates.0 {
        let variables = types::templates::variables(&template.prompt);
        assert!((1..=3).contains(&variables.len()), "{template:?}");
    }
}
