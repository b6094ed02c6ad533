//! What is set on a bucket and what is in it, as S3 writes it.
//!
//! What a document holds beyond what these types know is remembered as such: two settings are only the same where nothing
//! unknown is in either.

use serde::{Deserialize, Serialize};

use super::xml::{Element, element, plain};

/// The namespace of all documents of S3.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document with its root.
fn document(root: &str, inner: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root} xmlns=\"{NAMESPACE}\">{inner}</{root}>")
}

/// The names in a list of buckets.
pub(super) fn buckets(root: &Element) -> Option<Vec<String>> {
    let list = root.first("Buckets");
    let names = list.into_iter().flat_map(|list| list.all("Bucket")).map(|bucket| bucket.value("Name"));
    (root.name == "ListAllMyBucketsResult").then(|| names.map(|name| name.map(str::to_owned)).collect())?
}

/// Whether a page of a listing has any object.
pub(super) fn has_objects(root: &Element) -> Option<bool> {
    (root.name == "ListBucketResult").then(|| root.first("Contents").is_some())
}

/// Whether a bucket keeps old versions of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// It never did.
    Never,
    /// It does.
    Enabled,
    /// It did, and keeps those.
    Suspended,
}

impl Versioning {
    pub(super) fn read(root: &Element) -> Option<Self> {
        let is_ours = root.name == "VersioningConfiguration";
        is_ours.then(|| match root.value("Status") {
            Some("Enabled") => Some(Self::Enabled),
            Some("Suspended") => Some(Self::Suspended),
            None => Some(Self::Never),
            Some(_) => None,
        })?
    }
}

/// The setting of versioning.
pub(super) fn versioning(is_enabled: bool) -> String {
    let status = if is_enabled { "Enabled" } else { "Suspended" };
    document("VersioningConfiguration", &plain("Status", status))
}

/// When objects are removed by themselves. The order of the rules means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Each about its own objects.
    pub rules: Vec<LifecycleRule>,
}

/// One rule of a [`Lifecycle`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LifecycleRule {
    /// Its name within the bucket; the service makes one up where it is empty.
    pub id: String,
    /// How the names of its objects begin; all of them where it is empty.
    pub prefix: String,
    /// Whether it does anything.
    pub is_enabled: bool,
    /// The days after which an object is removed.
    pub expiration_days: Option<u32>,
    /// The days after which an old version is removed.
    pub noncurrent_days: Option<u32>,
    /// The days after which an upload in parts is given up.
    pub abort_upload_days: Option<u32>,
    /// What it holds beyond that, by the names of the elements: never written, and never equal to a wanted rule.
    pub unknown: Vec<String>,
}

impl Lifecycle {
    pub(super) fn read(root: &Element) -> Option<Self> {
        let rules = root.all("Rule").map(LifecycleRule::read).collect::<Option<_>>()?;
        (root.name == "LifecycleConfiguration").then_some(Self { rules })
    }

    pub(super) fn to_xml(&self) -> String {
        document("LifecycleConfiguration", &self.rules.iter().map(LifecycleRule::to_xml).collect::<String>())
    }
}

impl LifecycleRule {
    fn read(rule: &Element) -> Option<Self> {
        let days = |part: &str, name: &str| match rule.first(part).and_then(|part| part.value(name)) {
            Some(text) => text.trim().parse().ok().map(Some),
            None => Some(None),
        };
        let filter = rule.first("Filter");
        // The prefix stands in the filter, and in older documents beside it.
        let prefix = filter.and_then(|filter| filter.value("Prefix")).or_else(|| rule.value("Prefix"));
        let beyond = |element: Option<&Element>, known: &[&str]| -> Vec<String> {
            let names = element.into_iter().flat_map(Element::names).filter(|name| !known.contains(name));
            names.map(str::to_owned).collect()
        };
        let parts = [
            "ID",
            "Prefix",
            "Filter",
            "Status",
            "Expiration",
            "NoncurrentVersionExpiration",
            "AbortIncompleteMultipartUpload",
        ];
        let mut unknown = beyond(Some(rule), &parts);
        unknown.extend(beyond(filter, &["Prefix"]));
        unknown.extend(beyond(rule.first("Expiration"), &["Days"]));
        unknown.extend(beyond(rule.first("NoncurrentVersionExpiration"), &["NoncurrentDays"]));
        unknown.extend(beyond(rule.first("AbortIncompleteMultipartUpload"), &["DaysAfterInitiation"]));
        Some(Self {
            id: rule.value("ID").unwrap_or_default().to_owned(),
            prefix: prefix.unwrap_or_default().to_owned(),
            is_enabled: rule.value("Status") == Some("Enabled"),
            expiration_days: days("Expiration", "Days")?,
            noncurrent_days: days("NoncurrentVersionExpiration", "NoncurrentDays")?,
            abort_upload_days: days("AbortIncompleteMultipartUpload", "DaysAfterInitiation")?,
            unknown,
        })
    }

    fn to_xml(&self) -> String {
        let mut inner = String::new();
        if !self.id.is_empty() {
            inner.push_str(&plain("ID", &self.id));
        }
        inner.push_str(&element("Filter", &plain("Prefix", &self.prefix)));
        inner.push_str(&plain("Status", if self.is_enabled { "Enabled" } else { "Disabled" }));
        for (part, name, days) in [
            ("Expiration", "Days", self.expiration_days),
            ("NoncurrentVersionExpiration", "NoncurrentDays", self.noncurrent_days),
            ("AbortIncompleteMultipartUpload", "DaysAfterInitiation", self.abort_upload_days),
        ] {
            if let Some(days) = days {
                inner.push_str(&element(part, &plain(name, &days.to_string())));
            }
        }
        element("Rule", &inner)
    }
}

/// Which pages may use a bucket from a browser. The first rule that fits counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// In their order.
    pub rules: Vec<CorsRule>,
}

/// One rule of a [`Cors`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    /// Its name, where it has one.
    pub id: String,
    /// The origins of the pages.
    pub origins: Vec<String>,
    /// What they may do: `GET`, `PUT`, `POST`, `DELETE`, `HEAD`.
    pub methods: Vec<String>,
    /// The headers that they may send.
    pub headers: Vec<String>,
    /// The headers that they may read.
    pub exposed: Vec<String>,
    /// For how many seconds a browser may remember this.
    pub max_age_seconds: Option<u32>,
}

impl Cors {
    pub(super) fn read(root: &Element) -> Option<Self> {
        let rules = root.all("CORSRule").map(CorsRule::read).collect::<Option<_>>()?;
        (root.name == "CORSConfiguration").then_some(Self { rules })
    }

    pub(super) fn to_xml(&self) -> String {
        document("CORSConfiguration", &self.rules.iter().map(CorsRule::to_xml).collect::<String>())
    }
}

impl CorsRule {
    fn read(rule: &Element) -> Option<Self> {
        let all = |name| rule.all(name).map(|element| element.text().trim().to_owned()).collect();
        Some(Self {
            id: rule.value("ID").unwrap_or_default().to_owned(),
            origins: all("AllowedOrigin"),
            methods: all("AllowedMethod"),
            headers: all("AllowedHeader"),
            exposed: all("ExposeHeader"),
            max_age_seconds: match rule.value("MaxAgeSeconds") {
                Some(text) => Some(text.trim().parse().ok()?),
                None => None,
            },
        })
    }

    fn to_xml(&self) -> String {
        let mut inner = String::new();
        if !self.id.is_empty() {
            inner.push_str(&plain("ID", &self.id));
        }
        for (name, texts) in [
            ("AllowedOrigin", &self.origins),
            ("AllowedMethod", &self.methods),
            ("AllowedHeader", &self.headers),
            ("ExposeHeader", &self.exposed),
        ] {
            inner.extend(texts.iter().map(|text| plain(name, text)));
        }
        if let Some(seconds) = self.max_age_seconds {
            inner.push_str(&plain("MaxAgeSeconds", &seconds.to_string()));
        }
        element("CORSRule", &inner)
    }
}

/// One version of an object, or the marker of its deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The name of the object.
    pub key: String,
    /// The id of the version: `null` for one from before versioning.
    pub version: String,
}

/// A page of versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// In the order of their objects.
    pub versions: Vec<ObjectVersion>,
    /// The last of this page, where there are more.
    pub next: Option<ObjectVersion>,
}

impl Versions {
    pub(super) fn read(root: &Element) -> Option<Self> {
        if !matches!(root.name.as_str(), "ListVersionsResult" | "ListBucketVersionsResult") {
            return None;
        }
        let of = |element: &Element| {
            let key = element.first("Key")?.text().to_owned();
            Some(ObjectVersion { key, version: element.value("VersionId").unwrap_or("null").to_owned() })
        };
        let all = root.all("Version").chain(root.all("DeleteMarker"));
        let versions: Vec<_> = all.map(of).collect::<Option<_>>()?;
        let version = root.value("NextVersionIdMarker").unwrap_or_default().to_owned();
        // Where the service does not say where it stopped, it was at the last object.
        let last = || versions.iter().map(|version| version.key.as_str()).max();
        let next = root.value("NextKeyMarker").or_else(last);
        let next = next.map(|key| ObjectVersion { key: key.to_owned(), version });
        let is_cut = root.value("IsTruncated").is_some_and(|text| text.trim() == "true");
        Some(Self { next: if is_cut { next } else { None }, versions })
    }
}

/// What to delete, asking to hear of failures only.
pub(super) fn deletion(versions: &[ObjectVersion]) -> String {
    let object = |version: &ObjectVersion| {
        element("Object", &format!("{}{}", plain("Key", &version.key), plain("VersionId", &version.version)))
    };
    let objects: String = versions.iter().map(object).collect();
    document("Delete", &format!("{}{objects}", plain("Quiet", "true")))
}

/// An object that was to be deleted, and why it is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) key: String,
    pub(super) code: String,
}

/// The objects that were not deleted.
pub(super) fn kept(root: &Element) -> Option<Vec<Kept>> {
    let text = |error: &Element, name| error.value(name).unwrap_or("?").to_owned();
    // What is gone already is deleted.
    let errors = root.all("Error").filter(|error| !matches!(error.value("Code"), Some("NoSuchKey" | "NoSuchVersion")));
    let of = |error: &Element| Kept { key: text(error, "Key"), code: text(error, "Code") };
    (root.name == "DeleteResult").then(|| errors.map(of).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::xml::parse;
    use super::*;

    fn rule() -> LifecycleRule {
        LifecycleRule {
            id: "old & gone".into(),
            prefix: "logs/<1>".into(),
            is_enabled: true,
            expiration_days: Some(30),
            noncurrent_days: Some(7),
            abort_upload_days: Some(1),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn a_lifecycle_is_read_as_it_was_written() {
        let lifecycle = Lifecycle { rules: vec![rule(), LifecycleRule { id: "b".into(), ..LifecycleRule::default() }] };
        let text = lifecycle.to_xml();
        assert_eq!(Lifecycle::read(&parse(&text).unwrap()), Some(lifecycle));
        let expected = "<Rule><ID>old &amp; gone</ID><Filter><Prefix>logs/&lt;1&gt;</Prefix></Filter><Status>Enabled</Status>\
            <Expiration><Days>30</Days></Expiration>\
            <NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration>\
            <AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_rule_says_what_it_holds_beyond_what_is_known() {
        let text = "<LifecycleConfiguration><Rule><ID>x</ID><Prefix>old/</Prefix><Status>Disabled</Status>\
            <Expiration><Date>2026-01-01T00:00:00Z</Date></Expiration><Transition/></Rule></LifecycleConfiguration>";
        let read = Lifecycle::read(&parse(text).unwrap()).unwrap().rules.remove(0);
        let unknown = vec!["Transition".to_owned(), "Date".to_owned()];
        let expected = LifecycleRule { id: "x".into(), prefix: "old/".into(), unknown, ..LifecycleRule::default() };
        assert_eq!(read, expected);
        let bad = text.replace("Date", "Days");
        assert_eq!(Lifecycle::read(&parse(&bad).unwrap()), None);
    }

    #[test]
    fn cors_is_read_as_it_was_written() {
        let rule = CorsRule {
            id: "a".into(),
            origins: vec!["https://www.example.com".into(), "*".into()],
            methods: vec!["GET".into(), "PUT".into()],
            headers: vec!["*".into()],
            exposed: vec!["etag".into()],
            max_age_seconds: Some(600),
        };
        let cors = Cors { rules: vec![rule, CorsRule { origins: vec!["x".into()], ..CorsRule::default() }] };
        assert_eq!(Cors::read(&parse(&cors.to_xml()).unwrap()), Some(cors));
    }

    #[test]
    fn versioning_is_off_until_somebody_turns_it_on() {
        let read = |text: &str| Versioning::read(&parse(text).unwrap());
        assert_eq!(read("<VersioningConfiguration xmlns='x'/>"), Some(Versioning::Never));
        assert_eq!(read(&versioning(true)), Some(Versioning::Enabled));
        assert_eq!(read(&versioning(false)), Some(Versioning::Suspended));
        assert_eq!(read("<VersioningConfiguration><Status>New</Status></VersioningConfiguration>"), None);
        assert_eq!(read("<Other/>"), None);
    }

    #[test]
    fn lists_are_read_page_by_page() {
        let text = "<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket><Name>a</Name>\
            <CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket><Bucket><Name>b</Name></Bucket></Buckets>\
            </ListAllMyBucketsResult>";
        assert_eq!(buckets(&parse(text).unwrap()), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(buckets(&parse("<ListAllMyBucketsResult/>").unwrap()), Some(Vec::new()));
        assert_eq!(buckets(&parse("<html/>").unwrap()), None);
        let text = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>\
            <NextVersionIdMarker>2</NextVersionIdMarker><DeleteMarker><Key>b</Key><VersionId>2</VersionId></DeleteMarker>\
            <Version><Key> a</Key><VersionId>1</VersionId></Version></ListVersionsResult>";
        let of = |key: &str, version: &str| ObjectVersion { key: key.into(), version: version.into() };
        let expected = Versions { versions: vec![of(" a", "1"), of("b", "2")], next: Some(of("b", "2")) };
        assert_eq!(Versions::read(&parse(text).unwrap()), Some(expected));
        let unsaid = text.replace("NextKeyMarker", "Other").replace("NextVersionIdMarker", "Other");
        assert_eq!(Versions::read(&parse(&unsaid).unwrap()).unwrap().next, Some(of("b", "")));
        let last = text.replace("true", "false");
        assert_eq!(Versions::read(&parse(&last).unwrap()).unwrap().next, None);
    }

    #[test]
    fn only_what_is_still_there_was_not_deleted() {
        let version = ObjectVersion { key: "a&b".into(), version: "null".into() };
        let text = deletion(&[version]);
        assert!(text.contains("<Object><Key>a&amp;b</Key><VersionId>null</VersionId></Object>"), "{text}");
        let text = "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code></Error>\
            <Error><Key>c</Key><Code>NoSuchKey</Code></Error></DeleteResult>";
        let expected = vec![Kept { key: "b".into(), code: "AccessDenied".into() }];
        assert_eq!(kept(&parse(text).unwrap()), Some(expected));
    }
}
