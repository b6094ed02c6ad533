//! Faults happen when they are planned, once, and leave the state that they promise.

use std::process::Command;

use serde_json::{Value, json};
use supercargo::http::Error;

use super::fake::{Cloud, Fault, Kind, World, token};
use super::probe::Probe;

const POST: &str = "POST /v2/domains";

/// What a client gets to see of a POST with a fault, and whether the service has acted.
fn suffered(kind: Kind) -> (Result<(u16, Option<String>, String), Error>, bool) {
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
    for kind in Kind::SURVIVABLE.into_iter().chain([Kind::HangBefore, Kind::HangAfter]) {
        let (outcome, has_acted) = suffered(kind);
        assert_eq!(has_acted, kind.acts(), "{kind:?}");
        let status = outcome.as_ref().ok().map(|(status, ..)| *status);
        let wanted = match kind {
            Kind::TooMany { .. } => Some(429),
            Kind::FailedBefore | Kind::FailedAfter => Some(500),
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
