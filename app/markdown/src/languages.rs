//! What people and models call a language, what is written over its code, and whose grammar reads it.

/// `(what is typed after the fence, label, a name the grammars know)`; no grammar: known, but shown plain.
const NAMES: &[(&[&str], &str, Option<&str>)] = &[
    (
        &[
            "sh",
            "bash",
            "zsh",
            "fish",
            "shell",
            "console",
            "terminal",
            "shellsession",
            "shell-session",
        ],
        "shell",
        Some("sh"),
    ),
    (&["powershell", "ps1", "pwsh"], "powershell", None),
    (&["bat", "cmd", "batch"], "batch", Some("bat")),
    (&["js", "javascript", "mjs", "cjs", "node"], "javascript", Some("js")),
    (&["jsx"], "jsx", Some("js")),
    (&["ts", "typescript", "mts", "cts"], "typescript", Some("js")),
    (&["tsx"], "tsx", Some("js")),
    (&["json", "jsonl", "ndjson"], "json", Some("json")),
    (&["jsonc", "json5"], "json", Some("js")),
    (&["py", "python", "python3", "py3", "ipython"], "python", Some("py")),
    (&["pycon"], "python", None),
    (&["rs", "rust"], "rust", Some("rs")),
    (&["go", "golang"], "go", Some("go")),
    (&["c", "h"], "c", Some("c")),
    (&["cpp", "c++", "cc", "cxx", "hpp"], "c++", Some("cpp")),
    (&["cs", "csharp", "c#"], "c#", Some("cs")),
    (&["fs", "fsharp", "f#"], "f#", Some("ml")),
    (&["m", "objc", "objective-c", "objectivec"], "objective-c", Some("m")),
    (&["java"], "java", Some("java")),
    (&["kt", "kts", "kotlin"], "kotlin", Some("scala")),
    (&["scala"], "scala", Some("scala")),
    (&["groovy", "gradle"], "groovy", Some("groovy")),
    (&["swift"], "swift", None),
    (&["dart"], "dart", Some("java")),
    (&["rb", "ruby"], "ruby", Some("rb")),
    (&["php"], "php", Some("php source")),
    (&["pl", "perl"], "perl", Some("pl")),
    (&["lua"], "lua", Some("lua")),
    (&["r"], "r", Some("r")),
    (&["julia", "jl"], "julia", None),
    (&["matlab", "octave"], "matlab", Some("matlab")),
    (&["hs", "haskell"], "haskell", Some("hs")),
    (&["ml", "ocaml"], "ocaml", Some("ml")),
    (&["elm", "purescript"], "elm", Some("hs")),
    (&["ex", "exs", "elixir"], "elixir", None),
    (&["erl", "erlang"], "erlang", Some("erl")),
    (&["clj", "clojure"], "clojure", Some("clj")),
    (&["lisp", "scheme", "elisp", "racket"], "lisp", Some("lisp")),
    (&["zig"], "zig", None),
    (&["nim"], "nim", None),
    (&["asm", "nasm", "assembly"], "assembly", None),
    (&["html", "htm", "xhtml"], "html", Some("html")),
    (&["vue"], "vue", Some("html")),
    (&["svelte"], "svelte", Some("html")),
    (&["xml", "svg", "xsd", "xslt", "plist"], "xml", Some("xml")),
    (&["css"], "css", Some("css")),
    (&["scss", "less", "sass"], "scss", Some("css")),
    (
        &["sql", "postgresql", "postgres", "mysql", "sqlite", "plsql", "tsql"],
        "sql",
        Some("sql"),
    ),
    (&["graphql", "gql"], "graphql", None),
    (&["yaml", "yml"], "yaml", Some("yaml")),
    (&["toml"], "toml", None),
    (
        &["ini", "cfg", "conf", "properties", "env", "dotenv"],
        "ini",
        Some("properties"),
    ),
    (&["nginx"], "nginx", None),
    (&["dockerfile", "docker", "containerfile"], "dockerfile", None),
    (&["tf", "hcl", "terraform"], "terraform", None),
    (&["nix"], "nix", None),
    (&["make", "makefile"], "makefile", Some("makefile")),
    (&["cmake"], "cmake", None),
    (&["proto", "protobuf"], "protobuf", None),
    (&["solidity", "sol"], "solidity", None),
    (&["diff", "patch"], "diff", Some("diff")),
    (&["md", "markdown"], "markdown", None),
    (&["tex", "latex"], "latex", Some("latex")),
    (&["rst"], "rst", Some("rst")),
    (&["dot", "graphviz"], "dot", Some("dot")),
    (&["mermaid"], "mermaid", None),
    (&["csv", "tsv"], "csv", None),
    (&["http"], "http", None),
    (&["log"], "log", None),
    (&["vim", "viml"], "vim", None),
    (&["regex", "regexp"], "regex", None),
    (&["tcl"], "tcl", Some("tcl")),
    (&["pascal", "delphi"], "pascal", Some("pas")),
    (&["d"], "d", Some("d")),
    (&["applescript"], "applescript", Some("applescript")),
    (&["haml"], "haml", Some("haml")),
    (&["erb"], "erb", Some("erb")),
];

/// The label and the grammar of what stands after a fence.
pub(crate) fn of(info: &str) -> (&'static str, Option<&'static str>) {
    let token = info
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ':' | ';'))
        .find(|token| !token.is_empty())
        .unwrap_or_default()
        .trim_start_matches('.');
    let token = token
        .strip_prefix("language-")
        .or_else(|| token.strip_prefix("lang-"))
        .unwrap_or(token);
    NAMES
        .iter()
        .find(|(names, _, _)| names.iter().any(|name| name.eq_ignore_ascii_case(token)))
        .map_or(("text", None), |(_, label, grammar)| (label, *grammar))
}

/// All grammars that are asked for.
#[cfg(test)]
pub(crate) fn grammars() -> impl Iterator<Item = &'static str> {
    NAMES.iter().filter_map(|(_, _, grammar)| *grammar)
}
