# Every target sets up what it needs by itself. What is there already is passed over in silence, and anything can be
# interrupted and started again. Times are for two cores.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

env := tools/with-env
target := $(or $(CARGO_TARGET_DIR),target)
latchkey := $(target)/release/latchkey

# One set of packages and features everywhere, so that cargo compiles each dependency once for all of them.
tested := -p types -p entity -p migration -p domain -p markdown -p app -p server --features app/ssr

say = @printf '\033[1m==>\033[0m %s\n'

.PHONY: help run dev test fmt lint unit it check wasm-graph build budgets schemathesis e2e transcript bench audit clean setup \
	toolchain front-tools test-tools fmt-check site-folder release e2e-run transcript-run schemathesis-run clients clients-run

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

run: front-tools ## start Latchkey on SQLite with the builtin model (15 minutes the first time, then seconds)
	@$(env) tools/front
	$(say) "Building and starting the server (6 minutes the first time); Ctrl-C stops it"
	@exec $(env) cargo run --locked -p server --bin latchkey -- serve

dev: front-tools ## the same, rebuilt at every change of a file
	@exec $(env) cargo-leptos leptos watch --split --cargo-locked

test: setup fmt-check lint check wasm-graph release budgets transcript-run schemathesis-run clients-run e2e-run ## all that must hold before a change goes in (an hour the first time, then about 25 minutes)
	$(say) "Everything passed"

fmt: toolchain ## format the Rust code
	@$(env) cargo fmt --all

fmt-check: toolchain
	$(say) "Format"
	@$(env) cargo fmt --all --check

lint: toolchain site-folder ## clippy on both halves, the compiler's view of the browser tests (4 minutes the first time)
	@tools/npm-packages end2end
	$(say) "Clippy, the server's half"
	@$(env) cargo clippy --locked --workspace --exclude frontend --features app/ssr --all-targets -- -D warnings
	$(say) "Clippy, the browser's half"
	@$(env) cargo clippy --locked -p frontend --target wasm32-unknown-unknown -- -D warnings
	$(say) "Types of the browser tests"
	@cd end2end && npm run --silent check

unit: toolchain site-folder ## unit tests (5 minutes the first time)
	@tools/debian-packages initdb:postgresql
	$(say) "Unit tests"
	@$(env) tools/with-postgres cargo test --locked $(tested) --lib --bins

it: toolchain site-folder ## integration tests on SQLite and PostgreSQL (6 minutes the first time)
	@tools/debian-packages initdb:postgresql
	$(say) "Integration tests on SQLite and PostgreSQL"
	@$(env) tools/with-postgres cargo test --locked $(tested) --test '*'

check: toolchain site-folder
	@tools/debian-packages initdb:postgresql
	$(say) "Unit and integration tests on SQLite and PostgreSQL (6 minutes the first time)"
	@$(env) tools/with-postgres cargo test --locked $(tested)

wasm-graph: toolchain ## prove that nothing of the server reaches the browser (a second)
	$(say) "The browser's dependency graph"
	@$(env) tools/wasm-graph

build: release ## the single binary, with every asset inside (12 minutes the first time)
	@echo "$(latchkey)"

# Two builds, never one: built together, cargo would give the server's features to the browser and the other way round.
release: front-tools
	@$(env) tools/front release
	$(say) "Building the server for release (8 minutes the first time)"
	@$(env) cargo build --locked --release -p server --bin latchkey

budgets: ## sizes of what was built last
	@tools/budgets

e2e: release test-tools e2e-run ## the browser tests against the release binary (12 minutes after the build)

e2e-run:
	$(say) "Browser tests"
	@LATCHKEY_BIN=$(latchkey) $(env) tools/e2e

transcript: release test-tools transcript-run ## play README's transcript against the release binary (seconds after the build)

transcript-run:
	$(say) "README's transcript"
	@$(env) tools/transcript README.md "$(latchkey)" latchkey.toml

schemathesis: release test-tools schemathesis-run ## hold the release binary against its own API reference (2 minutes after the build)

schemathesis-run:
	$(say) "The API against its own reference"
	@$(env) tools/with-postgres tools/schemathesis "$(latchkey)"

clients: release test-tools clients-run ## OpenAI's own libraries against the release binary, and llama.cpp behind it (20 seconds after the build)

clients-run:
	$(say) "OpenAI's own libraries, and llama.cpp's own server"
	@$(env) tools/clients/run "$(latchkey)"

bench: release ## the benchmarks (10 minutes after the build, most of it writing two million messages)
	$(say) "Benchmarks (the first time they are compiled for 5 minutes)"
	@tools/debian-packages initdb:postgresql
	@$(env) tools/with-postgres cargo bench --locked -p server

audit: toolchain ## licences, sources, bans, advisories, unused dependencies (5 minutes the first time)
	@tools/cargo-tool cargo-deny cargo-machete
	@$(env) tools/audit

clean: ## remove what was built, except the tools
	rm -rf target end2end/artifacts end2end/test-results end2end/playwright-report
	@[[ $(target) == target ]] || $(env) cargo clean

setup: front-tools test-tools ## only set up what the others need (8 minutes)

toolchain:
	@tools/debian-packages cc:build-essential curl:curl
	@tools/toolchain

front-tools: toolchain
	@tools/npm-packages style
	@$(env) tools/cargo-tool wasm-bindgen-cli cargo-leptos

test-tools:
	@tools/debian-packages initdb:postgresql sqlite3:sqlite3 curl:curl "$${CHROMIUM:-chromium}:chromium,fonts-liberation"
	@tools/npm-packages end2end tools/clients
	@tools/python-packages schemathesis clients

# The server's build takes its assets from here; without a front end it is empty, but must be there.
site-folder:
	@mkdir -p target/site
