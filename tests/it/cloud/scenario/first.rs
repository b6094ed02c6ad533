//! The first run.

use super::Stage;

#[test]
fn an_empty_account_gets_everything_once() {
    let stage = Stage::new();
    let begin = std::time::Instant::now();
    let ran = stage.apply().succeeds();
    println!("{:?} {}", begin.elapsed(), ran.calls().len());
    let begin = std::time::Instant::now();
    let ran = stage.plan().succeeds();
    println!("{:?} {}", begin.elapsed(), ran.calls().len());
    let begin = std::time::Instant::now();
    stage.portrait();
    println!("{:?} portrait", begin.elapsed());
    stage.settle();
    stage.is_at_rest();
}
