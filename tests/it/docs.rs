//! The pages under `docs/` and the README say what is so.
//!
//! Some pages are generated from the program; a stale one fails here, and `just generate` writes it. The examples of
//! the others are rendered: a fenced block says in its first line what it is.
//!
//! * `yaml base`: the values that all examples of the page share;
//! * `yaml values`: the values of the next example only, laid over these;
//! * `yaml template [PATH]`: its template, `example.yaml.j2` where no path is given;
//! * `yaml output [PATH]`: exactly the file that comes out, but for its first comment line;
//! * `text error`: exactly the message that comes out instead.
//!
//! A page without `yaml base` speaks of this repository: its values and templates are the base. There `yaml excerpt
//! PATH` holds lines that stand in that file one after the other.

mod codes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use supercargo::diagnostic::Diagnostics;
use supercargo::model::EnvironmentName;
use supercargo::pipeline::Workspace;
use supercargo::project::Project;
use supercargo::source::Source;
use supercargo::templates;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a generated page with the file, or writes it where the environment asks for that.
fn hold(page: &str, text: &str) {
    let file = root().join(page);
    if std::env::var_os("SUPERCARGO_WRITE_DOCS").is_some() {
        fs::write(&file, text).unwrap();
    }
    let present = fs::read_to_string(&file).unwrap_or_default();
    assert!(present == text, "{page} is stale: run `just generate`");
}

/// The help of `render` with `arguments`, as on a terminal of 100 columns without any setting.
fn help(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_render"));
    let output = command.args(arguments).arg("--help").env_clear().env("COLUMNS", "100").output().unwrap();
    assert!(output.status.success(), "render {arguments:?} --help: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The names of the commands that a help lists.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").collect()
}

/// Writes the help of a command, then that of those below it; what all commands understand is not repeated there.
fn sections(path: &[&str], help_text: &str, text: &mut String) {
    let depth = if path.len() > 1 { "###" } else { "##" };
    let name = [&["render"], path].concat().join(" ");
    let own = if path.len() > 1 { help_text.split("\nGlobal options:").next().unwrap() } else { help_text };
    let _ = write!(text, "\n{depth} `{name}`\n\n```text\n{}\n```\n", own.trim_end());
    for name in commands(help_text) {
        let path = [path, &[name]].concat();
        sections(&path, &help(&path), text);
    }
}

#[test]
fn the_page_of_commands_is_current() {
    let mut text = String::from(
        "# Commands\n\n\
         <!-- Generated from the command itself: `just generate`. -->\n\n\
         Data goes to standard output, talk to standard error. Exit codes: 0 nothing to report, 1 ran and found\n\
         something, 2 could not run.\n",
    );
    let main = help(&[]);
    assert!(commands(&main).contains(&"check"), "no commands in the help:\n{main}");
    sections(&[], &main, &mut text);
    hold("docs/cli.md", &text);
}

#[test]
fn the_page_of_services_is_current() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_render"));
    let list = ["list", "--all", "--format", "markdown", "--project"];
    let output = command.args(list).arg(root()).env_clear().output().unwrap();
    assert!(output.status.success(), "render {list:?}: {}", String::from_utf8_lossy(&output.stderr));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("\n## prod\n") && page.contains("| tekton |"), "{page}");
    hold("docs/services.md", &page);
}

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    /// The words behind the fence.
    info: Vec<String>,
    text: String,
    line: usize,
}

impl Block {
    fn is(&self, language: &str, role: &str) -> bool {
        self.info.first().is_some_and(|word| word == language) && self.info.get(1).is_some_and(|word| word == role)
    }

    fn path_or(&self, default: &str) -> String {
        self.info.get(2).cloned().unwrap_or_else(|| default.to_owned())
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in fs::read_to_string(root().join(page)).unwrap().lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let info = info.split_whitespace().map(str::to_owned).collect();
                open = Some(Block { info, text: String::new(), line: number + 1 });
            }
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a fence is not closed");
    found
}

/// What the examples of a page start from.
fn base(page: &str, blocks: &[Block]) -> Project {
    let Some(base) = blocks.iter().find(|block| block.is("yaml", "base")) else {
        let (project, found) = Project::load(root()).unwrap();
        assert!(!found.has_errors(), "{page}: the repository has errors");
        return project;
    };
    let source = |name: &str, text: &str| (name.to_owned(), Ok(Source::new(format!("values/{name}"), text)));
    let values = BTreeMap::from([source("base.yaml", &base.text), source("dev.yaml", "")]);
    // Empty templates make no files, so only the example's own come out.
    let silent = |name: String| (name.clone(), Source::new(format!("templates/{name}"), ""));
    let templates = templates::defaults().into_keys().map(silent).collect();
    Project { root: PathBuf::new(), values, schema: None, templates, schemas: Vec::new() }
}

/// The files of the environment `dev` without their first comment line, or what is wrong.
fn render(project: &Project) -> Result<BTreeMap<String, String>, Diagnostics> {
    let workspace = Workspace::open(project)?;
    let inputs = workspace.inputs(&EnvironmentName::parse("dev").unwrap(), &[])?;
    let files = workspace.render(&inputs)?.tree.files;
    let body = |text: &str| match text.split_once('\n') {
        Some((comment, rest)) if comment.starts_with("# Rendered from ") => rest.to_owned(),
        _ => text.to_owned(),
    };
    Ok(files.iter().map(|(path, file)| (path.to_string(), body(&file.text))).collect())
}

/// Checks every example of `page` and returns how many things it compared.
fn check(page: &str) -> usize {
    let blocks = blocks(page);
    let base = base(page, &blocks);
    let layer = |project: &mut Project, text: &str| {
        // The repository's own file of the environment stays what it is: there the example is the layer below it.
        let name = if base.root == Path::new("") { "dev.yaml" } else { "outputs/dev.yaml" };
        project.values.insert(name.to_owned(), Ok(Source::new(format!("values/{name}"), text)));
    };
    let copy = || Project {
        root: PathBuf::new(),
        values: base.values.clone(),
        schema: None,
        templates: base.templates.iter().map(|(name, source)| (name.clone(), Arc::clone(source))).collect(),
        schemas: Vec::new(),
    };
    let mut project = copy();
    let mut compared = 0;
    let mut wrong = String::new();
    for (at, block) in blocks.iter().enumerate() {
        if block.is("yaml", "values") {
            layer(&mut project, &block.text);
        } else if block.is("yaml", "template") {
            let name = block.path_or("example.yaml.j2");
            let source = Source::new(format!("templates/{name}"), block.text.clone());
            project.templates.insert(name, source);
        } else if is_result(block) {
            compared += 1;
            if let Err(problem) = result(block, render(&project)) {
                let _ = writeln!(wrong, "{page}:{}: {problem}", block.line);
            }
            // Results that follow each other belong to one example.
            if !blocks.get(at + 1).is_some_and(is_result) {
                project = copy();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    compared
}

fn is_result(block: &Block) -> bool {
    block.is("yaml", "output") || block.is("yaml", "excerpt") || block.is("text", "error")
}

/// Compares what came out with the block that says so.
fn result(block: &Block, rendered: Result<BTreeMap<String, String>, Diagnostics>) -> Result<(), String> {
    match rendered {
        Ok(_) if block.is("text", "error") => Err("no error comes out".to_owned()),
        Ok(files) => {
            let path = block.path_or("example.yaml");
            let file = files.get(&path).ok_or_else(|| format!("there is no {path} in {:?}", files.keys()))?;
            let same = if block.is("yaml", "output") { *file == block.text } else { file.contains(&block.text) };
            if same { Ok(()) } else { Err(format!("this comes out:\n{file}")) }
        }
        Err(found) => {
            let text = found.finish().to_text(false);
            let same = block.is("text", "error") && text.trim_end() == block.text.trim_end();
            if same { Ok(()) } else { Err(format!("this error comes out:\n{text}\n")) }
        }
    }
}

#[test]
fn the_examples_of_the_template_language_come_out_as_the_page_says() {
    assert!(check("docs/templates.md") > 20);
}

#[test]
fn the_examples_of_values_come_out_as_the_page_says() {
    assert!(check("docs/values.md") > 5);
}

#[test]
fn the_examples_of_policies_come_out_as_the_page_says() {
    assert!(check("docs/policies.md") > 2);
}

#[test]
fn the_examples_of_the_architecture_come_out_as_the_page_says() {
    assert!(check("docs/architecture.md") > 0);
}

#[test]
fn the_examples_of_the_readme_come_out_of_this_repository() {
    assert!(check("README.md") > 0);
}

#[test]
fn the_examples_of_the_way_in_come_out_of_this_repository() {
    assert!(check("docs/ingress.md") > 1);
}

#[test]
fn the_examples_of_applications_come_out_of_this_repository() {
    assert!(check("docs/applications.md") > 2);
}

#[test]
fn pages_link_only_to_what_is_there() {
    let mut pages: Vec<String> = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(str::to_owned).into();
    let docs = walkdir::WalkDir::new(root().join("docs")).into_iter().map(Result::unwrap);
    pages.extend(docs.map(|entry| entry.path().strip_prefix(root()).unwrap().to_str().unwrap().to_owned()));
    let mut links = 0;
    for page in pages.iter().filter(|page| Path::new(page).extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_path_buf();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            assert!(folder.join(path).exists(), "{page} links to {target}, which is not there");
            links += 1;
        }
    }
    assert!(links > 10, "only {links} links were found");
}
