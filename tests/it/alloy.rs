//! Alloy's configuration: a text within Helm values that Alloy reads when its pods start, and refuses as a whole if one
//! name in it is wrong. What its reader would say of blocks and references is said here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Scene;

/// What the components that we use hand on to others.
const EXPORTS: [(&str, &str); 5] = [
    ("discovery.kubernetes", "targets"),
    ("discovery.relabel", "output"),
    ("local.file_match", "targets"),
    ("loki.process", "receiver"),
    ("loki.write", "receiver"),
];

/// A block: `name "label" { … }`.
#[derive(Debug, Default)]
struct Block {
    name: String,
    label: String,
    attributes: BTreeMap<String, Vec<Token>>,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name, also one with dots: a keyword, a number, or a reference to a component.
    Word(String),
    Text(String),
    Sign(char),
    NewLine,
}

/// The tokens that are not read yet.
type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

/// The tokens of a text; comments are left out.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let (token, length) = match first {
            '"' => {
                let line = rest[1..].lines().next().unwrap_or_default();
                let end = line.find('"').ok_or_else(|| format!("a string without an end: \"{line}"))?;
                (Some(Token::Text(line[..end].to_owned())), end + 2)
            }
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '\n' => (Some(Token::NewLine), 1),
            ' ' => (None, 1),
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (Some(Token::Word(rest[..end].to_owned())), end)
            }
            c if "{}[]()=,+".contains(c) => (Some(Token::Sign(c)), 1),
            c => return Err(format!("a `{c}` that has no place here")),
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// Everything up to the brace that ends `block`, or to the end of the text for the outermost one.
fn fill(block: &mut Block, tokens: &mut Tokens) -> Result<(), String> {
    let outermost = block.name.is_empty();
    loop {
        let name = match tokens.next() {
            Some(Token::NewLine) => continue,
            Some(Token::Word(name)) => name,
            None if outermost => return Ok(()),
            Some(Token::Sign('}')) if !outermost => return Ok(()),
            other => return Err(format!("{other:?} in `{} {}`", block.name, block.label)),
        };
        match tokens.next() {
            Some(Token::Sign('=')) => {
                let value = expression(tokens).map_err(|problem| format!("`{name}`: {problem}"))?;
                if block.attributes.insert(name.clone(), value).is_some() {
                    return Err(format!("`{name}` is set twice in `{} {}`", block.name, block.label));
                }
            }
            after => {
                let (label, after) = match after {
                    Some(Token::Text(label)) => (label, tokens.next()),
                    after => (String::new(), after),
                };
                if after != Some(Token::Sign('{')) {
                    return Err(format!("{after:?} behind `{name}`"));
                }
                let mut inner = Block { name, label, ..Block::default() };
                fill(&mut inner, tokens)?;
                block.blocks.push(inner);
            }
        }
    }
}

/// What stands behind an equals sign: a line, or more while a bracket is open.
fn expression(tokens: &mut Tokens) -> Result<Vec<Token>, String> {
    let (mut value, mut open) = (Vec::new(), Vec::new());
    while let Some(token) = tokens.next_if(|token| *token != Token::NewLine || !open.is_empty()) {
        match token {
            Token::NewLine => continue,
            Token::Sign(sign @ ('[' | '(' | '{')) => open.push(sign),
            Token::Sign(sign @ (']' | ')' | '}')) => {
                let pair = open.pop().map(|open| format!("{open}{sign}")).unwrap_or_default();
                if !["[]", "()", "{}"].contains(&pair.as_str()) {
                    return Err(format!("a `{sign}` that closes nothing"));
                }
            }
            _ => {}
        }
        value.push(token);
    }
    if open.is_empty() && !value.is_empty() { Ok(value) } else { Err("it has no end".to_owned()) }
}

fn parse(text: &str) -> Result<Block, String> {
    let mut all = Block::default();
    fill(&mut all, &mut tokens(text)?.into_iter().peekable())?;
    Ok(all)
}

/// The blocks in a block, at any depth, and the block itself.
fn walk(block: &Block) -> Vec<&Block> {
    std::iter::once(block).chain(block.blocks.iter().flat_map(walk)).collect()
}

/// The components that a block refers to, as `name.label`, each with the export that it wants.
fn references(block: &Block) -> Vec<(String, String)> {
    let values = walk(block).into_iter().flat_map(|block| block.attributes.values());
    let words =
        values.flat_map(|value| value.windows(2).chain(std::iter::once(value.last_chunk::<1>().unwrap().as_slice())));
    let references = words.filter_map(|words| match words {
        // A call of a function is no reference.
        [Token::Word(_), Token::Sign('(')] => None,
        [Token::Word(word), ..] => word.rsplit_once('.'),
        _ => None,
    });
    references.map(|(component, export)| (component.to_owned(), export.to_owned())).collect()
}

/// What is wrong with a configuration; nothing if it is sound.
fn problems(text: &str) -> Vec<String> {
    let all = match parse(text) {
        Ok(all) => all,
        Err(problem) => return vec![problem],
    };
    let mut found = Vec::new();
    let mut components = BTreeMap::new();
    for block in &all.blocks {
        let export = EXPORTS.iter().find(|(name, _)| *name == block.name).map(|(_, export)| *export);
        if components.insert(format!("{}.{}", block.name, block.label), export).is_some() {
            found.push(format!("`{} {}` is there twice", block.name, block.label));
        }
    }
    for (component, export) in references(&all) {
        match components.get(&component) {
            Some(Some(known)) if *known == export => {}
            Some(_) => found.push(format!("`{component}` has no `{export}`")),
            None => found.push(format!("there is no `{component}`")),
        }
    }
    let used: BTreeSet<_> = references(&all).into_iter().map(|(component, _)| component).collect();
    let idle = components.iter().filter(|(name, export)| export.is_some() && !used.contains(*name));
    found.extend(idle.map(|(name, _)| format!("nobody uses `{name}`")));
    found
}

/// The configuration in the values of the environment `dev`, rendered with `settings`.
fn configuration(settings: &[&str]) -> String {
    let scene = Scene::of_this_repository();
    // It is sealed for the namespaces that this repository uses.
    scene.remove("values/sealed/dev.yaml");
    let settings = settings.iter().flat_map(|setting| ["--set", *setting]);
    scene.render(&["--env", "dev"].into_iter().chain(settings).collect::<Vec<_>>()).succeeds();
    let values: Value = serde_yaml::from_str(&scene.read("out/dev/services/alloy/values.yaml")).unwrap();
    values["alloy"]["configMap"]["content"].as_str().unwrap().to_owned()
}

#[test]
fn every_reference_leads_somewhere() {
    let text = configuration(&[]);
    assert_eq!(problems(&text), [""; 0], "{text}");
    // Helm would take these for code of its own.
    assert!(!text.contains("{{"), "{text}");
}

#[test]
fn every_line_of_a_pod_goes_to_the_loki_of_the_values() {
    let all = parse(&configuration(&["services.loki.namespace=logs"])).unwrap();
    let component = |name: &str| all.blocks.iter().find(|block| format!("{}.{}", block.name, block.label) == name);
    let sources: Vec<_> = all.blocks.iter().filter(|block| block.name.starts_with("loki.source.")).collect();
    assert!(!sources.is_empty());
    for source in sources {
        let mut at = source;
        while at.name != "loki.write" {
            let Some([_, Token::Word(next), _]) = at.attributes.get("forward_to").map(Vec::as_slice) else {
                panic!("`{} {}` forwards to none, or to several", at.name, at.label);
            };
            at = component(next.rsplit_once('.').unwrap().0).unwrap();
        }
        let urls = walk(at).into_iter().filter_map(|block| block.attributes.get("url")).collect::<Vec<_>>();
        let expected = Token::Text("http://loki.logs.svc.cluster.local:3100/loki/api/v1/push".to_owned());
        assert_eq!(urls, [&vec![expected]]);
    }
}

#[test]
fn logs_are_found_by_few_labels() {
    let all = parse(&configuration(&[])).unwrap();
    let targets = walk(&all).into_iter().filter_map(|block| block.attributes.get("target_label"));
    let labels: BTreeSet<_> = targets
        .filter_map(|value| match value.as_slice() {
            [Token::Text(label)] if !label.starts_with("__") => Some(label.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(labels, BTreeSet::from(["app", "container", "job", "namespace", "node", "pod"]));
}

#[test]
fn a_broken_configuration_is_told_from_a_sound_one() {
    let text = configuration(&[]);
    for (from, to, expected) in [
        (
            "loki.write \"loki\"",
            "loki.write \"other\"",
            vec!["there is no `loki.write.loki`", "nobody uses `loki.write.other`"],
        ),
        ("loki.write.loki.receiver", "loki.write.loki.output", vec!["`loki.write.loki` has no `output`"]),
        ("role = \"pod\"", "role = \"pod", vec!["a string without an end: \"pod"]),
        ("[loki.write.loki.receiver]", "[loki.write.loki.receiver", vec!["`forward_to`: a `}` that closes nothing"]),
        ("stage.cri { }", "stage.cri { } }", vec!["Some(Sign('}')) in ` `"]),
        ("local.file_match \"pods\" {", "local.file_match \"pods\"", vec!["Some(NewLine) behind `local.file_match`"]),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(problems(&text.replacen(from, to, 1)), expected, "{from} -> {to}");
    }
}
