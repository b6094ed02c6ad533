//! Values that can't be rendered: what a person reads about each, next to what they wrote.

mod files;
mod layers;
mod scalars;
mod sets;
mod shapes;
mod syntax;

use std::fmt::Write as _;

use crate::support::Scene;

/// What a render says about `values/dev.yaml` with these lines at its end. Nothing may be written.
#[track_caller]
fn dev(lines: &str) -> String {
    Scene::new().and("values/dev.yaml", lines).refuses(&["--env", "dev"])
}

/// What a render says about the application `web` with these lines over what it needs.
#[track_caller]
fn web(lines: &str) -> String {
    let needed = "source: {path: application/web}\nimage: registry.example.com/example/web:1.0.0\nport: 8080\n";
    let key = |line: &str| line.split(':').next().unwrap().to_owned();
    let kept = needed.lines().filter(|line| !lines.lines().any(|other| key(other) == key(line)));
    let all = kept.chain(lines.lines()).fold("applications:\n  web:\n".to_owned(), |mut all, line| {
        writeln!(all, "    {line}").unwrap();
        all
    });
    dev(&all)
}

/// What a render says with these arguments behind `--env dev`.
#[track_caller]
fn set(arguments: &[&str]) -> String {
    Scene::new().refuses(&[&["--env", "dev"], arguments].concat())
}
