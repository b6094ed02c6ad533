//! What is asked of an account that has everything: a kubeconfig, what is offered, what is known. And how a run is stopped.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::stage::Stage;

const FILE: &str = ".supercargo/kubeconfig/dev.yaml";

#[test]
fn a_kubeconfig_goes_to_a_file_that_only_its_owner_reads() {
    let stage = Stage::applied();
    let ran = stage.run(&["kubeconfig", "--env", "dev"]).succeeds();
    assert_eq!(ran.writes(), [""; 0]);
    assert!(
        ran.run.stderr.contains("[project]/.supercargo/kubeconfig/dev.yaml: the context `do-fra1-example-dev`"),
        "{}",
        ran.run
    );
    assert_eq!(fs::metadata(stage.scene.path(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(stage.scene.read(FILE).contains("minted-access-1"));
    let asked = ran.calls().into_iter().find(|call| call.contains("/kubeconfig")).unwrap();
    assert!(asked.contains("expiry_seconds=28800") && asked.contains("type=token"), "{asked}");
}

#[test]
fn a_kubeconfig_joins_that_of_kubectl_and_loses_nothing() {
    let stage = Stage::applied();
    let other = "apiVersion: v1\nkind: Config\nclusters:\n- name: other\n  cluster: {server: https://other.example.com}\ncontexts: []\nusers: []\n";
    stage.scene.write("home/kubeconfig", other);
    let mut command = stage.command(&["kubeconfig", "--env", "dev", "--merge"]);
    stage.run_command(command.env("KUBECONFIG", stage.scene.path("home/kubeconfig"))).succeeds();
    let text = stage.scene.read("home/kubeconfig");
    assert!(
        text.contains("https://other.example.com") && text.contains("current-context: do-fra1-example-dev"),
        "{text}"
    );
    // Without leave, a file with other clusters is not written over.
    let said = stage.run(&["kubeconfig", "--env", "dev", "--file", "home/kubeconfig"]).refuses();
    assert!(said.contains("has other clusters, which would be lost"), "{said}");
}

#[test]
fn what_is_offered_needs_no_project_of_ones_own() {
    let stage = Stage::new();
    let ran = stage.run(&["options", "--json"]).succeeds();
    let offered: Value = serde_json::from_str(&ran.run.stdout).unwrap();
    assert!(offered.to_string().contains("1.36.1-do.0") && offered.to_string().contains("s-2vcpu-4gb"), "{offered}");
    assert_eq!(ran.calls(), ["GET /v2/kubernetes/options"]);
}

#[test]
fn outputs_ask_nobody() {
    let stage = Stage::applied();
    let mut command = stage.command(&["outputs", "--env", "dev", "nodePools.tools.name", "--raw"]);
    let ran = stage.run_command(command.env_remove("DIGITALOCEAN_TOKEN")).succeeds();
    assert_eq!((ran.run.stdout.as_str(), ran.calls().len()), ("tools", 0));
}

#[test]
fn ctrl_c_in_a_wait_ends_the_run_and_the_next_one_goes_on() {
    let stage = Stage::new().with_world(|world| world.durations.provisioning = 1_000_000);
    let mut command = stage.command(&["apply", "--env", "dev", "--auto-approve"]);
    command.env("SUPERCARGO_TIME_SCALE", "0.01").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let before = stage.mark();
    let child = command.spawn().unwrap();
    let begin = Instant::now();
    while !stage.cloud.requests().iter().any(|line| line.ends_with("/status_messages")) {
        assert!(begin.elapsed() < Duration::from_secs(60), "it never waited");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ran = stage.ended(child, before).exits(2);
    assert!(ran.run.stderr.contains("stopping as soon as nothing is half done"), "{}", ran.run);
    assert!(ran.run.stderr.contains("interrupted"), "{}", ran.run);
    stage.cloud.world(|world| {
        let now = world.now;
        world.ours().running_at = now;
    });
    stage.apply().succeeds();
    stage.settle();
    assert_eq!(stage.portrait(), Stage::applied().portrait());
}
