//! A file of `kubectl`'s with one more cluster in it.
//!
//! The form is `Config` of `v1` (client-go, `tools/clientcmd/api/v1`): lists of named clusters, users and contexts. An
//! entry of a name that is there already is replaced, every other stays, and comments are lost, as with `kubectl config`.
//! The text holds credentials: no message repeats a word of it, only the number of a line.

use serde_json::{Map, Value, json};

use crate::source::Source;
use crate::yaml::{Emitter, Limits, Node, NodeKind, Scalar, load_one, resolve_plain};

/// The lists whose entries have names.
const LISTS: [&str; 3] = ["clusters", "contexts", "users"];
const CURRENT: &str = "current-context";

/// A file that can't be joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not YAML.
    #[error("line {0} of it can't be read as YAML")]
    NotYaml(usize),
    /// It is YAML, but not what `kubectl` reads.
    #[error("it is no kubeconfig: {0}")]
    NotAKubeconfig(String),
}

impl Error {
    /// What to do next, in one line.
    pub fn help(&self) -> String {
        "see what `kubectl config view` says of the file, or name another one with `--file`".to_owned()
    }
}

/// Two files as one: everything of `present`, with the clusters, users and contexts of `added` laid over it by their
/// names, and the current context of `added`.
///
/// # Errors
/// One of them is no kubeconfig.
pub fn merged(present: &str, added: &str) -> Result<String, Error> {
    let mut config = read(present)?;
    let mut added = read(added)?;
    if config.is_empty() {
        config.insert("apiVersion".to_owned(), json!("v1"));
        config.insert("kind".to_owned(), json!("Config"));
    }
    for list in LISTS {
        let mut entries = entries(config.shift_remove(list), list)?;
        for new in self::entries(added.shift_remove(list), list)? {
            match entries.iter_mut().find(|entry| entry["name"] == new["name"]) {
                Some(entry) => *entry = new,
                None => entries.push(new),
            }
        }
        config.insert(list.to_owned(), Value::Array(entries));
    }
    if let Some(current) = added.shift_remove(CURRENT) {
        config.shift_remove(CURRENT);
        config.insert(CURRENT.to_owned(), current);
    }
    let mut yaml = Emitter::new();
    yaml.begin_document();
    yaml.value(&Value::Object(config));
    Ok(yaml.into_string())
}

/// Whether everything that `present` knows is replaced by `added`, so that nothing is lost with it.
///
/// # Errors
/// One of them is no kubeconfig.
pub fn is_covered(present: &str, added: &str) -> Result<bool, Error> {
    let (mut present, mut added) = (read(present)?, read(added)?);
    for list in LISTS {
        let added = entries(added.shift_remove(list), list)?;
        let present = entries(present.shift_remove(list), list)?;
        if !present.iter().all(|entry| added.iter().any(|new| new["name"] == entry["name"])) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The name of the context that `text` chooses, if it does.
///
/// # Errors
/// It is no kubeconfig.
pub fn current_context(text: &str) -> Result<Option<String>, Error> {
    Ok(read(text)?.get(CURRENT).and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned))
}

/// The top of a file, checked to be of the kind that we know; empty where the text is.
fn read(text: &str) -> Result<Map<String, Value>, Error> {
    let source = Source::new("kubeconfig", text);
    let root = load_one(&source, Limits::default()).map_err(|found| {
        let at = found.primary.map_or(1, |label| label.location.line_column().0);
        Error::NotYaml(at)
    })?;
    let Value::Object(config) = data(&root)? else {
        return Err(Error::NotAKubeconfig("it is no mapping".to_owned()));
    };
    for (key, expected) in [("apiVersion", "v1"), ("kind", "Config")] {
        if !config.is_empty() && config.get(key).is_some_and(|value| value != expected) {
            return Err(Error::NotAKubeconfig(format!("its `{key}` is not `{expected}`")));
        }
    }
    Ok(config)
}

/// The entries of the list `name`; `kubectl` writes `null` where there are none.
fn entries(value: Option<Value>, name: &str) -> Result<Vec<Value>, Error> {
    let wrong = || Error::NotAKubeconfig(format!("its `{name}` is no list of entries with names"));
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) if entries.iter().all(|entry| entry["name"].is_string()) => Ok(entries),
        Some(_) => Err(wrong()),
    }
}

fn data(node: &Node) -> Result<Value, Error> {
    Ok(match &node.kind {
        NodeKind::Map(map) => {
            let entry = |(key, entry): (&String, &crate::yaml::Entry)| Ok((key.clone(), data(&entry.value)?));
            Value::Object(map.iter().map(entry).collect::<Result<_, Error>>()?)
        }
        NodeKind::Seq(items) => Value::Array(items.iter().map(data).collect::<Result<_, _>>()?),
        NodeKind::Scalar(Scalar { text, plain: false }) => Value::String(text.clone()),
        NodeKind::Scalar(Scalar { text, plain: true }) => {
            let resolved = resolve_plain(text).map_err(|_| Error::NotYaml(node.location.line_column().0))?;
            resolved.data(text)
        }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const MINE: &str = "\
apiVersion: v1
clusters:
- cluster:
    insecure-skip-tls-verify: true
    server: https://192.0.2.1
  name: home
contexts:
- context: {cluster: home, namespace: default, user: me}
  name: home
current-context: home
kind: Config
preferences: {}
users:
- name: me
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, args: ['1', \"on\"], command: login, env: null}
";

    fn added(token: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: do-fra1-dev\n  cluster: {{server: https://a.example.com}}\n\
             contexts:\n- name: do-fra1-dev\n  context: {{cluster: do-fra1-dev, user: do-fra1-dev-admin}}\n\
             current-context: do-fra1-dev\nusers:\n- name: do-fra1-dev-admin\n  user: {{token: {token}}}\n"
        )
    }

    #[test]
    fn what_was_there_stays_and_what_has_the_name_is_replaced() {
        let once = merged(MINE, &added("one")).unwrap();
        insta::assert_snapshot!(once, @r#"
        apiVersion: v1
        kind: Config
        preferences: {}
        clusters:
        - cluster:
            insecure-skip-tls-verify: true
            server: https://192.0.2.1
          name: home
        - name: do-fra1-dev
          cluster:
            server: https://a.example.com
        contexts:
        - context:
            cluster: home
            namespace: default
            user: me
          name: home
        - name: do-fra1-dev
          context:
            cluster: do-fra1-dev
            user: do-fra1-dev-admin
        users:
        - name: me
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              args:
              - "1"
              - "on"
              command: login
              env: null
        - name: do-fra1-dev-admin
          user:
            token: one
        current-context: do-fra1-dev
        "#);
        let twice = merged(&once, &added("two")).unwrap();
        assert_eq!(twice, once.replace("token: one", "token: two"));
    }

    #[test]
    fn a_file_that_is_empty_or_says_nothing_takes_all() {
        let whole = merged("", &added("one")).unwrap();
        assert!(whole.contains("token: one") && whole.contains("kind: Config"), "{whole}");
        let of_kubectl =
            "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n";
        let joined = merged(of_kubectl, &added("one")).unwrap();
        assert_eq!(read(&joined), read(&whole));
        assert_eq!(current_context(&joined).unwrap().as_deref(), Some("do-fra1-dev"));
        assert_eq!(current_context(of_kubectl), Ok(None));
    }

    #[test]
    fn a_file_that_is_none_of_kubectls_is_refused_without_a_word_of_it() {
        let hidden = ["a", "secret"].concat();
        for text in [
            format!("users:\n- {{token: {hidden}\n"),
            format!("users: {hidden}\n"),
            format!("users: [{{token: {hidden}}}]\n"),
            format!("kind: {hidden}\n"),
            format!("- {hidden}\n"),
            format!("{hidden}\n"),
            format!("a: {hidden}\na: {hidden}\n"),
            format!("token: 0123\n# {hidden}\n"),
        ] {
            let error = merged(&text, &added("one")).unwrap_err();
            assert!(!format!("{error} {error:?} {}", error.help()).contains(&hidden), "{error:?}");
        }
    }

    #[test]
    fn a_file_may_be_replaced_only_where_nothing_else_is_in_it() {
        assert_eq!(is_covered(&added("one"), &added("two")), Ok(true));
        assert_eq!(is_covered("", &added("two")), Ok(true));
        assert_eq!(is_covered(MINE, &added("two")), Ok(false));
    }
}
