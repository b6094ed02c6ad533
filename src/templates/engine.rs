//! Runs templates for one environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, OutputSpan, State, UndefinedBehavior, context};
use serde::Serialize;

use super::reads::{Reads, Recorder};
use super::{Loop, Template, TemplateSet, filters, report};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Omit, Token};
use crate::model::{Policies, Values};
use crate::source::Span;
use crate::tree::OutputPath;

/// Instructions that one template may take: some hundred milliseconds, and far more than a platform needs.
const FUEL: u64 = 20_000_000;

/// Ways around the holes, and windows to the engine's inside, that a template must not have.
const REMOVED_FILTERS: [&str; 8] = ["safe", "escape", "e", "tojson", "xmlattr", "pprint", "urlize", "forceescape"];
const REMOVED_FUNCTIONS: [&str; 2] = ["debug", "lipsum"];

/// What a template printed: text with tokens, and the values that the tokens stand for.
#[derive(Debug)]
pub struct Printed {
    /// The text; each hole is its [`Token`].
    pub text: String,
    /// The value of each hole, in the order of their numbers.
    pub holes: Vec<Value>,
}

/// The name and value of one turn of a path's loop.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The variable that the template sees.
    pub variable: &'static str,
    /// The name of the service, chart or application.
    pub name: String,
    /// Its section of the values, with its name.
    value: Value,
    /// What the template sees besides the globals: the variable with this value.
    scope: Value,
}

/// A section of the values as a template sees it in a loop: with the name that it stands under.
#[derive(Serialize)]
struct Named<'a, T> {
    #[serde(flatten)]
    section: &'a T,
    name: &'a str,
}

/// What went wrong with what a template printed.
#[derive(Debug)]
pub enum Failure {
    /// It is not YAML or JSON; the finding points into the printed text.
    NotYaml(Diagnostic),
    /// A value can't stand in its hole.
    Hole {
        /// The headline.
        problem: String,
        /// The number of the hole, where it is one that is to blame.
        hole: Option<usize>,
        /// Where in the printed text the part that holds it stands.
        span: Option<Span>,
    },
}

/// The holes of the template that is running, kept in its state.
#[derive(Default)]
pub(super) struct Holes(pub(super) Vec<Value>);

/// The engine before it knows an environment.
pub(super) fn base_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax());
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(100);
    // With escaping on, what macros and set blocks print is marked as text already, and passes the formatter as it is.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("holes".into()));
    environment.set_formatter(print_hole);
    for name in REMOVED_FILTERS {
        environment.remove_filter(name);
    }
    for name in REMOVED_FUNCTIONS {
        environment.remove_global(name);
    }
    environment.add_global("omit", Value::from_object(Omit));
    filters::add_pure(&mut environment);
    environment
}

/// Lines that hold nothing but a `{% … %}` leave nothing behind.
#[expect(clippy::expect_used, reason = "the delimiters are the engine's own, so the syntax is always complete")]
fn syntax() -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    builder.build().expect("the default delimiters do not contradict each other")
}

/// Prints the token of a new hole instead of the value.
pub(super) fn print_hole(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    if value.is_safe() {
        return output.write_str(value.as_str().unwrap_or_default()).map_err(Error::from);
    }
    let holes = &mut state.get_or_insert_extension_with(Holes::default).0;
    let number = holes.len();
    holes.push(value.clone());
    output.write_str(&Token(number).text()).map_err(Error::from)
}

/// The section `policies` as templates see it: with what becomes of findings, whether the values speak of them or not.
#[derive(Debug, Serialize)]
struct WithLevels<'a> {
    #[serde(flatten)]
    policies: &'a Policies,
    levels: BTreeMap<&'static str, &'static str>,
}

/// The templates with the values of one environment.
pub struct Engine {
    environment: Environment<'static>,
    services: Arc<[Binding]>,
    charts: Arc<[Binding]>,
    applications: Arc<[Binding]>,
    recorder: Recorder,
}

impl Engine {
    /// Prepares `templates` for the environment named `name` with `values`.
    pub fn new(templates: &TemplateSet, name: &str, values: &Values) -> Self {
        Self::with_recorder(templates, name, values, Recorder::default())
    }

    /// The same, with a record of what is read: see [`Self::take_reads`]. Prints the same texts, more slowly.
    pub fn recording(templates: &TemplateSet, name: &str, values: &Values) -> Self {
        Self::with_recorder(templates, name, values, Recorder::recording())
    }

    fn with_recorder(templates: &TemplateSet, name: &str, values: &Values, recorder: Recorder) -> Self {
        // Without `..`: a section that the values get one day has to be handed on here, too.
        let Values {
            platform,
            cluster,
            storage,
            dns,
            identity,
            services,
            charts,
            applications,
            sealed,
            outputs,
            policies,
        } = values;
        let mut environment = templates.environment.clone();
        environment.add_global("environment", name);
        let mut global = |name: &'static str, value| environment.add_global(name, recorder.watch(&[name], value));
        global("platform", Value::from(Serde(platform)));
        global("cluster", Value::from(Serde(cluster)));
        global("storage", Value::from(Serde(storage)));
        if let Some(dns) = dns {
            global("dns", Value::from(Serde(dns)));
        }
        global("identity", Value::from(Serde(identity)));
        global("sealed", Value::from(Serde(sealed)));
        global("outputs", Value::from(Serde(outputs)));
        global("policies", Value::from(Serde(&WithLevels { policies, levels: policies.levels() })));

        let bind =
            |over: Loop, name: &str, path: [&str; 2], value| Binding::new(over, name, recorder.watch(&path, value));
        let services = services.iter().map(|(name, service)| {
            bind(Loop::Service, name, ["services", service.key], named(name, &service.to_value()))
        });
        let charts = charts.iter().filter(|(_, chart)| chart.enabled);
        let charts = charts.map(|(name, chart)| {
            bind(Loop::Chart, name.as_str(), ["charts", name.as_str()], named(name.as_str(), chart))
        });
        let applications = applications.iter().filter(|(_, application)| application.enabled);
        let applications = applications.map(|(name, application)| {
            let name = name.as_str();
            bind(Loop::Application, name, ["applications", name], named(name, application))
        });
        let (services, charts, applications) = (services.collect(), charts.collect(), applications.collect());
        for (section, all) in [("services", &services), ("charts", &charts), ("applications", &applications)] {
            let key = |name: &str| values.services.all().find(|one| one.name == name).map(|one| one.key.to_owned());
            environment.add_global(section, recorder.section(section, by_name(all), key));
        }
        filters::add_for(&mut environment, values, &recorder);
        Self { environment, services, charts, applications, recorder }
    }

    /// The same engine for templates that ask which files there are.
    #[must_use]
    pub fn with_files(&self, paths: &[OutputPath]) -> Self {
        let mut environment = self.environment.clone();
        filters::add_files(&mut environment, paths, &self.recorder);
        Self {
            environment,
            services: Arc::clone(&self.services),
            charts: Arc::clone(&self.charts),
            applications: Arc::clone(&self.applications),
            recorder: self.recorder.clone(),
        }
    }

    /// What templates read since the last call; nothing where the engine does not record.
    pub fn take_reads(&self) -> Reads {
        self.recorder.take()
    }

    /// The turns of `template`: one without a name where its path has no loop; none where its service is off.
    pub fn turns(&self, template: &Template) -> Vec<Option<&Binding>> {
        if let Some(name) = template.path.service() {
            return self.services.iter().filter(|one| one.name == name).map(Some).collect();
        }
        let over = match template.path.over() {
            None => return vec![None],
            Some(Loop::Service) => &self.services,
            Some(Loop::Chart) => &self.charts,
            Some(Loop::Application) => &self.applications,
        };
        over.iter().map(Some).collect()
    }

    /// Runs `template` for one turn.
    ///
    /// # Errors
    /// The template failed: something is undefined, a filter refused its value, the fuel ran out.
    pub fn print(&self, template: &Template, turn: Option<&Binding>) -> Result<Printed, Diagnostic> {
        if !template.dynamic {
            return Ok(Printed { text: template.source.text().to_owned(), holes: Vec::new() });
        }
        let run = || {
            let mut captured = self.environment.get_template(template.name())?.render_captured(scope(turn))?;
            let holes = captured.with_state_mut(|state| {
                state.get_extension_mut::<Holes>().map(|holes| std::mem::take(&mut holes.0)).unwrap_or_default()
            });
            Ok(Printed { text: captured.into_output(), holes })
        };
        run().map_err(|error| report::render_error(&error, template, turn, &self.environment))
    }

    /// What `template` prints for one turn as stretches, each with the source that printed it.
    pub(super) fn spans(&self, template: &Template, turn: Option<&Binding>) -> Option<Vec<OutputSpan>> {
        let found = self.environment.get_template(template.name()).ok()?;
        found.render_with_spans(scope(turn)).ok().map(|(_, spans)| spans)
    }

    pub(super) fn environment(&self) -> &Environment<'static> {
        &self.environment
    }

    /// Turns a failure of printed text into a finding that points into the template.
    ///
    /// Runs the template once more, keeping which stretch of output came from which stretch of source.
    pub fn explain(&self, failure: Failure, template: &Template, turn: Option<&Binding>) -> Diagnostic {
        let (text, spans) = self
            .environment
            .get_template(template.name())
            .and_then(|found| found.render_with_spans(scope(turn)))
            .unwrap_or_default();
        report::output_error(failure, template, turn, &text, &spans)
    }
}

pub(super) fn scope(turn: Option<&Binding>) -> Value {
    match turn {
        Some(turn) => turn.scope.clone(),
        None => context! {},
    }
}

fn by_name(all: &Arc<[Binding]>) -> Value {
    Value::from_pairs(all.iter().map(|one| (one.name.clone(), one.value.clone())))
}

fn named(name: &str, section: &impl Serialize) -> Value {
    Value::from(Serde(&Named { section, name }))
}

impl Binding {
    fn new(over: Loop, name: &str, value: Value) -> Self {
        let scope = Value::from_pairs([(over.name(), value.clone())]);
        Self { variable: over.name(), name: name.to_owned(), value, scope }
    }
}

// The environment prints as all templates and values; this says what tells engines apart.
impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("services", &self.services.len()).finish_non_exhaustive()
    }
}
