//! The first run.

use super::Stage;

#[test]
fn an_empty_account_gets_everything_once() {
    let stage = Stage::new();
    let ran = stage.apply().succeeds();
    println!("{}\n{}\n{:#?}\n{}", ran.run, ran.sent(), ran.calls(), stage.portrait());
    stage.settle();
    stage.is_at_rest();
}
