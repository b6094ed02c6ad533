//! What is inside a bucket: objects, their versions and delete markers.

use super::answer::{Answer, Outcome};
use super::buckets::{Asked, Bucket, error, found};
use super::signature::{encoded, hex, md5};
use super::xml::{self, Document};

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) key: String,
    /// `null` where it was put while versioning was off.
    pub(crate) version: String,
    pub(crate) body: Vec<u8>,
    /// Whether it says that the object is deleted, and has no body.
    pub(crate) is_marker: bool,
}

impl Bucket {
    /// Puts a version in; `number` names it where versioning is on.
    pub(crate) fn put(&mut self, key: &str, body: &[u8], is_marker: bool, number: u64) {
        let is_versioned = self.versioning.as_deref() == Some("Enabled");
        let version = if is_versioned { format!("v{number}") } else { "null".to_owned() };
        self.objects.retain(|it| it.key != key || it.version != version);
        self.objects.push(Stored { key: key.to_owned(), version, body: body.to_vec(), is_marker });
    }

    /// Deletes an object by marking it, or a version for good.
    fn delete(&mut self, key: &str, version: Option<&str>, number: u64) {
        match version {
            Some(version) => self.objects.retain(|it| it.key != key || it.version != version),
            None if self.versioning.is_none() => self.objects.retain(|it| it.key != key),
            None => self.put(key, b"", true, number),
        }
    }

    /// The versions that count: the newest of each key, without deleted ones, by key.
    pub(crate) fn current(&self) -> Vec<&Stored> {
        let is_newest = |(index, it): &(usize, &Stored)| !self.objects[index + 1..].iter().any(|o| o.key == it.key);
        let newest = self.objects.iter().enumerate().filter(is_newest).map(|(_, it)| it);
        let mut current: Vec<_> = newest.filter(|it| !it.is_marker).collect();
        current.sort_by(|one, other| one.key.cmp(&other.key));
        current
    }
}

/// Objects and lists of them; `page` is the most that one list holds.
pub(crate) fn answer(bucket: &mut Bucket, asked: &Asked<'_>, page: usize, number: u64) -> Outcome {
    let (method, key) = (asked.received.method.as_str(), asked.object.as_str());
    if key.is_empty() {
        return match method {
            "GET" if asked.query("versions").is_some() => versions(bucket, asked, page),
            "GET" if asked.query("list-type") == Some("2") => list(bucket, asked, page),
            "POST" if asked.query("delete").is_some() => delete(bucket, asked, number),
            _ => Err(error(501, "NotImplemented", "")),
        };
    }
    match method {
        "PUT" => {
            bucket.put(key, &asked.received.body, false, number);
            Ok(Answer::empty(200).with("etag", tag(&asked.received.body)))
        }
        "GET" | "HEAD" => {
            let wanted = asked.query("versionId");
            let is_it = |it: &&Stored| it.key == key && wanted.is_none_or(|version| it.version == version);
            let found = bucket.objects.iter().rev().find(is_it).filter(|it| !it.is_marker);
            let found = found.ok_or_else(|| error(404, "NoSuchKey", ""))?;
            Ok(Answer::text(200, "application/octet-stream", found.body.clone()).with("etag", tag(&found.body)))
        }
        "DELETE" => {
            bucket.delete(key, asked.query("versionId"), number);
            Ok(Answer::empty(204))
        }
        _ => Err(error(405, "MethodNotAllowed", "")),
    }
}

fn tag(body: &[u8]) -> String {
    format!("\"{}\"", hex(&md5(body)))
}

/// A key as a list shows it: escaped where the request wants that.
fn shown(asked: &Asked<'_>, key: &str) -> String {
    if asked.query("encoding-type") == Some("url") { encoded(key, true) } else { key.to_owned() }
}

/// How many entries a list may have.
fn limit(asked: &Asked<'_>, page: usize) -> Result<usize, Answer> {
    let wanted = asked.query("max-keys").map_or(Ok(page), str::parse);
    wanted.map(|wanted: usize| wanted.min(page)).map_err(|_| error(400, "InvalidArgument", ""))
}

fn list(bucket: &Bucket, asked: &Asked<'_>, page: usize) -> Outcome {
    let limit = limit(asked, page)?;
    let prefix = asked.query("prefix").unwrap_or_default();
    let after = asked.query("continuation-token").or(asked.query("start-after")).unwrap_or_default();
    let current = bucket.current();
    let wanted: Vec<_> = current.iter().filter(|it| it.key.starts_with(prefix) && it.key.as_str() > after).collect();
    let listed = &wanted[..limit.min(wanted.len())];
    let is_cut = listed.len() < wanted.len();
    let mut document = Document::default()
        .text("Name", &bucket.name)
        .text("Prefix", prefix)
        .text("KeyCount", &listed.len().to_string())
        .text("MaxKeys", &limit.to_string())
        .text("IsTruncated", &is_cut.to_string());
    if let Some(last) = listed.last().filter(|_| is_cut) {
        document = document.text("NextContinuationToken", &last.key);
    }
    if asked.query("encoding-type") == Some("url") {
        document = document.text("EncodingType", "url");
    }
    for it in listed {
        let one = Document::default().text("Key", &shown(asked, &it.key)).text("Size", &it.body.len().to_string());
        document = document.part("Contents", &one.text("ETag", &tag(&it.body)));
    }
    found(document.root("ListBucketResult"))
}

fn versions(bucket: &Bucket, asked: &Asked<'_>, page: usize) -> Outcome {
    let limit = limit(asked, page)?;
    let prefix = asked.query("prefix").unwrap_or_default();
    // By key, and of one key the newest first.
    let mut all: Vec<_> = bucket.objects.iter().rev().filter(|it| it.key.starts_with(prefix)).collect();
    all.sort_by(|one, other| one.key.cmp(&other.key));
    let start = match (asked.query("key-marker"), asked.query("version-id-marker")) {
        (None, _) => 0,
        (Some(key), None) => all.iter().take_while(|it| it.key.as_str() <= key).count(),
        (Some(key), Some(version)) => {
            let at = all.iter().position(|it| it.key == key && it.version == version);
            // What was listed last may be deleted by now: go on behind its key's place.
            at.map_or_else(|| all.iter().take_while(|it| it.key.as_str() < key).count(), |at| at + 1)
        }
    };
    let listed = &all[start..(start + limit).min(all.len())];
    let is_cut = start + listed.len() < all.len();
    let mut document = Document::default().text("Name", &bucket.name).text("IsTruncated", &is_cut.to_string());
    if let Some(last) = listed.last().filter(|_| is_cut) {
        document = document.text("NextKeyMarker", &shown(asked, &last.key)).text("NextVersionIdMarker", &last.version);
    }
    if asked.query("encoding-type") == Some("url") {
        document = document.text("EncodingType", "url");
    }
    for it in listed {
        let name = if it.is_marker { "DeleteMarker" } else { "Version" };
        document = document
            .part(name, &Document::default().text("Key", &shown(asked, &it.key)).text("VersionId", &it.version));
    }
    found(document.root("ListVersionsResult"))
}

fn delete(bucket: &mut Bucket, asked: &Asked<'_>, number: u64) -> Outcome {
    let text = asked.checked_body()?;
    let objects = xml::all(&text, "Object");
    if objects.is_empty() || objects.len() > 1000 {
        return Err(error(400, "MalformedXML", ""));
    }
    let mut document = Document::default();
    for object in objects {
        let key = xml::first(&object, "Key").ok_or_else(|| error(400, "MalformedXML", ""))?;
        bucket.delete(&key, xml::first(&object, "VersionId").as_deref(), number);
        if xml::first(&text, "Quiet").as_deref() != Some("true") {
            document = document.part("Deleted", &Document::default().text("Key", &key));
        }
    }
    found(document.root("DeleteResult"))
}
