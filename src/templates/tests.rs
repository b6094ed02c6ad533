#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Deserialize as _;
use serde_json::json;

use super::*;
use crate::manifest::Token;
use crate::model::Values;
use crate::tree::OutputPath;

fn values() -> Values {
    Values::deserialize(json!({
        "platform": {
            "name": "example", "domain": "dev.example.com", "email": "platform@example.com",
            "repository": {"url": "https://git.example.com/platform.git", "revision": "main"}, "registry": "registry.example.com/example",
        },
        "cluster": {
            "region": "fra1", "version": "1.33",
            "nodePools": {
                "base": {"size": "s-2vcpu-4gb", "min": 1, "max": 2},
                "tools": {"size": "s-2vcpu-4gb", "min": 1, "max": 2, "dedicated": true},
            },
        },
        "identity": {
            "provider": "oidc", "issuer": "https://login.example.com/", "groupsClaim": "https://example.com/groups",
            "groups": {"admins": ["ops"]},
        },
    }))
    .unwrap()
}

fn set(files: &[(&str, &str)]) -> Result<TemplateSet, Diagnostics> {
    let source = |(name, text): &(&str, &str)| ((*name).to_owned(), Source::new(format!("templates/{name}"), *text));
    TemplateSet::new(BTreeMap::new(), files.iter().map(source).collect())
}

/// What the first template prints, with each hole's value in its place.
fn print(files: &[(&str, &str)]) -> Result<String, Diagnostic> {
    let set = set(files).unwrap();
    let engine = Engine::new(&set, "dev", &values());
    let printed = engine.print(&set.templates[0], None)?;
    Ok(printed
        .holes
        .iter()
        .enumerate()
        .fold(printed.text, |text, (number, value)| text.replace(&Token(number).to_string(), &format!("«{value}»"))))
}

fn one(text: &str) -> Result<String, Diagnostic> {
    print(&[("a.yaml.j2", text)])
}

#[test]
fn values_travel_beside_the_text() {
    assert_eq!(one("a: {{ platform.name }}\nb: {{ environment }}\n").unwrap(), "a: «example»\nb: «dev»\n");
}

#[test]
fn macros_set_blocks_and_indent_keep_their_text() {
    let macros = "{% macro labels(name) %}\nname: {{ name }}\npart: {{ platform.name }}\n{% endmacro %}\n";
    let text = "{% from '_m.j2' import labels %}\na:\n  {{ labels('x') | indent(2) }}\n{% set b %}b: {{ 1 + 1 }}{% endset %}{{ b }}\n";
    assert_eq!(
        print(&[("a.yaml.j2", text), ("_m.j2", macros)]).unwrap(),
        "a:\n  name: «x»\n  part: «example»\nb: «2»\n"
    );
}

#[test]
fn our_filters() {
    for (expression, printed) in [
        ("'argocd' | host", "argocd.dev.example.com"),
        ("'login.example.org' | host", "login.example.org"),
        ("{'a': [1, 'yes']} | yaml", "a:\n- 1\n- \"yes\"\n"),
        ("{'a': [1, 'yes']} | json", r#"{"a":[1,"yes"]}"#),
        ("'x' | sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
        (r#""it's $(rm)" | shell_quote"#, r"'it'\''s $(rm)'"),
        ("'a-b/c:1' | shell_quote", "a-b/c:1"),
        (
            "('tools' | placement) | json",
            r#"{"nodeSelector":{"pool":"tools"},"tolerations":[{"key":"tools","operator":"Equal","value":"true","effect":"NoSchedule"}]}"#,
        ),
        ("'base' | tolerations | json", "[]"),
        ("all_tolerations() | json", r#"[{"key":"tools","operator":"Equal","value":"true","effect":"NoSchedule"}]"#),
        (
            "({'c': {'x': 1}} | place('base', ['c', ''])) | json",
            r#"{"c":{"x":1,"nodeSelector":{"pool":"base"},"tolerations":[]},"nodeSelector":{"pool":"base"},"tolerations":[]}"#,
        ),
    ] {
        assert_eq!(one(&format!("{{{{ {expression} }}}}")).unwrap(), format!("«{printed}»"), "{expression}");
    }
}

#[test]
fn filters_see_what_a_printed_text_says() {
    let text = "{% macro m(x) %}a {{ x }}{% endmacro %}{% set it %}{{ m(\"b'c\") }}{% endset %}";
    for (expression, printed) in [
        ("it | shell_quote", r"'a b'\''c'"),
        ("('rm ' ~ it) | shell_quote", r"'rm a b'\''c'"),
        ("it | sha256", "786b73846e6bee6c963c3b7ac547e4373c19319cf88437793ba9a55e47e9f588"),
        ("it | yaml", "a b'c\n"),
        ("{it: [it]} | json", r#"{"a b'c":["a b'c"]}"#),
        ("it | host", "a b'c.dev.example.com"),
        ("it | upper", "A B'C"),
        ("it | length", "5"),
        ("it | split(' ', 1) | last", "b'c"),
        ("('%s!' | format(it)) | upper", "A B'C!"),
    ] {
        assert_eq!(one(&format!("{text}{{{{ {expression} }}}}")).unwrap(), format!("«{printed}»"), "{expression}");
    }
}

#[test]
fn embedded_data_is_as_strict_as_a_document() {
    assert_eq!(one("{{ [1, omit] | json }}{{ {'a': omit, 'b': 1} | yaml }}").unwrap(), "«[1]»«b: 1\n»");
    for expression in ["[nothing] | json", "{'a': nothing} | yaml", "[1e308 * 10] | json", "omit | json"] {
        assert!(one(&format!("{{{{ {expression} }}}}")).is_err(), "{expression}");
    }
}

#[test]
fn what_would_let_a_value_into_the_text_is_not_there() {
    for expression in ["platform.name | safe", "platform.name | escape", "platform.name | tojson", "debug()"] {
        assert!(one(&format!("{{{{ {expression} }}}}")).is_err(), "{expression}");
    }
    let composed = "{% set x %}t{% endset %}{{ x ~ platform.name }} {{ [x, platform.name] | join('-') }}";
    assert_eq!(one(composed).unwrap(), "t«example» t«-»«example»");
}

#[test]
fn no_block_turns_the_holes_off() {
    for tag in ["{% autoescape 'html' %}", "{%-\n  autoescape false -%}", "{%+ autoescape 'json' %}"] {
        let text = format!("a: 1\n{tag}{{{{ platform.name }}}}{{% endautoescape %}}");
        let found = set(&[("a.yaml.j2", &text)]).unwrap_err();
        let found: Vec<_> = found.iter().collect();
        assert_eq!(found[0].message, "templates have no `autoescape`", "{tag}");
        assert_eq!(found[0].primary.as_ref().unwrap().location.text(), "autoescape");
    }
}

#[test]
fn undefined_is_an_error_with_place_and_expression() {
    let error = one("a: 1\nb: {{ platform.nmae }}\n").unwrap_err();
    assert_eq!(error.message, "`platform.nmae` is undefined");
    assert_eq!(error.primary.unwrap().location.to_string(), "templates/a.yaml.j2:2:7");
    assert_eq!(one("{% if platform.nmae is defined %}x{% endif %}").unwrap(), "");
}

#[test]
fn an_error_in_a_macro_points_into_its_file() {
    let text = "{% from '_m.j2' import m %}\n{{ m() }}\n";
    let error =
        print(&[("a.yaml.j2", text), ("_m.j2", "{% macro m() %}\n{{ nothing }}\n{% endmacro %}\n")]).unwrap_err();
    assert_eq!(error.primary.unwrap().location.to_string(), "templates/_m.j2:2:4");
}

#[test]
fn files_in_a_macro_says_where_it_works() {
    let files = [
        ("a.yaml.j2", "{% from '_m.j2' import m %}{{ m() }}"),
        ("_m.j2", "{% macro m() %}{{ files('') }}{% endmacro %}"),
    ];
    let error = print(&files).unwrap_err();
    assert_eq!(error.message, "only the template itself can call `files`, not a macro or an included file");
    assert_eq!(error.primary.unwrap().location.to_string(), "templates/_m.j2:1:19");
}

#[test]
fn files_lists_a_folder_or_everything() {
    let set =
        set(&[("a.yaml.j2", "{{ files('b') | join(' ') }}|{{ files('b/') | length }}|{{ files('/') | length }}")]);
    let set = set.unwrap();
    assert!(set.templates[0].wants_files);
    let paths = ["a", "b-c", "b/1", "b/2/3"].map(|path| OutputPath::parse(path).unwrap());
    let engine = Engine::new(&set, "dev", &values()).with_files(&paths);
    let holes = engine.print(&set.templates[0], None).unwrap().holes;
    assert_eq!(holes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1 2/3", "2", "4"]);
}

#[test]
fn a_template_without_an_end_is_stopped() {
    for text in [
        "{% for a in range(90000) %}{% for b in range(90000) %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ] {
        let error = one(text).unwrap_err();
        assert!(matches!(error.code, Code::TemplateLimit | Code::Template), "{}", error.message);
    }
}

#[test]
fn templates_that_do_not_compile_are_all_reported() {
    let found = set(&[
        ("a.yaml.j2", "{% if %}"),
        ("b.yaml.j2", "{{ x"),
        ("services/argocd/values.yaml.j2", ""),
        ("{thing}.yaml.j2", ""),
        ("c.yaml.j2", "\u{fdd0}0\u{fdd1}"),
    ]);
    let codes: Vec<_> = found.unwrap_err().finish().iter().map(|item| item.code).collect();
    assert_eq!(
        codes,
        [Code::TemplateSyntax, Code::TemplateSyntax, Code::TemplateSyntax, Code::Template, Code::PathOutside]
    );
}

#[test]
fn folders_and_formats_follow_from_names() {
    let set = set(&[
        ("_macros/m.j2", ""),
        ("dashboards/a.json", "{{ not a hole }}"),
        ("dashboards/b.json.j2", ""),
        ("notes.md.j2", ""),
        (".hidden.yaml", "a: ["),
        ("x.yaml", "a: 1"),
    ])
    .unwrap();
    let formats: Vec<_> = set.templates.iter().map(|one| (one.name(), one.format, one.dynamic)).collect();
    assert_eq!(
        formats,
        [
            ("dashboards/a.json", Format::Text, false),
            ("dashboards/b.json.j2", Format::Json, true),
            ("notes.md.j2", Format::Text, true),
            ("x.yaml", Format::Yaml, false),
        ]
    );
}
