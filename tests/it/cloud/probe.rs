//! Asks the fake as a client would, call by call: nothing is tried again, and nothing is hidden.

use std::time::Duration;

use serde_json::Value;
use supercargo::http::{Client, Error, Method, Request, Response, Retries, Secret, Settings, Url};

use super::fake::{Cloud, hex, md5, sha256, sign, token};
use base64ct::{Base64, Encoding as _};

/// A client with a token.
pub(super) struct Probe {
    client: Client,
    base: String,
    token: String,
}

/// A client that tries once and waits for at most half a second.
pub(super) fn client() -> Client {
    let retries = Retries { attempts: 1, ..Retries::default() };
    Client::new(Settings { whole: Duration::from_millis(500), retries, ..Settings::default() })
}

pub(super) fn method(name: &str) -> Method {
    let all = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    all.into_iter().find(|method| method.name() == name).unwrap()
}

impl Probe {
    pub(super) fn new(cloud: &Cloud) -> Self {
        Self::with(cloud, &token())
    }

    pub(super) fn with(cloud: &Cloud, token: &str) -> Self {
        Self { client: client(), base: cloud.url(), token: token.to_owned() }
    }

    /// Sends a line such as `GET /v2/vpcs`.
    pub(super) fn send(&self, line: &str, body: Option<&Value>) -> Result<Response, Error> {
        self.client.send(&self.request(line, body))
    }

    pub(super) fn request(&self, line: &str, body: Option<&Value>) -> Request {
        let (name, path) = line.split_once(' ').unwrap();
        let url = Url::parse(&format!("{}{path}", self.base)).unwrap();
        let request = Request::new(method(name), url).secret("authorization", Secret::new(&self.token).as_bearer());
        match body {
            Some(body) => request.body("application/json", body.to_string().into_bytes()),
            None => request,
        }
    }

    /// Status and body; null where there is none.
    pub(super) fn ask(&self, line: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.send(line, body).unwrap();
        (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }

    pub(super) fn status(&self, line: &str) -> u16 {
        self.ask(line, None).0
    }

    /// The body of a success.
    pub(super) fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(&format!("GET {path}"), None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The body of a success, whatever its number.
    pub(super) fn done(&self, line: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(line, Some(body));
        assert!((200..300).contains(&status), "{line} {body}: {status} {answer}");
        answer
    }

    /// Status and message of a refusal.
    pub(super) fn refused(&self, line: &str, body: &Value) -> (u16, String) {
        let (status, answer) = self.ask(line, Some(body));
        (status, answer["message"].as_str().unwrap_or_default().to_owned())
    }
}

/// A client of Spaces with a key of its own.
pub(super) struct Signer {
    client: Client,
    base: String,
    access_key: String,
    secret_key: String,
}

impl Signer {
    /// A client with one of the world's keys, at the address of a region.
    pub(super) fn new(cloud: &Cloud, region: &str, key: usize) -> Self {
        let key = cloud.world(|world| world.keys[key].clone());
        let base = cloud.spaces_url().replace("{{.Region}}", region);
        Self { client: client(), base, access_key: key.access_key, secret_key: key.secret_key }
    }

    pub(super) fn at(mut self, base: String) -> Self {
        self.base = base;
        self
    }

    pub(super) fn with_access_key(mut self, access_key: &str) -> Self {
        access_key.clone_into(&mut self.access_key);
        self
    }

    pub(super) fn with_secret_key(mut self, secret_key: &str) -> Self {
        secret_key.clone_into(&mut self.secret_key);
        self
    }

    /// Sends a line such as `PUT /bucket?lifecycle=`, whose query is sorted and encoded. The digest of a body comes with
    /// it.
    pub(super) fn send(&self, line: &str, body: &str) -> (u16, String) {
        let (name, target) = line.split_once(' ').unwrap();
        let url = Url::parse(&format!("{}{target}", self.base)).unwrap();
        let host = format!("{}:{}", url.host(), url.port());
        let path = url.path().to_owned();
        let (payload, time) = (sha256(body.as_bytes()), "20260101T000000Z");
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let digest = Base64::encode_string(&md5(body.as_bytes()));
        let mut headers = format!("host:{host}\nx-amz-content-sha256:{payload}\nx-amz-date:{time}\n");
        let mut names = "host;x-amz-content-sha256;x-amz-date".to_owned();
        if !body.is_empty() {
            headers = format!("content-md5:{digest}\n{headers}");
            names = format!("content-md5;{names}");
        }
        let canonical = format!("{name}\n{path}\n{query}\n{headers}\n{names}\n{payload}");
        let scope = "20260101/us-east-1/s3/aws4_request";
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let secret = format!("AWS4{}", self.secret_key).into_bytes();
        let key = scope.split('/').fold(secret, |key, part| sign(&key, part));
        let signature = hex(&sign(&key, &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key
        );
        let mut request = Request::new(method(name), url)
            .header("x-amz-content-sha256", payload)
            .header("x-amz-date", time)
            .secret("authorization", Secret::new(authorization));
        if !body.is_empty() {
            request = request.header("content-md5", digest);
        }
        if name == "PUT" || name == "POST" {
            // An empty body that is there has a length; one that is not there is sent in chunks.
            request = request.body("application/xml", body.as_bytes().to_vec());
        }
        let response = self.client.send(&request).unwrap();
        (response.status, String::from_utf8_lossy(&response.body).into_owned())
    }

    /// Status and code of an error.
    pub(super) fn refused(&self, line: &str, body: &str) -> (u16, String) {
        let (status, text) = self.send(line, body);
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        (status, code.map_or(String::new(), |(code, _)| code.to_owned()))
    }

    pub(super) fn status(&self, line: &str) -> u16 {
        self.send(line, "").0
    }
}
