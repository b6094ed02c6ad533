//! Domains and records, with a dot that has to be sent and never comes back.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::answer::{Answer, Fields, Outcome, page};
use super::api::Call;
use super::world::World;

const FIELDS: [&str; 9] = ["type", "name", "data", "priority", "port", "ttl", "weight", "flags", "tag"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) kind: String,
    /// Relative to the domain, `@` for itself.
    pub(crate) name: String,
    /// Without the dot at its end.
    pub(crate) data: String,
    pub(crate) ttl: usize,
    pub(crate) priority: Option<usize>,
    pub(crate) port: Option<usize>,
    pub(crate) weight: Option<usize>,
    pub(crate) flags: Option<usize>,
    pub(crate) tag: Option<String>,
}

impl Record {
    pub(crate) fn value(&self) -> Value {
        json!({
            "id": self.id, "type": self.kind, "name": self.name, "data": self.data, "priority": self.priority,
            "port": self.port, "ttl": self.ttl, "weight": self.weight, "flags": self.flags, "tag": self.tag,
        })
    }

    /// Whether its data names a host, and so needs a dot when it is sent.
    fn needs_dot(&self) -> bool {
        match self.kind.as_str() {
            "CNAME" | "MX" | "NS" | "SRV" => true,
            "CAA" => self.tag.as_deref() != Some("iodef"),
            _ => false,
        }
    }

    /// Takes over what is sent and checks the whole record, what was stored before included.
    fn update(&mut self, fields: &Fields, domain: &str) -> Result<(), Answer> {
        if let Some(name) = fields.text("name")? {
            let absolute = name.strip_suffix('.').map(|name| {
                if name == domain { "@".to_owned() } else { name.trim_end_matches(&format!(".{domain}")).to_owned() }
            });
            self.name = absolute.unwrap_or(name);
        }
        self.data = fields.text("data")?.unwrap_or_else(|| self.data.clone());
        self.ttl = fields.number("ttl")?.unwrap_or(self.ttl);
        self.priority = fields.number("priority")?.or(self.priority);
        self.port = fields.number("port")?.or(self.port);
        self.weight = fields.number("weight")?.or(self.weight);
        self.flags = fields.number("flags")?.or(self.flags);
        self.tag = fields.text("tag")?.or(self.tag.take());
        self.check()?;
        if self.needs_dot() && self.data != "@" {
            let stripped = self.data.strip_suffix('.').map(str::to_owned);
            self.data = stripped.ok_or_else(|| Answer::invalid("Data needs to end with a dot (.)"))?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Answer> {
        let missing = |name: &str| Err(Answer::invalid(format!("{name} can't be blank")));
        let numbers = match self.kind.as_str() {
            "MX" => vec![("Priority", self.priority)],
            "SRV" => vec![("Priority", self.priority), ("Port", self.port), ("Weight", self.weight)],
            "CAA" => vec![("Flags", self.flags)],
            "A" | "AAAA" | "CNAME" | "TXT" | "NS" => Vec::new(),
            other => return Err(Answer::invalid(format!("Type {other} is not supported"))),
        };
        for (name, number) in numbers {
            let most = if name == "Flags" { 255 } else { 65535 };
            match number {
                None => return missing(name),
                Some(number) if number > most => return Err(Answer::invalid(format!("{name} is too large"))),
                Some(_) => {}
            }
        }
        if self.name.is_empty() {
            return missing("Name");
        }
        if self.data.is_empty() {
            return missing("Data");
        }
        if self.kind == "A" && self.data.parse::<Ipv4Addr>().is_err() {
            return Err(Answer::invalid("IP address did not match IPv4 format"));
        }
        if self.kind == "AAAA" && self.data.parse::<Ipv6Addr>().is_err() {
            return Err(Answer::invalid("IP address did not match IPv6 format"));
        }
        if self.kind == "CAA" && !["issue", "issuewild", "iodef"].contains(&self.tag.as_deref().unwrap_or_default()) {
            return Err(Answer::invalid("Tag must be issue, issuewild or iodef"));
        }
        if self.ttl == 0 {
            return Err(Answer::invalid("TTL must be at least 1"));
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Domain {
    pub(crate) name: String,
    pub(crate) records: Vec<Record>,
    pub(crate) created: u64,
}

impl Domain {
    /// A domain as the service makes it: three name servers and the start of authority.
    pub(crate) fn new(world: &mut World, name: &str) -> Self {
        let mut records = Vec::new();
        for (kind, data) in [
            ("SOA", "1800"),
            ("NS", "ns1.digitalocean.com"),
            ("NS", "ns2.digitalocean.com"),
            ("NS", "ns3.digitalocean.com"),
        ] {
            let (kind, data) = (kind.to_owned(), data.to_owned());
            records.push(Record {
                id: world.number(),
                kind,
                name: "@".to_owned(),
                data,
                ttl: 1800,
                ..Record::default()
            });
        }
        Self { name: name.to_owned(), records, created: world.now }
    }

    fn value(&self) -> Value {
        json!({"name": self.name, "ttl": 1800, "zone_file": null})
    }

    /// Puts a record in, if names and aliases stand it, and gives its set one TTL: the new one.
    fn put(&mut self, record: Record) -> Result<(), Answer> {
        let is_alias = |record: &Record| record.kind == "CNAME";
        let others = self.records.iter().filter(|it| it.id != record.id && it.name == record.name);
        if others.clone().any(|other| is_alias(&record) || is_alias(other)) {
            return Err(Answer::invalid("CNAME records cannot share a name with other records"));
        }
        for other in &mut self.records {
            if other.name == record.name && other.kind == record.kind {
                other.ttl = record.ttl;
            }
        }
        match self.records.iter_mut().find(|it| it.id == record.id) {
            Some(old) => *old = record,
            None => self.records.push(record),
        }
        Ok(())
    }

    /// The records that a list's filters leave: `name` is a full one.
    fn selected(&self, call: &Call<'_>) -> Vec<Value> {
        let full = |record: &Record| match record.name.as_str() {
            "@" => self.name.clone(),
            name => format!("{name}.{}", self.name),
        };
        let is_wanted = |record: &&Record| {
            call.query("name").is_none_or(|name| full(record) == name)
                && call.query("type").is_none_or(|kind| record.kind == kind)
        };
        self.records.iter().filter(is_wanted).map(Record::value).collect()
    }
}

/// Everything below `/v2/domains`.
pub(crate) fn answer(world: &mut World, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let Some((&name, rest)) = rest.split_first() else {
        return match call.method {
            "GET" => {
                let listed = world.domains.iter().filter(|domain| world.is_listed(domain.created));
                let all: Vec<_> = listed.map(Domain::value).collect();
                page(call.path, &call.query, "domains", &all)
            }
            "POST" => create(world, call),
            _ => Err(Answer::not_found()),
        };
    };
    let index = world.domains.iter().position(|domain| domain.name == name).ok_or_else(Answer::not_found)?;
    match (call.method, rest) {
        ("GET", []) => Ok(Answer::json(200, &json!({"domain": world.domains[index].value()}))),
        ("DELETE", []) => {
            world.domains.remove(index);
            world.unassign(&format!("do:domain:{name}"));
            Ok(Answer::empty(204))
        }
        ("GET", ["records"]) => page(call.path, &call.query, "domain_records", &world.domains[index].selected(call)),
        ("POST", ["records"]) => {
            let fields = Fields::parse(call.body, &FIELDS)?;
            let mut record = Record { id: world.number(), ttl: 1800, ..Record::default() };
            record.kind = fields.needed("type")?;
            record.update(&fields, name)?;
            let value = record.value();
            world.domains[index].put(record)?;
            Ok(Answer::json(201, &json!({"domain_record": value})))
        }
        (method, ["records", id]) => record(&mut world.domains[index], call, method, id),
        _ => Err(Answer::not_found()),
    }
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let fields = Fields::parse(call.body, &["name", "ip_address"])?;
    let name = fields.needed("name")?;
    if world.domains.iter().any(|domain| domain.name == name) || world.foreign_domains.contains(&name) {
        return Err(Answer::invalid("name already exists"));
    }
    if !name.contains('.') || name.ends_with('.') || name.to_lowercase() != name {
        return Err(Answer::invalid("name is not a valid domain name"));
    }
    let mut domain = Domain::new(world, &name);
    if let Some(data) = fields.text("ip_address")? {
        let (id, kind, name) = (world.number(), "A".to_owned(), "@".to_owned());
        domain.put(Record { id, kind, name, data, ttl: 1800, ..Record::default() })?;
    }
    let value = domain.value();
    world.domains.push(domain);
    world.assign_to_default(&format!("do:domain:{name}"));
    Ok(Answer::json(201, &json!({"domain": value})))
}

/// One record; its type and its domain stay.
fn record(domain: &mut Domain, call: &Call<'_>, method: &str, id: &str) -> Outcome {
    let index = domain.records.iter().position(|record| record.id.to_string() == id);
    let index = index.ok_or_else(Answer::not_found)?;
    let mut record = domain.records[index].clone();
    let is_authority = record.kind == "SOA";
    match method {
        "GET" => {}
        "DELETE" if is_authority => return Err(Answer::invalid("SOA records cannot be deleted")),
        "DELETE" => {
            domain.records.remove(index);
            return Ok(Answer::empty(204));
        }
        "PUT" | "PATCH" => {
            let fields = Fields::parse(call.body, &FIELDS)?;
            if fields.text("type")?.is_some_and(|kind| kind != record.kind) {
                return Err(Answer::invalid("the type of a record cannot be changed"));
            }
            if is_authority {
                record.ttl = fields.number("ttl")?.ok_or_else(|| Answer::invalid("only the TTL can be changed"))?;
            } else {
                record.update(&fields, &domain.name.clone())?;
            }
            domain.put(record.clone())?;
        }
        _ => return Err(Answer::not_found()),
    }
    Ok(Answer::json(200, &json!({"domain_record": record.value()})))
}
