//! Spaces: who may do what with a bucket, and the bucket itself. What is inside it is in `objects`.

use super::answer::{Answer, Outcome};
use super::api::{decoded, split};
use super::keys::Key;
use super::objects::{self, Stored};
use super::signature::{Refusal, md5, verify};
use super::world::World;
use super::xml::{self, Document};
use crate::loopback::Received;
use base64ct::{Base64, Encoding as _};

/// Regions that have Spaces; not every region of clusters has.
const REGIONS: [&str; 11] = ["ams3", "atl1", "blr1", "fra1", "lon1", "nyc3", "sfo2", "sfo3", "sgp1", "syd1", "tor1"];

/// One rule of a lifecycle, as the service reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) prefix: String,
    pub(crate) is_enabled: bool,
    pub(crate) days: Option<u32>,
    pub(crate) noncurrent_days: Option<u32>,
    pub(crate) abort_days: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) created: u64,
    /// `private` or `public-read`.
    pub(crate) acl: String,
    /// `Enabled` or `Suspended`; none before it was ever switched on.
    pub(crate) versioning: Option<String>,
    pub(crate) lifecycle: Option<Vec<Rule>>,
    /// The document as it was put.
    pub(crate) cors: Option<String>,
    /// Versions of objects, oldest first.
    pub(crate) objects: Vec<Stored>,
}

impl Bucket {
    pub(crate) fn new(name: &str, region: &str, created: u64) -> Self {
        Self {
            name: name.to_owned(),
            region: region.to_owned(),
            created,
            acl: "private".to_owned(),
            versioning: None,
            lifecycle: None,
            cors: None,
            objects: Vec::new(),
        }
    }

    pub(crate) fn urn(&self) -> String {
        format!("do:space:{}", self.name)
    }
}

/// A request whose signature is good.
pub(crate) struct Asked<'a> {
    pub(crate) received: &'a Received,
    pub(crate) query: Vec<(String, String)>,
    /// Empty where the bucket itself is meant.
    pub(crate) object: String,
}

impl Asked<'_> {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, if its digest came with it and is right.
    pub(crate) fn checked_body(&self) -> Result<String, Answer> {
        let Some(digest) = self.received.header("content-md5") else {
            return Err(error(400, "InvalidRequest", "Missing required header for this request: Content-MD5"));
        };
        if Base64::encode_string(&md5(&self.received.body)) != digest {
            return Err(error(400, "BadDigest", "The Content-MD5 you specified did not match what we received."));
        }
        Ok(String::from_utf8_lossy(&self.received.body).into_owned())
    }
}

/// An error in the service's own shape.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    // The proxy in front does not number what it answers by itself.
    let request = if code == "BucketAlreadyExists" { "" } else { "tx00000000000000000001-fake" };
    let mut document = Document::default().text("Code", code);
    if !message.is_empty() {
        document = document.text("Message", message);
    }
    let document = document.text("RequestId", request).text("HostId", "fake").0;
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error>{document}</Error>");
    Answer::text(status, "application/xml", text)
}

pub(crate) fn denied() -> Answer {
    error(403, "AccessDenied", "Access Denied.")
}

#[expect(clippy::unnecessary_wraps, reason = "the end of a call as any other")]
pub(crate) fn found(document: String) -> Outcome {
    Ok(Answer::text(200, "application/xml", document))
}

/// What a key may do with one bucket, each including those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Nothing,
    Read,
    Write,
    Everything,
}

impl Right {
    fn of(key: &Key, bucket: &str) -> Self {
        let grants = key.grants.iter().filter(|grant| grant.bucket == bucket || grant.bucket.is_empty());
        let right = |permission: &str| match permission {
            "fullaccess" => Self::Everything,
            "readwrite" => Self::Write,
            "read" => Self::Read,
            _ => Self::Nothing,
        };
        grants.map(|grant| right(&grant.permission)).max().unwrap_or(Self::Nothing)
    }

    /// What a request needs: limited keys see objects and nothing else.
    fn needed(asked: &Asked<'_>) -> Self {
        let is_about_objects = ["location", "lifecycle", "cors", "versioning", "acl", "policy"]
            .iter()
            .all(|name| asked.query(name).is_none());
        match (asked.received.method.as_str(), asked.object.is_empty()) {
            _ if !is_about_objects => Self::Everything,
            ("GET" | "HEAD", _) => Self::Read,
            ("POST", true) | ("PUT" | "DELETE", false) => Self::Write,
            _ => Self::Everything,
        }
    }
}

/// Answers a request to a region's endpoint; `path` is what is behind it. The signature is for the whole target.
pub(crate) fn answer(world: &mut World, received: &Received, region: &str, path: &str) -> Answer {
    let answer = admitted(world, received, region, path).unwrap_or_else(|refusal| refusal);
    if received.method == "HEAD" && answer.status >= 400 { Answer::empty(answer.status) } else { answer }
}

fn admitted(world: &mut World, received: &Received, region: &str, path: &str) -> Outcome {
    if !REGIONS.contains(&region) {
        return Err(Answer::text(404, "text/html", "<html>no such host</html>"));
    }
    // S3 wants to know how long a body is, an empty one included.
    if received.header("transfer-encoding").is_some() {
        return Err(error(411, "MissingContentLength", ""));
    }
    let key = |access: &str| world.keys.iter().find(|key| key.access_key == access && world.is_listed(key.created));
    let access = verify(received, |access| key(access).map(|key| key.secret_key.clone()));
    let access = access.map_err(|refusal| match refusal {
        Refusal::Anonymous => denied(),
        Refusal::UnknownKey => error(403, "InvalidAccessKeyId", ""),
        Refusal::Mismatch => error(403, "SignatureDoesNotMatch", ""),
        Refusal::Body => error(400, "XAmzContentSHA256Mismatch", ""),
    })?;
    let key = key(&access).cloned().ok_or_else(denied)?;
    let (name, object) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let (name, object) = (decoded(name), decoded(object));
    let asked = Asked { received, query: split(&received.target).1, object };
    if name.is_empty() {
        return if key.is_full() { list(world, region) } else { Err(denied()) };
    }
    if Right::of(&key, &name) < Right::needed(&asked) {
        return Err(denied());
    }
    if received.method == "PUT" && asked.object.is_empty() && asked.query.iter().all(|(name, _)| !is_part(name)) {
        return create(world, &asked, &name, region);
    }
    let here = |bucket: &Bucket| {
        bucket.name == name && bucket.region == region && world.has_passed(bucket.created, world.durations.bucket)
    };
    let index = world.buckets.iter().position(here).ok_or_else(|| error(404, "NoSuchBucket", ""))?;
    if received.method == "DELETE" && asked.object.is_empty() && asked.query.iter().all(|(name, _)| !is_part(name)) {
        if !world.buckets[index].objects.is_empty() {
            return Err(error(409, "BucketNotEmpty", ""));
        }
        let bucket = world.buckets.remove(index);
        world.unassign(&bucket.urn());
        return Ok(Answer::empty(204));
    }
    let page = world.object_page;
    let version = world.number();
    match part(&mut world.buckets[index], &asked) {
        Some(outcome) => outcome,
        None => objects::answer(&mut world.buckets[index], &asked, page, version),
    }
}

/// Whether a query's name means a part of the bucket, and is no parameter of the signature.
fn is_part(name: &str) -> bool {
    !name.starts_with("X-Amz-")
}

/// The buckets of this endpoint's region, and no others.
fn list(world: &World, region: &str) -> Outcome {
    let mut buckets = Document::default();
    for bucket in &world.buckets {
        if bucket.region == region && world.has_passed(bucket.created, world.durations.bucket) {
            let time = World::time(bucket.created);
            let one = Document::default().text("Name", &bucket.name).text("CreationDate", &time);
            buckets = buckets.part("Bucket", &one);
        }
    }
    let owner = Document::default().text("ID", "1").text("DisplayName", "1");
    found(Document::default().part("Owner", &owner).part("Buckets", &buckets).root("ListAllMyBucketsResult"))
}

fn create(world: &mut World, asked: &Asked<'_>, name: &str, region: &str) -> Outcome {
    // The region comes from the host: whoever sends a LocationConstraint is told that the body is not what was signed.
    if !asked.received.body.is_empty() {
        return Err(error(400, "XAmzContentSHA256Mismatch", ""));
    }
    let is_inner = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit();
    let is_sign = |sign: char| is_inner(sign) || sign == '-' || sign == '.';
    let is_edge = name.starts_with(is_inner) && name.ends_with(is_inner);
    if !(3..=63).contains(&name.len()) || !name.chars().all(is_sign) || !is_edge {
        return Err(error(400, "InvalidBucketName", ""));
    }
    let acl = asked.received.header("x-amz-acl").unwrap_or("private");
    if !["private", "public-read"].contains(&acl) {
        return Err(error(400, "InvalidArgument", ""));
    }
    // One's own as well: there is no BucketAlreadyOwnedByYou.
    if world.buckets.iter().any(|bucket| bucket.name == name) || world.foreign_buckets.iter().any(|it| it == name) {
        return Err(error(409, "BucketAlreadyExists", "Bucket already exists"));
    }
    let mut bucket = Bucket::new(name, region, world.now);
    acl.clone_into(&mut bucket.acl);
    world.assign_to_default(&bucket.urn());
    world.buckets.push(bucket);
    Ok(Answer::empty(200))
}

/// What belongs to the bucket as a whole; none where the request is about objects.
fn part(bucket: &mut Bucket, asked: &Asked<'_>) -> Option<Outcome> {
    let names =
        ["location", "lifecycle", "cors", "versioning", "acl", "policy", "tagging", "replication", "encryption"];
    let name = names.into_iter().find(|name| asked.query(name).is_some());
    let Some(name) = name.filter(|_| asked.object.is_empty()) else {
        let is_head = asked.received.method == "HEAD" && asked.object.is_empty();
        return is_head.then(|| Ok(Answer::empty(200)));
    };
    Some(match (asked.received.method.as_str(), name) {
        ("GET", "location") => found(Document(bucket.region.clone()).root("LocationConstraint")),
        ("GET", "lifecycle") => match &bucket.lifecycle {
            Some(rules) => found(shown(rules)),
            None => Err(error(404, "NoSuchLifecycleConfiguration", "")),
        },
        ("PUT", "lifecycle") => asked.checked_body().and_then(|text| rules(&text)).map(|rules| {
            bucket.lifecycle = Some(rules);
            Answer::empty(200)
        }),
        ("DELETE", "lifecycle") => {
            bucket.lifecycle = None;
            Ok(Answer::empty(204))
        }
        ("GET", "cors") => match &bucket.cors {
            Some(text) => found(text.clone()),
            None => Err(error(404, "NoSuchCORSConfiguration", "")),
        },
        ("PUT", "cors") => asked.checked_body().and_then(|text| {
            let known = ["CORSConfiguration", "CORSRule", "ID", "AllowedOrigin", "AllowedMethod", "AllowedHeader"];
            let known: Vec<_> = known.into_iter().chain(["ExposeHeader", "MaxAgeSeconds"]).collect();
            well_formed(&text, &known)?;
            bucket.cors = Some(text);
            Ok(Answer::empty(200))
        }),
        ("DELETE", "cors") => {
            bucket.cors = None;
            Ok(Answer::empty(204))
        }
        ("GET", "versioning") => {
            let status = bucket.versioning.as_ref().map(|status| Document::default().text("Status", status));
            found(status.unwrap_or_default().root("VersioningConfiguration"))
        }
        ("PUT", "versioning") => {
            let text = String::from_utf8_lossy(&asked.received.body).into_owned();
            match xml::first(&text, "Status").as_deref() {
                Some(status @ ("Enabled" | "Suspended")) => {
                    bucket.versioning = Some(status.to_owned());
                    Ok(Answer::empty(200))
                }
                _ => Err(error(400, "MalformedXML", "")),
            }
        }
        ("GET", "acl") => {
            let public = bucket.acl == "public-read";
            let grantee = if public { "http://acs.amazonaws.com/groups/global/AllUsers" } else { "1" };
            found(Document::default().text("Grantee", grantee).root("AccessControlPolicy"))
        }
        ("PUT", "acl") => match asked.received.header("x-amz-acl") {
            Some(acl @ ("private" | "public-read")) => {
                acl.clone_into(&mut bucket.acl);
                Ok(Answer::empty(200))
            }
            _ => Err(error(400, "InvalidArgument", "")),
        },
        _ => Err(error(501, "NotImplemented", "")),
    })
}

fn well_formed(text: &str, known: &[&str]) -> Result<(), Answer> {
    let names = xml::names(text);
    let is_closed = |name: &String| {
        let empty = text.matches(&format!("<{name}/>")).count() + text.matches(&format!("<{name} />")).count();
        text.matches(&format!("</{name}>")).count() + empty == names.iter().filter(|other| *other == name).count()
    };
    let is_fine = names.first().is_some_and(|root| root == known[0])
        && names.iter().all(|name| known.contains(&name.as_str()) && is_closed(name));
    if is_fine { Ok(()) } else { Err(error(400, "MalformedXML", "")) }
}

fn rules(text: &str) -> Result<Vec<Rule>, Answer> {
    let known = ["LifecycleConfiguration", "Rule", "ID", "Prefix", "Filter", "Status", "Expiration", "Days"];
    let others = ["NoncurrentVersionExpiration", "NoncurrentDays", "AbortIncompleteMultipartUpload"];
    let known: Vec<_> = known.into_iter().chain(others).chain(["DaysAfterInitiation"]).collect();
    well_formed(text, &known)?;
    let mut rules = Vec::new();
    for (index, rule) in xml::all(text, "Rule").iter().enumerate() {
        let bad = || error(400, "MalformedXML", "");
        let days = |outer: &str, inner: &str| -> Result<Option<u32>, Answer> {
            let Some(outer) = xml::first(rule, outer) else { return Ok(None) };
            let days = xml::first(&outer, inner).ok_or_else(bad)?;
            days.trim().parse().ok().filter(|days| *days > 0).map(Some).ok_or_else(bad)
        };
        let is_enabled = match xml::first(rule, "Status").as_deref() {
            Some("Enabled") => true,
            Some("Disabled") => false,
            _ => return Err(bad()),
        };
        // One that names no part of the bucket says so by an empty prefix or filter.
        if !rule.contains("<Prefix") && !rule.contains("<Filter") {
            return Err(bad());
        }
        let rule = Rule {
            id: xml::first(rule, "ID").filter(|id| !id.is_empty()).unwrap_or_else(|| format!("rule-{index}")),
            prefix: xml::first(rule, "Prefix").unwrap_or_default(),
            is_enabled,
            days: days("Expiration", "Days")?,
            noncurrent_days: days("NoncurrentVersionExpiration", "NoncurrentDays")?,
            abort_days: days("AbortIncompleteMultipartUpload", "DaysAfterInitiation")?,
        };
        if rule.days.or(rule.noncurrent_days).or(rule.abort_days).is_none() {
            return Err(bad());
        }
        rules.push(rule);
    }
    if rules.is_empty() { Err(error(400, "MalformedXML", "")) } else { Ok(rules) }
}

/// Rules as the service writes them, which is not as they were sent.
fn shown(rules: &[Rule]) -> String {
    let mut all = Document::default();
    for rule in rules {
        let mut one = Document::default().text("ID", &rule.id).text("Prefix", &rule.prefix);
        one = one.text("Status", if rule.is_enabled { "Enabled" } else { "Disabled" });
        for (outer, inner, days) in [
            ("Expiration", "Days", rule.days),
            ("NoncurrentVersionExpiration", "NoncurrentDays", rule.noncurrent_days),
            ("AbortIncompleteMultipartUpload", "DaysAfterInitiation", rule.abort_days),
        ] {
            if let Some(days) = days {
                one = one.part(outer, &Document::default().text(inner, &days.to_string()));
            }
        }
        all = all.part("Rule", &one);
    }
    all.root("LifecycleConfiguration")
}
