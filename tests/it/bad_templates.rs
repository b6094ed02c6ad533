//! Templates that can't be rendered: what a person reads about each, next to what they wrote.

use insta::assert_snapshot;

use crate::support::{CHART_VALUES, Scene};

/// What a render says about a template `page.yaml.j2` of this text. Nothing may be written.
#[track_caller]
fn page(text: &str) -> String {
    Scene::new().with("templates/page.yaml.j2", text).refuses(&["--env", "dev"])
}

/// The values of one chart.
const CHART: &str = "\
charts:
  reloader:
    repository: https://charts.example.com
    chart: reloader
    version: 2.2.3
    namespace: reloader
";

#[test]
fn an_undefined_value() {
    assert_snapshot!(page("kind: Page\nhost: {{ platform.hostname }}\n"), @"
    error[template]: `platform.hostname` is undefined
     --> templates/page.yaml.j2:2:10
      |
    2 | host: {{ platform.hostname }}
      |          ^^^^^^^^^^^^^^^^^ not set for this environment
      |
      = help: set it in the values, or guard the line with `{% if platform.hostname is defined %}`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_undefined_name() {
    assert_snapshot!(page("host: {{ plattform.domain }}\n"), @"
    error[template]: `plattform.domain` is undefined
     --> templates/page.yaml.j2:1:10
      |
    1 | host: {{ plattform.domain }}
      |          ^^^^^^^^^^^^^^^^ there is no `plattform`
      |
    help: a section of the values has a similar name
      |
    1 - host: {{ plattform.domain }}
    1 + host: {{ platform.domain }}
      |

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_undefined_value_in_a_condition() {
    assert_snapshot!(page("{% if identity.admins %}\na: 1\n{% endif %}\n"), @"
    error[template]: `identity.admins` is undefined
     --> templates/page.yaml.j2:1:7
      |
    1 | {% if identity.admins %}
      |       ^^^^^^^^^^^^^^^ not set for this environment
      |
      = help: set it in the values, or guard the line with `{% if identity.admins is defined %}`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_undefined_value_in_a_loop_of_the_path() {
    let scene =
        Scene::new().with("templates/apps/{chart}.yaml.j2", "a: {{ chart.host }}\n").and("values/dev.yaml", CHART);
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[template]: `chart.host` is undefined
     --> templates/apps/{chart}.yaml.j2:1:7
      |
    1 | a: {{ chart.host }}
      |       ^^^^^^^^^^ not set for this environment
      |
      = note: while rendering chart `reloader`
      = help: set it in the values, or guard the line with `{% if chart.host is defined %}`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn an_undefined_value_in_a_macro() {
    let scene = Scene::new()
        .with(
            "templates/_macros/page.j2",
            "{% macro page(name) %}\nname: {{ name }}\nhost: {{ platform.host }}\n{% endmacro %}\n",
        )
        .with("templates/page.yaml.j2", "{% from '_macros/page.j2' import page %}\n{{ page('x') }}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[template]: `platform.host` is undefined
     --> templates/_macros/page.j2:3:10
      |
    3 | host: {{ platform.host }}
      |          ^^^^^^^^^^^^^ not set for this environment
      |
      = note: while rendering templates/page.yaml.j2
      = help: set it in the values, or guard the line with `{% if platform.host is defined %}`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_block_without_its_end() {
    assert_snapshot!(page("{% if platform.name %}\na: 1\n"), @"
    error[template-syntax]: unexpected end of input, expected end of block
     --> templates/page.yaml.j2:2:1
      |
    2 | a: 1
      | ^^^^
      |
      = help: templates are Jinja: look for a `{%` or `{{` without its end, or a block without its `{% end… %}`

    error: 1 problem; nothing was written
    ");
}

#[test]
fn a_brace_too_few() {
    assert_snapshot!(page("a: {{ platform.name }\nb: 1\n"), @"
    error[template-syntax]: unexpected `}`, expected end of variable block
     --> templates/page.yaml.j2:1:21
      |
    1 | a: {{ platform.name }
      |                     ^
      |
      = help: templates are Jinja: look for a `{%` or `{{` without its end, or a block without its `{% end… %}`

    error: 1 problem; nothing was written
    ");
}

#[test]
fn an_unknown_filter() {
    assert_snapshot!(page("a: {{ platform.name | uppercase }}\n"), @"
    error[template]: filter uppercase is unknown
     --> templates/page.yaml.j2:1:23
      |
    1 | a: {{ platform.name | uppercase }}
      |                       ^^^^^^^^^
      |
      = help: correct the expression, or the value that it works on

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_filter_that_would_get_around_the_holes() {
    assert_snapshot!(page("a: {{ platform.name | safe }}\n"), @"
    error[template]: filter safe is unknown
     --> templates/page.yaml.j2:1:23
      |
    1 | a: {{ platform.name | safe }}
      |                       ^^^^
      |
      = help: correct the expression, or the value that it works on

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_filter_that_refuses_its_value() {
    assert_snapshot!(page("a: {{ 'gpu' | placement }}\n"), @"
    error[template]: there is no node pool `gpu`; pools of this cluster: base, tools, workloads
     --> templates/page.yaml.j2:1:15
      |
    1 | a: {{ 'gpu' | placement }}
      |               ^^^^^^^^^
      |
      = help: correct the expression, or the value that it works on

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_missing_template() {
    assert_snapshot!(page("a: 1\n{% include '_macros/footer.j2' %}\n"), @"
    error[template]: tried to include non-existing template '_macros/footer.j2'
     --> templates/page.yaml.j2:2:4
      |
    2 | {% include '_macros/footer.j2' %}
      |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: names are relative to templates/, such as `_macros/argo.j2`

    error: 1 problem in dev; nothing was written
    ");
    assert_snapshot!(page("{% from '_macros/argos.j2' import sync %}\na: 1\n"), @"
    error[template]: tried to include non-existing template '_macros/argos.j2'
     --> templates/page.yaml.j2:1:4
      |
    1 | {% from '_macros/argos.j2' import sync %}
      |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: names are relative to templates/, such as `_macros/argo.j2`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_file_outside_the_templates() {
    for path in ["../values/dev.yaml", "/etc/passwd", "values/dev.yaml"] {
        let said = page(&format!("{{% include '{path}' %}}\n"));
        assert!(said.contains("error[template]"), "{said}");
    }
}

#[test]
fn a_template_that_is_not_yaml_when_it_is_rendered() {
    assert_snapshot!(page("kind: Page\nitems:\n  - a\n b: 1\n"), @"
    error[template-output]: this is not YAML: while parsing a block mapping, did not find expected key
     --> templates/page.yaml.j2:4:2
      |
    4 |  b: 1
      |  ^
      |
      = note: this is what the template prints; its holes are filled later
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_template_that_is_not_yaml_behind_a_loop() {
    assert_snapshot!(page("items:\n{% for name in ['a', 'b'] %}\n  - {{ name }}\n{% endfor %}\n wrong: 1\n"), @"
    error[template-output]: this is not YAML: while parsing a block mapping, did not find expected key
     --> templates/page.yaml.j2:5:2
      |
    5 |  wrong: 1
      |  ^
      |
      = note: this is what the template prints; its holes are filled later
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_key_that_a_template_prints_twice() {
    assert_snapshot!(page("a: 1\nb: 2\na: {{ platform.name }}\n"), @"
    error[template-output]: `a` is set twice
     --> templates/page.yaml.j2:3:1
      |
    3 | a: {{ platform.name }}
      | ^
      |
      = note: this is what the template prints; its holes are filled later
      = help: keep one of the two

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_mapping_in_a_string() {
    assert_snapshot!(page("kind: Page\ntitle: About {{ platform.repository }}\n"), @"
    error[hole]: a map can't stand inside a text
     --> templates/page.yaml.j2:2:17
      |
    2 | title: About {{ platform.repository }}
      |                 ^^^^^^^^^^^^^^^^^^^
      |
      = help: a whole value stands alone, as in `key: {{ value }}`; `| yaml` or `| json` make text of it

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_mapping_as_a_key() {
    assert_snapshot!(page("{{ platform.repository }}: 1\n"), @"
    error[hole]: a map can't stand inside a text
     --> templates/page.yaml.j2:1:4
      |
    1 | {{ platform.repository }}: 1
      |    ^^^^^^^^^^^^^^^^^^^
      |
      = help: a whole value stands alone, as in `key: {{ value }}`; `| yaml` or `| json` make text of it

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_text_where_a_mapping_is_spliced() {
    assert_snapshot!(page("a: 1\n<<: {{ platform.name }}\n"), @"
    error[hole]: `<<` needs a map, found a text
     --> templates/page.yaml.j2:2:8
      |
    2 | <<: {{ platform.name }}
      |        ^^^^^^^^^^^^^
      |
      = help: a whole value stands alone, as in `key: {{ value }}`; `| yaml` or `| json` make text of it

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn json_that_is_none() {
    let scene = Scene::new().with("templates/page.json.j2", "{\"a\": {{ platform.name }}, }}\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @r#"
    error[template-output]: this is not JSON: misplaced bracket
     --> templates/page.json.j2:1:29
      |
    1 | {"a": {{ platform.name }}, }}
      |                             ^
      |
      = note: this is what the template prints; its holes are filled later
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    "#);
}

#[test]
fn an_endless_loop() {
    let text = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}\na: 1\n";
    assert_snapshot!(page(text), @"
    error[template-limit]: the template does not come to an end
     --> templates/page.yaml.j2:1:1
      |
    1 | {% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ stopped here
      |
      = help: look for a loop over a huge range, or a macro that calls itself

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_macro_that_calls_itself() {
    assert_snapshot!(page("{% macro again() %}{{ again() }}{% endmacro %}\na: {{ again() }}\n"), @"
    error[template-limit]: macros or includes call each other without an end
     --> templates/page.yaml.j2:1:23
      |
    1 | {% macro again() %}{{ again() }}{% endmacro %}
      |                       ^^^^^^^ one call too many
      |
      = help: look for a macro that calls itself, or a template that includes itself

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_template_that_includes_itself() {
    assert_snapshot!(page("{% include 'page.yaml.j2' %}\n"), @"
    error[template-limit]: macros or includes call each other without an end
     --> templates/page.yaml.j2:1:4
      |
    1 | {% include 'page.yaml.j2' %}
      |    ^^^^^^^^^^^^^^^^^^^^^^ one call too many
      |
      = help: look for a macro that calls itself, or a template that includes itself

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn text_without_end() {
    let text = "{% set ns = namespace(text='x') %}{% for a in range(60) %}{% set ns.text = ns.text ~ ns.text %}{% endfor %}\na: {{ ns.text }}\n";
    assert_snapshot!(page(text), @"
    error[template-limit]: the template does not come to an end
     --> templates/page.yaml.j2:1:76
      |
    1 | {% set ns = namespace(text='x') %}{% for a in range(60) %}{% set ns.text = ns.text ~ ns.text %}{% endfor %}
      |                                                                            ^^^^^^^^^^^^^^^^^ stopped here
      |
      = help: look for a loop over a huge range, or a macro that calls itself

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn two_templates_that_claim_a_path() {
    let scene = Scene::new().with("templates/site.yaml", "a: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[path-conflict]: two templates claim out/dev/site.yaml
    --> templates/site.yaml.j2
     = note: the other one is templates/site.yaml
     = help: rename one of the two, or what it loops over

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_loop_that_claims_the_path_of_a_template() {
    let scene = Scene::new()
        .with("templates/apps/{chart}.yaml.j2", "a: 1\n")
        .with("templates/apps/reloader.yaml.j2", "a: 2\n")
        .and("values/dev.yaml", CHART);
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[path-conflict]: two templates claim out/dev/apps/reloader.yaml
    --> templates/apps/{chart}.yaml.j2
     = note: the other one is templates/apps/reloader.yaml.j2
     = help: rename one of the two, or what it loops over

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_file_and_a_folder_at_one_path() {
    let scene = Scene::new().with("templates/site.yaml/page.yaml.j2", "a: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[path-conflict]: out/dev/site.yaml would be a file and a folder
    --> templates/site.yaml.j2
     = note: templates/site.yaml/page.yaml.j2 makes site.yaml/page.yaml
     = help: rename one of the two

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_path_with_an_unknown_loop() {
    let scene = Scene::new().with("templates/{team}/page.yaml.j2", "a: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[path-outside]: `{team}` is not a loop of a path
    --> templates/{team}/page.yaml.j2
     = help: rename the template; the loops of a path are `{service}`, `{chart}` and `{application}`

    error: 1 problem; nothing was written
    ");
}

#[test]
fn a_path_that_the_program_keeps_for_itself() {
    for name in ["render.lock", "render.lock.j2", "x/.render-work-1.j2"] {
        let scene = Scene::new().with(&format!("templates/{name}"), "a: 1\n");
        if name.contains("/.") {
            // Hidden files are no templates.
            scene.render(&["--env", "dev"]).succeeds();
        } else {
            assert!(scene.refuses(&["--env", "dev"]).contains("kept for the program's own files"));
        }
    }
    let scene = Scene::new().with("templates/render.lock.j2", "a: 1\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[path-outside]: `render.lock` can't be an output path: the name is kept for the program's own files
    --> templates/render.lock.j2
     = help: rename the template; the loops of a path are `{service}`, `{chart}` and `{application}`

    error: 1 problem; nothing was written
    ");
}

#[test]
fn a_secret_in_the_clear() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: hunter2}\n";
    assert_snapshot!(page(text), @"
    error[plaintext-secret]: Secret `token` would be written in the clear
     --> out/dev/page.yaml:3:7
      |
    3 | kind: Secret
      |       ^^^^^^
      |
      = note: rendered by templates/page.yaml.j2
      = help: render a SealedSecret, and refer to the Secret that the controller makes of it

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_secret_in_the_clear_in_any_form() {
    let yaml = "kind: {{ 'Sec' ~ 'ret' }}\n<<: {{ {'apiVersion': 'v1', 'data': {'a': 'b'}} }}\nmetadata: {name: x}\n";
    let json = r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"a": "b"}}"#;
    for (name, text) in [("x.yaml.j2", yaml), ("x.yaml", json), ("x.yml", json), ("x.json.j2", json)] {
        let said = Scene::new().with(&format!("templates/{name}"), text).refuses(&["--env", "dev"]);
        assert!(
            said.starts_with("error[plaintext-secret]: Secret `x` would be written in the clear"),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_resource_that_is_rendered_twice() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n";
    let scene = Scene::new().with("templates/one.yaml.j2", text).with("templates/two.yaml.j2", text);
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[duplicate-resource]: `ConfigMap default/a` is rendered twice
     --> out/dev/two.yaml:5:9
      |
    5 |   name: a
      |         ^
      |
     ::: out/dev/one.yaml:5:9
      |
    5 |   name: a
      |         - here by templates/one.yaml.j2
      |
     ::: templates/two.yaml.j2:3:18
      |
    3 | metadata: {name: a, namespace: default}
      |                  - rendered from this
      |
      = help: rename one of the two, or take it out of its template

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_placement_that_leads_to_no_mapping() {
    let scene = Scene::keeping(&[CHART_VALUES])
        .and("values/dev.yaml", CHART)
        .and("values/dev.yaml", "    values: {controller: [a]}\n    placement: [controller]\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[template]: the placement path `controller` does not lead to a map
     --> templates/charts/{chart}/values.yaml.j2:2:19
      |
    2 | {{ chart.values | place(chart.pool, chart.placement) }}
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: while rendering chart `reloader`
      = help: correct the expression, or the value that it works on

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_template_that_is_not_utf8() {
    let scene = Scene::new().with("templates/page.yaml.j2", b"a: \xff\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[not-utf8]: templates/page.yaml.j2 is not UTF-8 text
    --> templates/page.yaml.j2
     = note: byte 3, in line 1, does not belong to any character
     = help: save the file as UTF-8

    error: 1 problem; nothing was written
    ");
}

#[test]
fn a_message_never_shows_other_values() {
    let scene = Scene::new().with("templates/page.yaml.j2", "a: {{ applications.web.env.NOPE }}\n").and(
        "values/dev.yaml",
        "applications:\n  web:\n    source: {path: a}\n    image: registry.example.com/web:1\n    port: 80\n    \
             env: {TOKEN: hunter2}\n",
    );
    let said = scene.refuses(&["--env", "dev", "--verbose"]);
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn every_faulty_template_is_named_in_one_run() {
    let scene = Scene::new().with("templates/a.yaml.j2", "a: {{ nope }}\n").with("templates/b.yaml.j2", "a: [\n");
    assert_snapshot!(scene.refuses(&["--env", "dev"]), @"
    error[template]: `nope` is undefined
     --> templates/a.yaml.j2:1:7
      |
    1 | a: {{ nope }}
      |       ^^^^ there is no `nope`
      |
      = help: a template knows the sections of the values and what it sets itself

    error[template-output]: this is not YAML: while parsing a node, did not find expected node content
     --> templates/b.yaml.j2:1:6
      |
    1 | a: [
      |     ^
      |
      = note: this is what the template prints; its holes are filled later
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 2 problems in dev; nothing was written
    ");
}
