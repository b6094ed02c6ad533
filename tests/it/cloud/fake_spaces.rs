//! The traps of Spaces: signatures, rights, buckets that are not there yet, and what is in them.

use std::collections::BTreeMap;

use supercargo::http::{Method, Request, Url};

use super::fake::{Bucket, Cloud, Refusal, Rule, World, hex, md5, verify};
use super::probe::{Signer, client};
use crate::loopback::Received;

fn begun() -> (Cloud, Signer) {
    let cloud = Cloud::start(World::new());
    let signer = Signer::new(&cloud, "fra1", 0);
    (cloud, signer)
}

/// A bucket in Frankfurt that has always been there.
fn with_bucket() -> (Cloud, Signer) {
    let (cloud, signer) = begun();
    cloud.world(|world| world.buckets.push(Bucket::new("loki", "fra1", 0)));
    (cloud, signer)
}

/// The examples of Amazon's own documentation of S3, both forms: nothing of ours has made these signatures.
#[test]
fn the_published_examples_of_signatures_are_good() {
    let access = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let secret = ["wJalrXUtnFEMI/", "K7MDENG/", "bPxRfiCY", "EXAMPLEKEY"].concat();
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let received = |target: String, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut headers: BTreeMap<_, _> = headers.collect();
        headers.insert("host".to_owned(), "examplebucket.s3.amazonaws.com".to_owned());
        Received { method: "GET".to_owned(), target, headers, body: Vec::new(), before: 0 }
    };
    let verified = |received: &Received| verify(received, |key| (key == access).then(|| secret.clone()));
    for (target, signature) in [
        ("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ] {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={access}/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature={signature}"
        );
        let headers = [
            ("authorization", authorization.as_str()),
            ("x-amz-content-sha256", nothing),
            ("x-amz-date", "20130524T000000Z"),
        ];
        assert_eq!(verified(&received(target.to_owned(), &headers)), Ok(access.clone()), "{target}");
        assert_eq!(verified(&received(format!("{target}&a=b"), &headers)), Err(Refusal::Mismatch));
    }
    let presigned = format!(
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={access}%2F20130524%2Fus-east-1%2Fs3%2F\
         aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
    );
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(verified(&received(format!("{presigned}{signature}"), &[])), Ok(access.clone()));
    assert_eq!(verified(&received(format!("{presigned}{nothing}"), &[])), Err(Refusal::Mismatch));
    assert_eq!(verified(&received("/".to_owned(), &[])), Err(Refusal::Anonymous));
}

/// The examples of RFC 1321.
#[test]
fn the_digest_is_that_of_its_standard() {
    assert_eq!(hex(&md5(b"")), "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(hex(&md5(b"message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
    let digits = "1234567890".repeat(8);
    assert_eq!(hex(&md5(digits.as_bytes())), "57edf4a22be3c955ac49da2e2107b67a");
}

#[test]
fn only_who_signs_with_a_known_key_gets_in() {
    let (cloud, signer) = begun();
    assert_eq!(signer.status("GET /"), 200);
    let wrong = Signer::new(&cloud, "fra1", 0).with_secret_key("another");
    assert_eq!(wrong.refused("GET /", ""), (403, "SignatureDoesNotMatch".to_owned()));
    let unknown = Signer::new(&cloud, "fra1", 0).with_access_key("NOBODY");
    assert_eq!(unknown.refused("GET /", ""), (403, "InvalidAccessKeyId".to_owned()));
    let elsewhere = Signer::new(&cloud, "nyc1", 0);
    assert_eq!(elsewhere.status("GET /"), 404, "not every region has Spaces");
}

#[test]
fn a_request_without_a_length_is_refused() {
    let (cloud, _) = begun();
    let url = Url::parse(&format!("{}/loki", cloud.region_url("fra1"))).unwrap();
    let request = Request::new(Method::Put, url).header("transfer-encoding", "chunked");
    let response = client().send(&request).unwrap();
    assert_eq!(response.status, 411, "{response:?}");
}

#[test]
fn a_region_may_have_an_address_of_its_own() {
    let (cloud, _) = with_bucket();
    let signer = Signer::new(&cloud, "fra1", 0).at(cloud.region_url("fra1"));
    assert!(signer.send("GET /", "").1.contains("<Name>loki</Name>"));
    let signer = signer.at(cloud.region_url("ams3"));
    assert!(!signer.send("GET /", "").1.contains("loki"), "each region lists its own");
    assert_eq!(signer.refused("GET /loki?list-type=2", ""), (404, "NoSuchBucket".to_owned()));
}

#[test]
fn a_new_bucket_is_not_there_for_a_moment() {
    let (cloud, signer) = begun();
    let location =
        "<CreateBucketConfiguration><LocationConstraint>fra1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(signer.refused("PUT /loki", location), (400, "XAmzContentSHA256Mismatch".to_owned()));
    assert_eq!(signer.send("PUT /loki", ""), (200, String::new()));
    assert_eq!(signer.send("HEAD /loki", ""), (404, String::new()));
    assert_eq!(signer.refused("GET /loki?location=", ""), (404, "NoSuchBucket".to_owned()), "nor for anybody");
    cloud.world(|world| world.advance(100));
    assert_eq!(signer.status("HEAD /loki"), 200);
    assert!(signer.send("GET /loki?location=", "").1.contains(">fra1</LocationConstraint>"));
    assert!(cloud.world(|world| world.project_of("do:space:loki").is_some_and(|project| project.is_default)));
    // Its owner is not told apart from others.
    let (status, text) = signer.send("PUT /loki", "");
    assert_eq!(status, 409);
    assert!(text.contains("<Code>BucketAlreadyExists</Code>") && text.contains("<RequestId></RequestId>"), "{text}");
    cloud.world(|world| world.foreign_buckets.push("taken".to_owned()));
    assert_eq!(Signer::new(&cloud, "ams3", 0).refused("PUT /taken", "").0, 409);
    assert_eq!(signer.refused("PUT /Loki", ""), (400, "InvalidBucketName".to_owned()));
    assert_eq!((signer.status("DELETE /loki"), signer.status("DELETE /loki")), (204, 404));
    assert!(cloud.world(|world| world.project_of("do:space:loki").is_none()));
}

#[test]
fn a_limited_key_sees_the_objects_of_its_bucket_and_nothing_else() {
    let (cloud, _) = with_bucket();
    let grants = |permission: &str| {
        let grant = super::fake::Grant { bucket: "loki".to_owned(), permission: permission.to_owned() };
        cloud.world(|world| {
            let mut key = world.keys[0].clone();
            (key.grants, key.access_key) = (vec![grant], format!("LIMITED-{permission}"));
            world.keys.push(key);
            world.buckets.push(Bucket::new("tempo", "fra1", 0));
        });
    };
    grants("readwrite");
    grants("read");
    let (write, read) = (Signer::new(&cloud, "fra1", 1), Signer::new(&cloud, "fra1", 2));
    let denied = (403, "AccessDenied".to_owned());
    for line in [
        "GET /",
        "PUT /loki",
        "PUT /other",
        "DELETE /loki",
        "GET /loki?acl=",
        "GET /loki?lifecycle=",
        "GET /loki?cors=",
        "GET /loki?versioning=",
        "GET /tempo?list-type=2",
        "PUT /tempo/a",
    ] {
        assert_eq!(write.refused(line, ""), denied, "{line}");
    }
    assert_eq!(read.refused("PUT /loki/a", "x"), denied);
    assert_eq!((write.send("PUT /loki/a", "x").0, write.status("HEAD /loki")), (200, 200));
    assert_eq!(read.send("GET /loki/a", ""), (200, "x".to_owned()));
    assert_eq!((read.status("GET /loki?list-type=2"), read.refused("DELETE /loki/a", "")), (200, denied));
    assert_eq!((write.status("DELETE /loki/a"), write.status("GET /loki/a")), (204, 404));
}

#[test]
fn a_lifecycle_is_kept_as_rules_and_needs_its_digest() {
    let (cloud, signer) = with_bucket();
    let none = (404, "NoSuchLifecycleConfiguration".to_owned());
    assert_eq!(signer.refused("GET /loki?lifecycle=", ""), none);
    let rule = "<Rule><ID>all</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days>\
                </Expiration></Rule>";
    let text = format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>");
    assert_eq!(signer.send("PUT /loki?lifecycle=", &text), (200, String::new()));
    let kept = Rule { id: "all".to_owned(), is_enabled: true, days: Some(30), ..Rule::default() };
    assert_eq!(cloud.world(|world| world.buckets[0].lifecycle.clone()), Some(vec![kept.clone()]));
    // Others write an empty element in one piece.
    signer.send("PUT /loki?lifecycle=", &text.replace("<Prefix></Prefix>", "<Prefix />"));
    assert_eq!(cloud.world(|world| world.buckets[0].lifecycle.clone()), Some(vec![kept]));
    assert!(signer.send("GET /loki?lifecycle=", "").1.contains("<Expiration><Days>30</Days></Expiration>"));
    for wrong in [text.replace("30", "0"), text.replace("Days", "days"), text.replace("</Rule>", ""), "x".to_owned()] {
        assert_eq!(signer.refused("PUT /loki?lifecycle=", &wrong), (400, "MalformedXML".to_owned()), "{wrong}");
    }
    // Without a body there is no digest with it.
    assert_eq!(signer.refused("PUT /loki?lifecycle=", ""), (400, "InvalidRequest".to_owned()));
    assert_eq!(signer.status("DELETE /loki?lifecycle="), 204);
    assert_eq!(signer.refused("GET /loki?lifecycle=", ""), none);
}

#[test]
fn other_parts_of_a_bucket_are_put_and_got() {
    let (_cloud, signer) = with_bucket();
    assert_eq!(signer.refused("GET /loki?cors=", ""), (404, "NoSuchCORSConfiguration".to_owned()));
    let cors = "<CORSConfiguration><CORSRule><AllowedOrigin>https://example.com</AllowedOrigin><AllowedMethod>GET\
                </AllowedMethod></CORSRule></CORSConfiguration>";
    assert_eq!(signer.send("PUT /loki?cors=", cors).0, 200);
    assert_eq!(signer.send("GET /loki?cors=", "").1, cors);
    assert_eq!(signer.status("DELETE /loki?cors="), 204);
    let versioning =
        |status: &str| format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    assert!(!signer.send("GET /loki?versioning=", "").1.contains("Status"));
    assert_eq!(signer.refused("PUT /loki?versioning=", &versioning("Disabled")).0, 400);
    assert_eq!(signer.send("PUT /loki?versioning=", &versioning("Enabled")).0, 200);
    assert!(signer.send("GET /loki?versioning=", "").1.contains("<Status>Enabled</Status>"));
    assert!(!signer.send("GET /loki?acl=", "").1.contains("AllUsers"));
    assert_eq!(signer.refused("GET /loki?tagging=", ""), (501, "NotImplemented".to_owned()));
}

#[test]
fn a_bucket_is_deleted_when_no_version_is_left() {
    let (cloud, signer) = with_bucket();
    cloud.world(|world| {
        world.object_page = 2;
        world.buckets[0].versioning = Some("Enabled".to_owned());
    });
    for key in ["a", "b%20c", "d"] {
        signer.send(&format!("PUT /loki/{key}"), "x");
    }
    signer.send("PUT /loki/a", "y");
    assert_eq!(signer.send("GET /loki/a", "").1, "y");
    assert_eq!(signer.status("DELETE /loki/d"), 204);
    assert_eq!(signer.status("GET /loki/d"), 404);
    assert_eq!(cloud.world(|world| world.buckets[0].objects.len()), 5);
    let value = |text: &str, name: &str| {
        let rest = text.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
        rest.and_then(|rest| rest.split_once("</")).map(|(value, _)| value.to_owned())
    };
    let (_, page) = signer.send("GET /loki?list-type=2&max-keys=1", "");
    assert_eq!(
        (value(&page, "IsTruncated").unwrap(), value(&page, "NextContinuationToken").unwrap()),
        ("true".to_owned(), "a".to_owned())
    );
    let (_, page) = signer.send("GET /loki?continuation-token=a&list-type=2", "");
    assert_eq!(
        (value(&page, "IsTruncated").unwrap(), value(&page, "Key").unwrap()),
        ("false".to_owned(), "b c".to_owned())
    );
    let (_, page) = signer.send("GET /loki?encoding-type=url&list-type=2&start-after=a", "");
    assert_eq!(value(&page, "Key").unwrap(), "b%20c");
    assert_eq!(signer.refused("DELETE /loki", ""), (409, "BucketNotEmpty".to_owned()));
    let mut target = "GET /loki?versions=".to_owned();
    let mut pages = 0;
    loop {
        let (_, page) = signer.send(&target, "");
        pages += 1;
        let mut body = String::new();
        for part in page.split("<Key>").skip(1) {
            let (key, version) = (part.split_once('<').unwrap().0, value(part, "VersionId").unwrap());
            body = format!("{body}<Object><Key>{key}</Key><VersionId>{version}</VersionId></Object>");
        }
        assert_eq!(signer.send("POST /loki?delete=", &format!("<Delete><Quiet>true</Quiet>{body}</Delete>")).0, 200);
        let Some(next) = value(&page, "NextKeyMarker") else { break };
        let version = value(&page, "NextVersionIdMarker").unwrap();
        target = format!("GET /loki?key-marker={}&version-id-marker={version}&versions=", next.replace(' ', "%20"));
    }
    assert_eq!((pages, signer.status("DELETE /loki")), (3, 204));
}
