# `just` lists the recipes; `just ci` is what CI runs.

set shell := ["bash", "-euo", "pipefail", "-c"]
set ignore-comments

export RUSTDOCFLAGS := "-D warnings"

target := env("CARGO_TARGET_DIR", justfile_directory() / "target")

# list the recipes
[private]
default:
    @just --list --unsorted

# everything that CI checks
ci: fmt-check spelling lint doc test explain lofi render some-faults conformance

# format the code
fmt:
    cargo fmt --all

# is the code formatted?
fmt-check:
    cargo fmt --all --check

# Clippy, with warnings as errors
lint:
    cargo clippy --locked --all-targets -- -D warnings

# the API documentation builds without a broken link
doc:
    cargo doc --locked --no-deps --document-private-items

# unit, property, documentation and integration tests
test *arguments:
    cargo test --locked {{ arguments }}

# what `render explain` says of every value and of five hundred lines, against ordinary renders
explain:
    cargo test --locked --test it -- --ignored explain::

# the sample application: formatted, without warnings, and tested
lofi:
    cargo fmt --manifest-path application/lofi/Cargo.toml --check
    cargo clippy --locked --manifest-path application/lofi/Cargo.toml --target-dir {{ target }}/lofi --all-targets -- -D warnings
    cargo test --locked --manifest-path application/lofi/Cargo.toml --target-dir {{ target }}/lofi

# is everything that is generated what the inputs give?
render:
    cargo build --release --locked
    {{ target }}/release/render schema --check
    {{ target }}/release/render check --all
    # And the same bytes from nothing, in another folder.
    rm -rf {{ target }}/again && mkdir -p {{ target }}/again && cp -R values templates {{ target }}/again/
    {{ target }}/release/render --project {{ target }}/again --all
    diff --recursive out {{ target }}/again/out

# `render cloud` and `render identity` with a fault at every call, killed at every call, and run once more
faults every="1":
    cargo build --release --locked
    SUPERCARGO_RENDER={{ target }}/release/render SUPERCARGO_FAULTS_EVERY={{ every }} cargo test --locked --test it -- --ignored --nocapture every_call_fails

# the part of that for which CI has the time
some-faults: (faults "7")

# write what is generated: out/, the schema of the values, three pages of docs/
generate:
    cargo build --release --locked
    {{ target }}/release/render schema > {{ target }}/schema.json && cp {{ target }}/schema.json values/schema.json
    {{ target }}/release/render --all
    SUPERCARGO_WRITE_DOCS=1 cargo test --quiet --locked --test it -- docs::

# prose and names without typing errors
spelling:
    tests/conformance/tools/install python
    {{ target }}/tools/venv/bin/typos

# the field's own tools judge what we write
conformance *parts:
    tests/conformance/run {{ parts }}

# how fast is it? Synthetic repositories, compared with `cp -r` and with hashing; not part of CI
bench *arguments:
    cargo bench --locked --bench render -- {{ arguments }}
