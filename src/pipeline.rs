//! The whole render as one chain: inputs → layers → values → templates → documents → checked trees.
//!
//! Writes nothing. What does not depend on an environment (reading, parsing, compiling) is done once, in
//! [`Workspace::open`]; environments and files are rendered in parallel, and nothing depends on the order.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::checks::{self, CheckedFile, CheckedTree};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::hex::hex;
use crate::layers::{Layers, Merged, typed_values};
use crate::leaks::leaks;
use crate::manifest::{Document, HoleError, fill_text};
use crate::model::{Date, EnvironmentName, Exception, Values};
use crate::project::Project;
use crate::schemas::Schemas;
use crate::templates::{self, Binding, Engine, Failure, Format, Printed, Template, TemplateSet};
use crate::tree::{OutputPath, RenderedFile, Tree};
use crate::yaml::{Emitter, locate_key};

mod origins;
mod sources;
mod trial;

use sources::SourceDigests;

pub use origins::{Origin, Spot, TracedFile, Tracer, node_at};
pub use trial::{After, Changed, Trial};

/// A project whose inputs are parsed and compiled, ready to render any of its environments.
#[derive(Debug)]
pub struct Workspace {
    layers: Layers,
    templates: TemplateSet,
    schemas: Schemas,
    template_digests: SourceDigests,
    /// Of the schemas that the project brings: they change what is found, never what is written.
    schema_digests: SourceDigests,
    /// Paths of the templates that are files of the project, and not compiled in.
    own_templates: BTreeSet<String>,
}

/// An environment whose layers are merged, and the digest of everything that its render depends on.
#[derive(Debug)]
pub struct Inputs {
    /// Which environment.
    pub environment: EnvironmentName,
    /// Its merged layers.
    pub merged: Merged,
    /// SHA-256, in hex, of program version, templates, schemas, layers and `--set` arguments.
    pub digest: String,
    /// The same for each layer by itself.
    layer_digests: SourceDigests,
}

impl Inputs {
    /// `finding` with the place where the layers set the value at `path`.
    fn at(&self, path: &[&str], finding: Diagnostic) -> Diagnostic {
        let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        match locate_key(&self.merged.root, &path) {
            Some(location) => finding.at(location, ""),
            None => finding.in_file(format!("values/{}.yaml", self.environment)),
        }
    }

    /// What looks like a secret in the layers. Ciphertext is no secret, and may look like anything.
    fn leaks(&self) -> impl Iterator<Item = Diagnostic> {
        let readable = self.merged.sources.iter().filter(|source| !source.path().starts_with("values/sealed/"));
        readable.flat_map(|source| leaks(source.path(), source.text())).map(|leak| {
            Diagnostic::error(Code::Leak, format!("{} stands in the values in the clear", leak.kind))
                .at(leak.location, "")
                .note("whoever can read the repository has it, also after it is removed: the history keeps it")
                .help("remove it, have it revoked where it comes from, and seal the new one: `render seal set`")
        })
    }
}

/// What is said of exceptions that nothing needs: somebody may think that they still guard something.
fn stale_exceptions(inputs: &Inputs, values: &Values, names: &[String]) -> Vec<Diagnostic> {
    let warning = |name: &String| {
        let message = format!("the exception `{name}` matches nothing that is found");
        let found = Diagnostic::warning(Code::StaleException, message);
        let found = inputs.at(&["policies", "exceptions", name], found);
        found.help("remove it, or correct what it says of the resource")
    };
    names.iter().map(warning).filter_map(|found| values.policies.counted(found)).collect()
}

/// A rendered environment and what is worth knowing about it.
#[derive(Debug)]
pub struct Rendered {
    /// The files.
    pub tree: Tree,
    /// What was found in it: of a [`judged`](Workspace::judge) one errors, too.
    pub found: Diagnostics,
    /// What it was rendered from.
    pub values: Values,
}

impl Workspace {
    /// Parses the values and compiles the templates of `project`.
    ///
    /// # Errors
    /// Every template that does not compile, and every schema that defines no kind.
    pub fn open(project: &Project) -> Result<Self, Diagnostics> {
        let templates = TemplateSet::new(templates::defaults(), project.templates.clone())?;
        let schemas = Schemas::with(&project.schemas)?;
        let template_digests = SourceDigests::of(&templates.sources);
        let schema_digests = SourceDigests::of(&project.schemas);
        let own_templates = project.templates.values().map(|source| source.path().to_owned()).collect();
        let layers = Layers::parse(&project.values);
        Ok(Self { layers, templates, schemas, template_digests, schema_digests, own_templates })
    }

    /// The environments of the project, sorted by name.
    pub fn environments(&self) -> Vec<EnvironmentName> {
        self.layers.environments()
    }

    /// Merges the layers of `environment` and `sets`, and digests all that a render of it depends on.
    ///
    /// # Errors
    /// The environment is unknown, or one of its layers can't be read.
    pub fn inputs(&self, environment: &EnvironmentName, sets: &[String]) -> Result<Inputs, Diagnostics> {
        let merged = self.layers.merge(environment, sets)?;
        let mut hash = Sha256::new();
        feed(&mut hash, crate::VERSION);
        feed(&mut hash, environment.as_str());
        let layer_digests = SourceDigests::of(&merged.sources);
        self.template_digests.feed(&mut hash);
        self.schema_digests.feed(&mut hash);
        layer_digests.feed(&mut hash);
        let digest = hex(&hash.finalize());
        Ok(Inputs { environment: environment.clone(), merged, digest, layer_digests })
    }

    /// The typed values of `inputs`, with the warnings about them.
    ///
    /// # Errors
    /// Everything in the layers that the types and rules do not allow.
    pub fn values(&self, inputs: &Inputs) -> Result<(Values, Diagnostics), Diagnostics> {
        let (values, mut found) = typed_values(&inputs.merged.root)?;
        found.extend(inputs.leaks().filter_map(|leak| values.policies.counted(leak)));
        if found.has_errors() { Err(found) } else { Ok((values, found)) }
    }

    /// The exceptions of `inputs` that were to end before `today`. What is wrong with the values otherwise is said by
    /// [`Self::values`].
    pub fn expired(&self, inputs: &Inputs, today: &Date) -> Diagnostics {
        let Ok((values, _)) = typed_values(&inputs.merged.root) else { return Diagnostics::new() };
        let finding = |name: &str| {
            let exception = values.policies.exceptions.get(name);
            let text = |read: fn(&Exception) -> String| exception.map(read).unwrap_or_default();
            let last = text(|one| one.expires.as_ref().map(ToString::to_string).unwrap_or_default());
            let found = Diagnostic::error(Code::ExpiredException, format!("the exception `{name}` ended with {last}"));
            let found = inputs.at(&["policies", "exceptions", name, "expires"], found);
            found
                .note(format!("its owner is {}", text(|one| one.owner.clone())))
                .note(format!("its reason was: {}", text(|one| one.reason.clone())))
                .help("mend what it is about and remove it; or, if the reason still holds, say until when")
        };
        values.policies.expired(today).map(finding).collect()
    }

    /// Renders and checks one environment.
    ///
    /// # Errors
    /// Everything that is wrong with its values, its templates or what they make.
    pub fn render(&self, inputs: &Inputs) -> Result<Rendered, Diagnostics> {
        let rendered = self.judge(inputs)?;
        if rendered.found.has_errors() { Err(rendered.found) } else { Ok(rendered) }
    }

    /// Renders one environment and returns its tree even where the checks find errors in it, with all that they found:
    /// for whoever compares the tree and writes nothing.
    ///
    /// # Errors
    /// Everything for which there is no tree: what is wrong with its values and templates.
    pub fn judge(&self, inputs: &Inputs) -> Result<Rendered, Diagnostics> {
        let (values, mut found) = self.values(inputs)?;
        let engine = Engine::new(&self.templates, inputs.environment.as_str(), &values);
        let outputs = self.outputs(&engine, &values)?;
        let files = unique(&inputs.environment, outputs)?;
        let checked = files.iter().map(|Output { path, file, documents }| CheckedFile {
            path,
            template: &file.template,
            documents,
            text: &file.text,
        });
        let (environment, schemas) = (inputs.environment.as_str(), &self.schemas);
        let judged = checks::run(&CheckedTree { environment, values: &values, schemas, files: checked.collect() });
        drop(engine);
        found.extend(stale_exceptions(inputs, &values, &judged.stale));
        found.extend(judged.findings.into_iter().filter_map(|finding| values.policies.counted(finding)));
        let files: BTreeMap<_, _> = files.into_iter().map(|output| (output.path, output.file)).collect();
        // With warnings the lock names other inputs than the next run has, so that run renders, and warns, again.
        let digest = &inputs.digest;
        let inputs_line = if found.is_empty() { digest.clone() } else { format!("{digest}, with warnings") };
        let sources = inputs.layer_digests.with_templates(&self.template_digests, &self.own_templates, &files);
        let tree = Tree { environment: inputs.environment.clone(), inputs: inputs_line, sources, files };
        Ok(Rendered { tree, found, values })
    }

    /// Runs all templates: first those that stand alone, then those that ask which files there are.
    fn outputs(&self, engine: &Engine, values: &Values) -> Result<Vec<Output>, Diagnostics> {
        let (late, early): (Vec<_>, Vec<_>) = jobs(&self.templates, engine)?.into_iter().partition(Job::is_late);
        let mut outputs = run(&early, engine, values)?;
        if late.is_empty() {
            return Ok(outputs);
        }
        let mut paths: Vec<OutputPath> = outputs.iter().map(|output| output.path.clone()).collect();
        paths.extend(late.iter().map(|job| job.path.clone()));
        paths.sort();
        let made = run(&late, &engine.with_files(&paths), values)?;
        let there: BTreeSet<_> = made.iter().map(|output| &output.path).collect();
        if let Some(job) = late.iter().find(|job| !there.contains(&job.path)) {
            // The lists that were handed out name it, so leaving it out would make them wrong.
            let path = job.template.source.path();
            return Err(Diagnostic::error(Code::TemplateOutput, format!("`{}` comes out empty", job.path))
                .in_file(path)
                .note("a template that calls `files` always makes a file: other lists name it already")
                .help("take the call of `files` out, or let the template print a document")
                .into());
        }
        outputs.extend(made);
        Ok(outputs)
    }
}

fn feed(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// One turn of one template.
struct Job<'a> {
    template: &'a Template,
    turn: Option<&'a Binding>,
    path: OutputPath,
}

impl Job<'_> {
    fn is_late(&self) -> bool {
        self.template.wants_files
    }
}

/// A file that a job made, with the documents in it.
struct Output {
    path: OutputPath,
    file: RenderedFile,
    documents: Vec<Document>,
}

fn jobs<'a>(templates: &'a TemplateSet, engine: &'a Engine) -> Result<Vec<Job<'a>>, Diagnostics> {
    let mut found = Diagnostics::new();
    let mut jobs = Vec::new();
    for template in &templates.templates {
        for turn in engine.turns(template) {
            let name = turn.map_or("", |turn| turn.name.as_str());
            match template.path.output(name) {
                Ok(path) => jobs.push(Job { template, turn, path }),
                Err(error) => found.push(
                    Diagnostic::error(Code::PathOutside, format!("`{name}` can't be part of an output path: {error}"))
                        .in_file(template.source.path())
                        .help("rename it in the values"),
                ),
            }
        }
    }
    if found.has_errors() { Err(found) } else { Ok(jobs) }
}

fn run(jobs: &[Job<'_>], engine: &Engine, values: &Values) -> Result<Vec<Output>, Diagnostics> {
    let results: Vec<_> = jobs.par_iter().map(|job| job.run(engine, values)).collect();
    let mut found = Diagnostics::new();
    let mut outputs = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(output) => outputs.extend(output),
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    if found.has_errors() { Err(found) } else { Ok(outputs) }
}

impl Job<'_> {
    /// The file of this turn; none where nothing was printed.
    fn run(&self, engine: &Engine, values: &Values) -> Result<Option<Output>, Diagnostic> {
        let printed = engine.print(self.template, self.turn)?;
        let made = match self.template.format {
            Format::Yaml => self.yaml(printed, values),
            Format::Json => self.json(printed),
            Format::Text => fill_text(&printed.text, &printed.holes)
                .map(|text| (!text.is_empty()).then(|| (text, Vec::new())))
                .map_err(hole_failure),
        };
        let made = made.map_err(|failure| engine.explain(failure, self.template, self.turn))?;
        Ok(made.map(|(text, documents)| {
            let file = RenderedFile { text, template: self.template.source.path().to_owned() };
            Output { path: self.path.clone(), file, documents }
        }))
    }

    fn yaml(&self, printed: Printed, values: &Values) -> Result<Option<(String, Vec<Document>)>, Failure> {
        let capacity = printed.text.len() * 2;
        let mut documents = self.documents(printed)?;
        if let Some(overlay) = self.overlay(values) {
            // A service whose template prints nothing may still have values of its user's.
            if documents.is_empty() {
                documents.push(Document::of(serde_json::Value::Null));
            }
            for document in &mut documents {
                let mut data = document.data().map_err(hole_failure)?;
                lay_over(&mut data, overlay);
                *document = Document::of(data);
            }
        }
        if documents.is_empty() {
            return Ok(None);
        }
        let mut emitter = Emitter::with_capacity(capacity);
        emitter.comment(&format!(
            "Rendered from {}; edit that or the values, not this file.",
            self.template.source.path()
        ));
        documents.iter().try_for_each(|document| document.emit(&mut emitter)).map_err(hole_failure)?;
        // In a text of just its size: every file waits in memory for all others, and the room above was a guess.
        Ok(Some((emitter.into_string().as_str().to_owned(), documents)))
    }

    fn json(&self, printed: Printed) -> Result<Option<(String, Vec<Document>)>, Failure> {
        let documents = self.documents(printed)?;
        let Some(document) = documents.first() else { return Ok(None) };
        if documents.len() > 1 {
            let several = Diagnostic::error(Code::TemplateOutput, "a JSON file holds one value, this prints several");
            return Err(Failure::NotYaml(several.help("take out the `---` line and what follows")));
        }
        let data = document.data().map_err(hole_failure)?;
        let mut text = serde_json::to_string_pretty(&data).unwrap_or_default();
        text.push('\n');
        Ok(Some((text, documents)))
    }

    fn documents(&self, printed: Printed) -> Result<Vec<Document>, Failure> {
        let skeleton = self.template.skeleton(&printed.text).map_err(Failure::NotYaml)?;
        Ok(Document::all(&skeleton, printed.holes))
    }

    /// The free values of a service, which go over what the template of its Helm values makes.
    fn overlay<'v>(&self, values: &'v Values) -> Option<&'v serde_json::Map<String, serde_json::Value>> {
        let rest = self.path.as_str().strip_prefix("services/")?;
        let name = rest.strip_suffix("/values.yaml")?;
        let (_, service) = values.services.iter().find(|(service, _)| *service == name)?;
        Some(&**service.section.values()).filter(|values| !values.is_empty())
    }
}

fn hole_failure(error: HoleError) -> Failure {
    Failure::Hole { problem: error.problem, hole: error.hole, span: error.span }
}

/// Lays `over` on top of `data`: maps merge key by key, everything else is replaced, as layers of values do.
fn lay_over(data: &mut serde_json::Value, over: &serde_json::Map<String, serde_json::Value>) {
    let serde_json::Value::Object(below) = data else {
        *data = serde_json::Value::Object(over.clone());
        return;
    };
    for (key, value) in over {
        match (below.get_mut(key), value) {
            (Some(below @ serde_json::Value::Object(_)), serde_json::Value::Object(above)) => lay_over(below, above),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The outputs sorted by path; two that claim one path are an error.
fn unique(environment: &EnvironmentName, mut outputs: Vec<Output>) -> Result<Vec<Output>, Diagnostics> {
    let mut found = Diagnostics::new();
    // Outputs of one path stay in their order.
    outputs.sort_by(|one, other| one.path.cmp(&other.path));
    for claims in outputs.chunk_by(|one, other| one.path == other.path) {
        for output in &claims[1..] {
            found.push(
                Diagnostic::error(Code::PathConflict, format!("two templates claim out/{environment}/{}", output.path))
                    .in_file(&output.file.template)
                    .note(format!("the other one is {}", claims[0].file.template))
                    .help("rename one of the two, or what it loops over"),
            );
        }
    }
    if let Some((file, next)) = file_above(&outputs) {
        found.push(
            Diagnostic::error(
                Code::PathConflict,
                format!("out/{environment}/{} would be a file and a folder", file.path),
            )
            .in_file(&file.file.template)
            .note(format!("{} makes {}", next.file.template, next.path))
            .help("rename one of the two"),
        );
    }
    debug_assert!(found.iter().all(|item| item.severity == Severity::Error));
    if found.has_errors() { Err(found) } else { Ok(outputs) }
}

/// A file that stands where another one needs a folder, and that other one. `outputs` are sorted by path.
fn file_above(outputs: &[Output]) -> Option<(&Output, &Output)> {
    let file_at = |path: &str| outputs.binary_search_by(|output| output.path.as_str().cmp(path)).ok();
    let mut looked_at = None;
    outputs.iter().find_map(|output| {
        let folder = output.path.as_str().rsplit_once('/').map(|(folder, _)| folder);
        if std::mem::replace(&mut looked_at, folder) == folder {
            return None;
        }
        let above = std::iter::successors(folder, |folder| folder.rsplit_once('/').map(|(folder, _)| folder));
        above.into_iter().find_map(file_at).map(|file| (&outputs[file], output))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::source::Source;

    fn render(values: &str, template: (&str, &str)) -> Result<BTreeMap<String, String>, Diagnostics> {
        let file =
            |folder: &str, name: &str, text: &str| (name.to_owned(), Source::new(format!("{folder}/{name}"), text));
        let (name, values) = file("values", "dev.yaml", values);
        let project = Project {
            root: "/".into(),
            values: BTreeMap::from([(name, Ok(values))]),
            schema: None,
            templates: BTreeMap::from([file("templates", template.0, template.1)]),
            schemas: Vec::new(),
        };
        let workspace = Workspace::open(&project)?;
        let rendered = workspace.render(&workspace.inputs(&EnvironmentName::parse("dev").unwrap(), &[])?)?;
        Ok(rendered.tree.files.into_iter().map(|(path, file)| (path.to_string(), file.text)).collect())
    }

    const VALUES: &str = "
platform:
  name: example
  domain: dev.example.com
  email: platform@example.com
  repository: {url: https://git.example.com/platform.git, revision: main}
  registry: registry.example.com/example
cluster:
  region: fra1
  version: '1.36'
  nodePools:
    tools: {size: s-2vcpu-4gb, min: 1, max: 1}
identity:
  provider: oidc
  issuer: https://login.example.com/
  groupsClaim: groups
  groups: {admins: [ops]}
services:
  sealedSecrets:
    chart: {repository: https://charts.example.com, name: sealed-secrets, version: 2.19.1}
    values: {a: 1}
";

    #[test]
    fn values_of_a_service_outlive_an_empty_template() {
        let files = render(VALUES, ("services/sealed-secrets/values.yaml.j2", "{# nothing #}")).unwrap();
        let text = &files["services/sealed-secrets/values.yaml"];
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["a: 1"]);
    }

    #[test]
    fn json_is_one_value() {
        let files = render(VALUES, ("a.json.j2", "{\"a\": {{ cluster.region }}}")).unwrap();
        assert_eq!(files["a.json"], "{\n  \"a\": \"fra1\"\n}\n");
        let found = render(VALUES, ("a.json.j2", "{}\n---\n[]\n")).unwrap_err();
        let messages: Vec<_> = found.iter().map(|item| item.message.as_str()).collect();
        assert_eq!(messages, ["a JSON file holds one value, this prints several"]);
    }

    #[test]
    fn a_file_is_no_folder_even_where_other_names_stand_between_them() {
        let output = |path: &str| Output {
            path: OutputPath::parse(path).unwrap(),
            file: RenderedFile { text: String::new(), template: format!("templates/{path}") },
            documents: Vec::new(),
        };
        let environment = EnvironmentName::parse("dev").unwrap();
        let unique = |paths: &[&str]| unique(&environment, paths.iter().map(|path| output(path)).collect());
        let found = unique(&["a/b", "a/b-c", "a/b.d", "a/b/e"]).err().unwrap();
        let messages: Vec<_> = found.iter().map(|item| item.message.as_str()).collect();
        assert_eq!(messages, ["out/dev/a/b would be a file and a folder"]);
        assert!(unique(&["a/b", "a/b-c", "a/b.d", "a/bb/e"]).is_ok());
    }
}
