//! Code to read, with a button that copies it where there is JavaScript.

use leptos::prelude::*;

/// Puts a button on every block that can be copied. Where the browser refuses (plain http), the text is selected instead.
pub(super) const SCRIPT: &str = r#"
for (const block of document.querySelectorAll("[data-copy]")) {
  const code = block.querySelector("code");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "inline-flex h-6.5 shrink-0 cursor-pointer items-center rounded-md px-2 text-xs font-medium text-ink-soft transition-colors hover:bg-sunken hover:text-ink pointer-coarse:min-h-11";
  const name = document.createElement("span");
  name.className = "sr-only";
  name.textContent = " " + block.dataset.copy;
  const says = (words) => button.replaceChildren(words, name);
  const said = document.createElement("span");
  said.className = "sr-only";
  said.setAttribute("role", "status");
  says("Copy");
  button.addEventListener("click", async () => {
    let words = "Copied";
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      words = "Selected";
    }
    says(words);
    said.textContent = words;
    setTimeout(() => { says("Copy"); said.textContent = ""; }, 2000);
  });
  block.firstElementChild.append(button, said);
}
"#;

/// A block of code under a bar with its name.
pub(super) fn code_block(bar: String, label: String, code: String) -> AnyView {
    view! {
        <div class="min-w-0 overflow-hidden rounded-xl border border-line bg-surface" data-copy=label>
            <div class="flex h-9 items-center justify-between border-b border-line pr-1.5 pl-3.5 text-xs text-muted">
                <span>{bar}</span>
            </div>
            <pre
                class="max-h-96 overflow-auto px-3.5 py-3 font-mono text-[0.8rem]/relaxed text-ink focus-visible:-outline-offset-2"
                tabindex="0"
                role="region"
                aria-label=label.clone()
            >
                <code>{code}</code>
            </pre>
        </div>
    }
    .into_any()
}
