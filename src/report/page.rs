//! Templates, style and script to one page, under a policy that allows nothing else.

use std::sync::OnceLock;

use base64ct::{Base64, Encoding as _};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::graph;

/// A page could not be made: a template of the program itself is wrong.
#[derive(Debug, thiserror::Error)]
#[error("a template of the page is wrong")]
pub struct Error(#[from] minijinja::Error);

const SCRIPT: &str = include_str!("page.js");

const TEMPLATES: [(&str, &str); 4] = [
    ("base.html.j2", include_str!("base.html.j2")),
    ("report.html.j2", include_str!("report.html.j2")),
    ("changes.html.j2", include_str!("changes.html.j2")),
    ("diff.html.j2", include_str!("diff.html.j2")),
];

/// The style of all pages, that of the graph included.
fn style() -> &'static str {
    static STYLE: OnceLock<String> = OnceLock::new();
    STYLE.get_or_init(|| format!("{}{}", include_str!("page.css"), graph::STYLE))
}

/// Runs `template` over `data`.
pub(super) fn render(template: &str, data: &impl Serialize) -> Result<String, Error> {
    let mut engine = Environment::new();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    for (name, text) in TEMPLATES {
        engine.add_template(name, text)?;
    }
    let text = engine.get_template(template)?.render(context! {
        style => style(),
        script => SCRIPT,
        policy => policy(),
        program => crate::VERSION,
        data => Value::from(Serde(data)),
    })?;
    // No character of a value may be one that HTML does not know.
    let plain = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    Ok(text.chars().map(plain).collect())
}

/// What the page may do: use the style and the script that stand in it, and nothing from anywhere.
fn policy() -> String {
    let digest = |text: &str| format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        digest(style()),
        digest(SCRIPT)
    )
}
