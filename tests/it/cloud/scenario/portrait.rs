//! An account and the files that belong to it, as one text with names in the places of ids.

use std::collections::BTreeMap;

use serde_json::Value;
use supercargo::model::{SealedName, SecretKey};
use supercargo::seal::{KeyRing, SealedFile};
use supercargo::source::Source;

use crate::cloud::fake::{World, sha256};
use crate::support::key_pair;

/// Every id that there is, with a name for it.
pub(super) fn names(world: &World) -> Vec<(String, String)> {
    let mut names = Vec::new();
    names.extend(world.projects.iter().map(|it| (it.id.clone(), format!("<project {}>", it.name))));
    names.extend(world.vpcs.iter().map(|it| (it.id.clone(), format!("<vpc {}>", it.name))));
    for cluster in &world.clusters {
        names.push((cluster.id.clone(), format!("<cluster {}>", cluster.name)));
        names.extend(cluster.pools.iter().map(|it| (it.id.clone(), format!("<pool {}>", it.name))));
    }
    for domain in &world.domains {
        let name = |it: &crate::cloud::fake::Record| format!("<{} {}.{}>", it.kind, it.name, domain.name);
        names.extend(domain.records.iter().map(|it| (format!("/records/{}", it.id), format!("/records/{}", name(it)))));
    }
    names.extend(world.keys.iter().map(|it| (it.access_key.clone(), format!("<key {}>", it.name))));
    // The longest first, so that no id is taken for the beginning of another one.
    names.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
    names
}

/// A text with names in the places of ids, quoted or not: YAML quotes those that look like numbers.
pub(super) fn named(names: &[(String, String)], text: &str) -> String {
    names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name).replace(&format!("\"{name}\""), name))
}

/// Everything that counts. Lists without an order of their own are sorted.
pub(super) fn of(world: &World, outputs: Option<String>, sealed: Option<String>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for it in &world.projects {
        let resources = sorted(it.resources.iter().map(|resource| resource.urn.clone()));
        let environment = it.environment.as_deref().unwrap_or("-");
        let (name, purpose, description) = (&it.name, &it.purpose, &it.description);
        lines.push(format!("project {name}: {purpose}, {environment}, {description:?}, {resources}"));
    }
    for it in world.vpcs.iter().filter(|it| !it.is_default) {
        lines.push(format!("vpc {}: {}, {}, {:?}", it.name, it.region, it.ip_range, it.description));
    }
    for it in &world.clusters {
        let state = it.state(world.now).0;
        let (name, region, version, vpc) = (&it.name, &it.region, &it.version, &it.vpc_uuid);
        let settings: BTreeMap<_, _> = it.settings.iter().map(|(name, value)| (name, value.to_string())).collect();
        let (tags, registries) = (sorted(it.tags.iter().cloned()), sorted(it.registries.iter().cloned()));
        let ranges = format!("{} {}", it.cluster_subnet, it.service_subnet);
        lines.push(format!(
            "cluster {name}: {state}, {region}, {version}, {vpc}, {ranges}, {tags}, {settings:?}, {registries}"
        ));
        for pool in &it.pools {
            let labels: BTreeMap<_, _> = pool.labels.iter().collect();
            let taints = sorted(pool.taints.iter().map(Value::to_string));
            let tags = sorted(pool.tags.iter().cloned());
            let scale = format!("{} of {}..{} {}", pool.count, pool.min_nodes, pool.max_nodes, pool.auto_scale);
            let (pool, size) = (&pool.name, &pool.size);
            lines.push(format!("pool {name}/{pool}: {size}, {scale}, {tags}, {labels:?}, {taints}"));
        }
        let associated = it.associated.iter().map(|it| format!("{} {}", it.kind, it.name));
        lines.push(format!("associated {name}: {}", sorted(associated)));
    }
    for it in &world.buckets {
        let keys = sorted(it.objects.iter().map(|object| object.key.clone()));
        let (name, region, acl) = (&it.name, &it.region, &it.acl);
        let settings = format!("{:?}, {:?}, {:?}", it.versioning, it.lifecycle, it.cors);
        lines.push(format!("bucket {name}: {region}, {acl}, {settings}, {keys}"));
    }
    for it in &world.keys {
        let grants = sorted(it.grants.iter().map(|grant| format!("{} {}", grant.permission, grant.bucket)));
        lines.push(format!("key {}: {grants}", it.name));
    }
    for it in &world.domains {
        lines.push(format!("domain {}", it.name));
        for record in &it.records {
            let numbers = [record.priority, record.port, record.weight, record.flags];
            let (kind, name, data, ttl, tag) = (&record.kind, &record.name, &record.data, record.ttl, &record.tag);
            lines.push(format!("record {name}.{}: {kind} {data:?} {ttl} {numbers:?} {tag:?}", it.name));
        }
    }
    lines.push(format!("left over: {}", sorted(world.leftovers.iter().map(|it| format!("{} {}", it.kind, it.name)))));
    lines.sort();
    let fingerprints = world.keys.iter().map(|it| (sha256(it.access_key.as_bytes())[..16].to_owned(), it));
    let mut names = names(world);
    names.extend(fingerprints.map(|(fingerprint, key)| (fingerprint, format!("<print of {}>", key.name))));
    let outputs = outputs.unwrap_or_else(|| "no outputs".to_owned());
    named(&names, &format!("{}\n{outputs}\n{}", lines.join("\n"), unsealed(world, sealed)))
}

fn sorted(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    format!("[{}]", texts.join(", "))
}

/// Which key of the account each sealed value is half of.
fn unsealed(world: &World, sealed: Option<String>) -> String {
    let Some(sealed) = sealed else { return "nothing sealed".to_owned() };
    let file = SealedFile::parse(&Source::new("sealed.yaml", sealed)).unwrap();
    let mut ring = KeyRing::default();
    let [_, (path, key), _] = key_pair();
    ring.add(&Source::new(*path, key.as_str())).unwrap();
    let owner = |text: &str| {
        let id = world.keys.iter().find(|key| key.access_key == text).map(|key| format!("id of {}", key.name));
        let secret = world.keys.iter().find(|key| key.secret_key == text).map(|key| format!("secret of {}", key.name));
        id.or(secret).unwrap_or_else(|| "half of a key that is not there".to_owned())
    };
    let mut lines = Vec::new();
    for (id, secret) in file.entries() {
        let id: &SealedName = id;
        for (name, ciphertext) in &secret.encrypted_data {
            let name: &SecretKey = name;
            let opened = ring.open(ciphertext, id, secret.scope, []).unwrap();
            let text = std::str::from_utf8(opened.plaintext.as_bytes()).unwrap().to_owned();
            lines.push(format!("sealed {id} {name}: {}", owner(&text)));
        }
    }
    lines.sort();
    lines.join("\n")
}
