//! `--set` arguments.

use insta::assert_snapshot;

use super::set;

#[test]
fn a_set_without_its_equals_sign() {
    assert_snapshot!(set(&["--set", "platform.name"]), @r"
    error[bad-set]: `platform.name` has no `=`
    --> --set
     = help: write `--set path.to.key=value`; a dot inside a key is written `\.`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_with_an_empty_key() {
    assert_snapshot!(set(&["--set", "platform..name=x"]), @r"
    error[bad-set]: `platform..name` has an empty key
    --> --set
     = help: write `--set path.to.key=value`; a dot inside a key is written `\.`

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_of_ten_thousand_levels() {
    assert_snapshot!(set(&["--set", &format!("{}x=1", "a.".repeat(10_000))]), @r"
    error[bad-set]: the path has 10001 keys; at most 100 are read
    --> --set
     = help: write `--set path.to.key=value`; a dot inside a key is written `\.`

    error: 1 problem in dev; nothing was written
    ");
    let said = set(&["--set", &format!("charts={}{}", "[".repeat(10_000), "]".repeat(10_000))]);
    assert!(said.starts_with("error[yaml-limit]: "), "{said}");
}

#[test]
fn a_set_of_an_unknown_key() {
    assert_snapshot!(set(&["--set", "platform.nmae=x"]), @"
    error[unknown-key]: `nmae` is not a key of `platform`
     --> --set:1:10
      |
    1 | platform.nmae=x
      |          ^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    1 - platform.nmae=x
    1 + platform.name=x
      |

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_of_a_wrong_value() {
    assert_snapshot!(set(&["--set", "platform.domain=localhost"]), @"
    error[invalid-value]: `localhost` has no dot, though a full host name is needed; write it like `www.example.com`
     --> --set:1:17
      |
    1 | platform.domain=localhost
      |                 ^^^^^^^^^
      |
      = note: the value of `platform.domain`
      = help: correct it here

    error: 1 problem in dev; nothing was written
    ");
}

#[test]
fn a_set_that_is_not_yaml() {
    assert_snapshot!(set(&["--set", "platform.name=[a"]), @"
    error[yaml-syntax]: this is not YAML: while parsing a flow sequence, expected ',' or ']'
     --> --set:1:17
      |
    1 | platform.name=[a
      |                 ^ noticed here
      |
      = help: look at this line and the one above: indentation, quotes, and `: ` inside an unquoted value

    error: 1 problem in dev; nothing was written
    ");
}
