//! Servers of charts: an index with archives, and a registry.

use std::collections::BTreeMap;

use supercargo::charts::{Digest, Files, pack};

use crate::loopback::{Received, Reply, Server};

/// An archive of a chart with these default values.
pub(super) fn archive(name: &str, version: &str, values: &str) -> Vec<u8> {
    let about = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let files = [("Chart.yaml", about.as_str()), ("values.yaml", values)];
    pack(name, &files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into_iter().collect::<Files>())
}

/// A repository with `podinfo` in several versions, and other charts; `change` may answer in its place.
pub(super) fn repository(change: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static) -> Server {
    repository_of("replicas: 1\n", change)
}

pub(super) fn repository_of(
    values: &str,
    change: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static,
) -> Server {
    let mut files = BTreeMap::new();
    let mut index = "apiVersion: v1\nentries:\n  other:\n  - version: 9.0.0\n  podinfo:\n".to_owned();
    for version in ["2.0.0-rc.1", "1.10.0", "1.2.4", "1.2.3"] {
        let bytes = archive("podinfo", version, values);
        let digest = Digest::of(&bytes);
        let digest = digest.as_str().trim_start_matches("sha256:");
        let deprecated = version == "1.2.3";
        index.push_str(&format!(
            "  - version: {version}\n    digest: {digest}\n    deprecated: {deprecated}\n    urls: [files/podinfo-{version}.tgz]\n"
        ));
        files.insert(format!("/stable/files/podinfo-{version}.tgz"), bytes);
    }
    files.insert("/stable/index.yaml".to_owned(), index.into_bytes());
    Server::start(move |received| {
        let usual = || {
            files
                .get(&received.target)
                .map_or_else(|| Reply::status(404, "no such file"), |bytes| Reply::ok(bytes.clone()))
        };
        change(received).unwrap_or_else(usual)
    })
}

/// The repository's address as values write it.
pub(super) fn stable(server: &Server) -> String {
    format!("https://{}/stable", server.host())
}

/// A registry that hands out blobs elsewhere, lists tags in pages of two, and answers only to its own token.
pub(super) fn registry(change: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static) -> (Server, Server) {
    let bytes = archive("podinfo", "1.2.3", "replicas: 1\n");
    let digest = Digest::of(&bytes);
    let storage = {
        let bytes = bytes.clone();
        Server::start(move |received| match received.header("authorization") {
            Some(_) => Reply::status(400, "two ways to log in"),
            None => Reply::ok(bytes.clone()),
        })
    };
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": Digest::of(b"{}").as_str(), "size": 2},
        "layers": [{
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "digest": digest.as_str(),
            "size": bytes.len(),
        }],
    });
    let manifest = manifest.to_string();
    let blob = format!("/v2/team/charts/podinfo/blobs/{digest}");
    let away = storage.url("/blob?signature=x");
    let registry = Server::start(move |received| {
        if let Some(reply) = change(received) {
            return reply;
        }
        let (path, query) = received.target.split_once('?').unwrap_or((&received.target, ""));
        if path == "/token" {
            let is_right = query == "scope=repository%3Ateam%2Fcharts%2Fpodinfo%3Apull&service=charts";
            return if is_right { Reply::ok(r#"{"token": "of-the-day"}"#) } else { Reply::status(400, query) };
        }
        if received.header("authorization") != Some("Bearer of-the-day") {
            let challenge = r#"Bearer realm="/token",service="charts",scope="repository:team/charts/podinfo:pull""#;
            return Reply::status(401, "").with("www-authenticate", challenge);
        }
        match (path, query) {
            ("/v2/team/charts/podinfo/manifests/1.2.3", _) => {
                Reply::ok(manifest.clone()).with("docker-content-digest", Digest::of(manifest.as_bytes()).as_str())
            }
            (path, _) if path == blob => Reply::redirect(away.clone()),
            ("/v2/team/charts/podinfo/tags/list", "n=1000") => {
                let next = r#"</v2/team/charts/podinfo/tags/list?last=b>; rel="next""#;
                Reply::ok(r#"{"tags": ["1.2.3", "latest"]}"#).with("link", next)
            }
            ("/v2/team/charts/podinfo/tags/list", "last=b") => {
                Reply::ok(r#"{"tags": ["1.3.0_build.5", "1.3.0-rc.1"]}"#)
            }
            _ => Reply::status(404, r#"{"errors": [{"code": "MANIFEST_UNKNOWN"}]}"#),
        }
    });
    (registry, storage)
}
