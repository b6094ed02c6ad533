//! The first run, and the last.

use super::Stage;
use super::stage::{CLIENTS, OUTPUTS};

#[test]
fn an_empty_tenant_gets_everything_once_and_then_nothing_more() {
    let stage = Stage::new();
    let applied = stage.apply().succeeds();
    insta::assert_snapshot!(applied.named(&applied.run.stderr), @"");
    insta::assert_snapshot!(stage.portrait(), @"");
    assert_eq!(applied.writes().len(), 0);
    stage.is_at_rest();
    let _ = (CLIENTS, OUTPUTS);
}
