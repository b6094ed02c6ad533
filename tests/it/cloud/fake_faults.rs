//! Faults happen when they are planned, once, and leave the state that they promise.

use std::process::Command;

use serde_json::{Value, json};
use supercargo::http::Error;

use super::fake::{Cloud, Fault, Kind, World, token};
use super::probe::{Probe, Signer};

const POST: &str = "POST /v2/domains";

/// Status, seconds to wait and body.
type Shown = (u16, Option<String>, String);

/// What a client gets to see of a POST with a fault, and whether the service has acted.
fn suffered(kind: Kind) -> (Result<Shown, Error>, bool) {
    let cloud = Cloud::start(World::new());
    let probe = Probe::new(&cloud);
    cloud.fault(Fault::on(POST, kind));
    let response = probe.send(POST, Some(&json!({"name": "example.com"})));
    assert_eq!((cloud.faults_left(), cloud.exchanges()[0].fault), (Vec::new(), Some(kind)));
    let shown = response.map(|response| {
        let wait = response.header("retry-after").map(str::to_owned);
        (response.status, wait, String::from_utf8(response.body).unwrap())
    });
    (shown, cloud.world(|world| !world.domains.is_empty()))
}

#[test]
fn every_fault_does_what_it_says() {
    for kind in Kind::SURVIVABLE.into_iter().chain([Kind::Aborted, Kind::HangBefore, Kind::HangAfter]) {
        let (outcome, has_acted) = suffered(kind);
        assert_eq!(has_acted, kind.acts(), "{kind:?}");
        let status = outcome.as_ref().ok().map(|(status, ..)| *status);
        let wanted = match kind {
            Kind::TooMany { .. } => Some(429),
            Kind::FailedBefore | Kind::FailedAfter => Some(500),
            Kind::Aborted => Some(409),
            Kind::BadGateway => Some(502),
            Kind::Malformed => Some(201),
            _ => None,
        };
        assert_eq!(status, wanted, "{kind:?}: {outcome:?}");
    }
    let waits = [Some(7), None].map(|retry_after| suffered(Kind::TooMany { retry_after }).0.unwrap().1);
    assert_eq!(waits, [Some("7".to_owned()), None]);
    assert!(suffered(Kind::BadGateway).0.unwrap().2.starts_with("<html>"));
    assert!(serde_json::from_str::<Value>(&suffered(Kind::Malformed).0.unwrap().2).is_err());
}

#[test]
fn a_fault_strikes_the_call_that_it_is_meant_for() {
    let cloud = Cloud::start(World::new());
    let probe = Probe::new(&cloud);
    cloud.fault(Fault::at(2, Kind::FailedBefore));
    let statuses: Vec<_> = (0..3).map(|_| probe.status("GET /v2/vpcs?per_page=1")).collect();
    assert_eq!(statuses, [200, 500, 200]);
    probe.done(POST, &json!({"name": "example.com"}));
    assert_eq!(cloud.requests().len(), 4);
    assert_eq!(cloud.writes(), [POST]);
    let last = cloud.exchanges().pop().unwrap();
    assert_eq!(last.request, Some(json!({"name": "example.com"})));
    assert_eq!(last.answer.unwrap().value().unwrap()["domain"]["name"], "example.com");
}

#[test]
fn faults_of_spaces_have_the_shape_of_s3() {
    let cloud = Cloud::start(World::new());
    let signer = Signer::new(&cloud, "fra1", 0);
    let refused = |kind: Kind| {
        cloud.fault(Fault::on("PUT /s3/fra1/loki", kind));
        signer.refused("PUT /loki", "")
    };
    assert_eq!(refused(Kind::Aborted), (409, "OperationAborted".to_owned()));
    assert_eq!(refused(Kind::TooMany { retry_after: None }), (503, "SlowDown".to_owned()));
    assert!(cloud.world(|world| world.buckets.is_empty()));
    assert_eq!(refused(Kind::FailedAfter), (500, "InternalError".to_owned()));
    assert_eq!(cloud.world(|world| world.buckets.len()), 1);
}

#[test]
fn a_scene_is_set_without_a_trace() {
    let mut world = World::new();
    let made = world.seed("POST /v2/domains", &json!({"name": "example.com"}));
    assert_eq!(made["domain"]["name"], "example.com");
    let cloud = Cloud::start(world);
    assert_eq!((cloud.requests(), cloud.world(|world| world.now)), (Vec::new(), 0));
    assert_eq!(Probe::new(&cloud).status("GET /v2/domains/example.com"), 200);
}

#[test]
fn a_client_is_killed_before_or_after_the_service_acts() {
    for (kind, count) in [(Kind::KillBefore, 0), (Kind::KillAfter, 1)] {
        let cloud = Cloud::start(World::new());
        let probe = Probe::new(&cloud);
        cloud.fault(Fault::on(POST, kind));
        // The process that dies and the one that asks are not the same here: the request is ours, its death is another's.
        let output = std::thread::scope(|scope| {
            let child = scope.spawn(|| cloud.run(Command::new("sleep").arg("60")));
            assert!(probe.send(POST, Some(&json!({"name": "example.com"}))).is_err());
            child.join().unwrap()
        });
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(9), "{kind:?}");
        assert_eq!(cloud.world(|world| world.domains.len()), count);
    }
}

#[test]
fn a_command_finds_the_service_in_its_environment() {
    let cloud = Cloud::start(World::new());
    let output = cloud
        .run(Command::new("sh").args(["-c", "echo $DIGITALOCEAN_API_URL $DIGITALOCEAN_TOKEN $SPACES_ENDPOINT_URL"]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("{} {} {}/s3/{{{{.Region}}}}\n", cloud.url(), token(), cloud.url()));
}
