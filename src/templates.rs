//! Templates and values to rendered text with open holes.
//!
//! `templates/` mirrors `out/<env>/`. A [`TemplateSet`] holds every template of a project over the compiled-in
//! defaults; an [`Engine`] runs them for one environment. What it prints has an opaque token for each `{{ … }}`; the
//! values of these holes travel beside the text ([`Printed`]), so nothing that a value contains can reach the parser.
//!
//! A template sees the values and nothing else: no files, no clock, no environment variables, no network.

mod emptiness;
mod engine;
mod filters;
mod marks;
mod path;
mod reads;
mod report;

pub use engine::{Binding, Engine, Failure, Printed};
pub use marks::{MarkedTemplates, Trace, Written};
pub use path::{Loop, PathPattern};
pub use reads::{Keys, Reads};

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use include_dir::{Dir, include_dir};
use minijinja::Environment;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::manifest::Skeleton;
use crate::model::Services;
use crate::source::{Location, Source};
use crate::yaml::is_hole_mark;

/// The folder of a project that holds its templates.
pub const FOLDER: &str = "templates";

/// The ending that marks a file as a template; others are taken as they are.
const TEMPLATE_SUFFIX: &str = ".j2";

static DEFAULTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// What a template's output is, told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML with holes, written in canonical form.
    Yaml,
    /// JSON with holes.
    Json,
    /// Any text; holes are filled as text.
    Text,
}

/// One template.
#[derive(Debug)]
pub struct Template {
    /// The file; its path begins with `templates/`.
    pub source: Arc<Source>,
    /// Where its outputs go.
    pub path: PathPattern,
    /// What it makes.
    pub format: Format,
    /// Whether `{{ … }}` in it means anything; a file without `.j2` is taken as it is.
    pub dynamic: bool,
    /// Whether it asks for the list of outputs and so has to wait for the others.
    pub wants_files: bool,
    /// The skeletons that it has printed so far: a document that took a known way is not parsed again.
    skeletons: RwLock<BTreeMap<String, Arc<Skeleton>>>,
}

impl Template {
    /// The name that the engine knows the template by: its path below `templates/`.
    pub fn name(&self) -> &str {
        let path = self.source.path();
        path.strip_prefix("templates/").unwrap_or(path)
    }

    /// Whether it can make no file with some values. Of one that is said to, it is not certain.
    pub fn may_be_empty(&self) -> bool {
        if self.dynamic {
            return emptiness::may_be_empty(self.source.text(), self.format);
        }
        true
    }

    /// The skeleton of `text`, parsed if this way through the template has not been taken before.
    ///
    /// # Errors
    /// The text is not YAML.
    pub fn skeleton(&self, text: &str) -> Result<Arc<Skeleton>, Diagnostic> {
        // A poisoned cache is still a cache: entries are only ever added whole.
        if let Some(known) = self.skeletons.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(text) {
            return Ok(Arc::clone(known));
        }
        let source = Source::new(self.source.path(), text);
        let skeleton = Arc::new(Skeleton::parse(&source)?);
        let mut cache = self.skeletons.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(Arc::clone(cache.entry(text.to_owned()).or_insert(skeleton)))
    }
}

/// Every template of a project, compiled.
#[derive(Debug)]
pub struct TemplateSet {
    /// The templates that make files, in the order of their paths.
    pub templates: Vec<Template>,
    /// All texts, macros included, in the order of their names: what a render depends on.
    pub sources: Vec<Arc<Source>>,
    environment: Environment<'static>,
}

/// The templates that are compiled into the program, by path below `templates/`.
pub fn defaults() -> BTreeMap<String, Arc<Source>> {
    fn collect(dir: &Dir<'static>, into: &mut BTreeMap<String, Arc<Source>>) {
        for file in dir.files() {
            if let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                let name = name.replace('\\', "/");
                let source = Source::new(format!("{FOLDER}/{name}"), text);
                into.insert(name, source);
            }
        }
        dir.dirs().for_each(|dir| collect(dir, into));
    }
    let mut found = BTreeMap::new();
    collect(&DEFAULTS, &mut found);
    found
}

impl TemplateSet {
    /// Compiles `own` templates laid over `defaults`; a file of the same name replaces the default. Keys are paths
    /// below `templates/`.
    ///
    /// # Errors
    /// Every template with a syntax error or a path that can't be one.
    pub fn new(
        defaults: BTreeMap<String, Arc<Source>>,
        own: BTreeMap<String, Arc<Source>>,
    ) -> Result<Self, Diagnostics> {
        let mut all = defaults;
        all.extend(own);
        all.retain(|name, _| !name.split('/').any(|segment| segment.starts_with('.')));
        let mut found = Diagnostics::new();
        let mut environment = engine::base_environment();
        let mut templates = Vec::new();
        for (name, source) in &all {
            let dynamic = name.ends_with(TEMPLATE_SUFFIX);
            if dynamic {
                found.extend(refuse_marks(source));
                found.extend(refuse_autoescape(source));
                if let Err(error) = environment.add_template_owned(name.clone(), source.text().to_owned()) {
                    found.push(report::syntax_error(&error, source));
                    continue;
                }
            }
            if name.split('/').any(|segment| segment.starts_with('_')) {
                continue;
            }
            match template(name, source, dynamic, &environment) {
                Ok(template) => templates.push(template),
                Err(diagnostic) => found.push(diagnostic),
            }
        }
        if found.has_errors() {
            return Err(found);
        }
        Ok(Self { templates, sources: all.into_values().collect(), environment })
    }
}

fn template(
    name: &str,
    source: &Arc<Source>,
    dynamic: bool,
    environment: &Environment<'_>,
) -> Result<Template, Diagnostic> {
    let target = name.strip_suffix(TEMPLATE_SUFFIX).unwrap_or(name);
    let path = PathPattern::parse(target).map_err(|message| {
        Diagnostic::error(Code::PathOutside, message)
            .in_file(source.path())
            .help("rename the template; the loops of a path are `{service}`, `{chart}` and `{application}`")
    })?;
    if let Some(service) = path.service().filter(|service| !Services::NAMES.contains(service)) {
        let unknown = Diagnostic::error(Code::Template, format!("there is no service `{service}`"))
            .in_file(source.path())
            .note("a folder of `services/` is rendered where the service of its name is enabled, so this one never is");
        return Err(match nearest(service, Services::NAMES.iter().copied()) {
            Some(name) => unknown.help(format!("did you mean `services/{name}/`?")),
            None => unknown.help(format!("the services are: {}", Services::NAMES.join(", "))),
        });
    }
    let format = match target.rsplit_once('.').map(|(_, ending)| ending) {
        Some("yaml" | "yml") => Format::Yaml,
        Some("json") if dynamic => Format::Json,
        _ => Format::Text,
    };
    let wants_files = dynamic
        && environment.get_template(name).is_ok_and(|template| template.undeclared_variables(false).contains("files"));
    Ok(Template { source: Arc::clone(source), path, format, dynamic, wants_files, skeletons: RwLock::default() })
}

/// A template that prints the marks of holes itself could take a value's place for another's.
fn refuse_marks(source: &Arc<Source>) -> Option<Diagnostic> {
    let (at, mark) = source.text().char_indices().find(|(_, character)| is_hole_mark(*character))?;
    let location = Location::new(source, at..at + mark.len_utf8());
    Some(
        Diagnostic::error(Code::TemplateSyntax, "the template holds a non-character that marks holes")
            .at(location, "")
            .help("remove it"),
    )
}

/// In a block of another escape mode the engine prints values into the text, escaped for HTML or JSON, past the holes.
fn refuse_autoescape(source: &Arc<Source>) -> Option<Diagnostic> {
    const TAG: &str = "autoescape";
    let text = source.text();
    let at = text.match_indices("{%").find_map(|(at, open)| {
        let inside = &text[at + open.len()..];
        let name = inside.strip_prefix(['-', '+']).unwrap_or(inside).trim_start();
        name.starts_with(TAG).then_some(text.len() - name.len())
    })?;
    Some(
        Diagnostic::error(Code::TemplateSyntax, "templates have no `autoescape`")
            .at(Location::new(source, at..at + TAG.len()), "would let values into the text")
            .help("remove the block: a hole takes any value as it is"),
    )
}

#[cfg(test)]
mod tests;
