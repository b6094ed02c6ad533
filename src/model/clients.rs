//! The clients at the identity provider, said by whoever logs people in by one.
//!
//! A client names the Secret that holds its credentials, never what is in it. Setting the provider up asks for these
//! what to make, and the list of needed Secrets what a person has to make by hand: both have one source.

use super::names::{DnsLabel, SealedName, SecretKey};
use super::network::HostOrLabel;
use super::services::installed;
use super::values::{Values, constant};

/// A web application that logs people in, as its provider has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcClient {
    /// Its name, unique in an environment.
    pub name: DnsLabel,
    /// Where a login comes back to.
    pub callback: String,
    /// The hosts that people see: that of the application first, then those that it guards.
    pub hosts: Vec<String>,
    /// The Secret that holds its credentials.
    pub secret: SealedName,
    /// Further keys of that Secret that are random texts, and of how many random bytes each is made.
    pub random: Vec<(SecretKey, usize)>,
    /// Where the values ask for it, as keys from the top.
    pub asked_by: Vec<String>,
}

impl OidcClient {
    /// The key of the Secret that holds the id of the client.
    pub const ID: &'static str = "client-id";
    /// The key of the Secret that holds its secret.
    pub const SECRET: &'static str = "client-secret";
    /// The names of the clients of services. A further client can't have one of them.
    pub const SERVICES: [&'static str; 3] = ["argo-cd", "grafana", "oauth2-proxy"];

    /// The client of a service, whose logins come back to `path` of its host.
    pub(super) fn of_service(
        name: &'static str,
        key: &str,
        (host, path): (&HostOrLabel, &str),
        secret: SealedName,
        values: &Values,
    ) -> Self {
        Self::new(constant(name), (host, path), secret, values, &["services", key])
    }

    fn new(
        name: DnsLabel,
        (host, path): (&HostOrLabel, &str),
        secret: SealedName,
        values: &Values,
        asked_by: &[&str],
    ) -> Self {
        let host = host.under(&values.platform.domain);
        Self {
            name,
            callback: format!("https://{host}{path}"),
            hosts: vec![host],
            secret,
            random: Vec::new(),
            asked_by: asked_by.iter().map(|&key| key.to_owned()).collect(),
        }
    }

    /// With the hosts that it guards.
    pub(super) fn guarding(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        self.hosts.extend(hosts);
        self
    }

    /// With a key of the Secret that is made of random bytes.
    pub(super) fn random(mut self, key: &'static str, bytes: usize) -> Self {
        self.random.push((constant(key), bytes));
        self
    }

    /// The keys of the Secret that the provider tells, and those that are random.
    pub fn keys(&self) -> impl Iterator<Item = SecretKey> + '_ {
        let told = [Self::ID, Self::SECRET].map(constant);
        told.into_iter().chain(self.random.iter().map(|(key, _)| key.clone()))
    }
}

impl Values {
    /// Every client that is needed: of services that are installed, and those that `identity.clients` lists.
    pub fn oidc_clients(&self) -> Vec<OidcClient> {
        let services = self.services.iter().filter_map(|(_, service)| service.needs().oidc_client(self));
        let listed = self.identity.clients.iter().map(|(name, client)| {
            let place = (&client.host, client.callback.as_str());
            let asked_by = ["identity", "clients", name.as_str()];
            OidcClient::new(name.clone(), place, client.secret.clone(), self, &asked_by)
        });
        services.chain(listed).collect()
    }

    /// The hosts that ask oauth2-proxy for a login, each with the section and the name that the values have it under.
    pub(super) fn guarded_hosts(&self) -> impl Iterator<Item = (&'static str, &str, &HostOrLabel)> {
        let tekton = installed(&self.services.tekton).map(|tekton| ("services", "tekton", &tekton.host));
        let applications = self.applications.iter().filter(|(_, one)| one.enabled && one.protected);
        let applications =
            applications.filter_map(|(name, one)| Some(("applications", name.as_str(), one.host.as_ref()?)));
        tekton.into_iter().chain(applications)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::values::tests::{full, minimal};

    fn clients(values: Value) -> Vec<String> {
        let values: Values = serde_json::from_value(values).unwrap();
        let clients = values.oidc_clients();
        let names: Vec<_> = clients.iter().map(|it| it.asked_by.join(".")).collect();
        assert!(names.iter().all(|name| !name.is_empty()));
        clients.iter().map(|it| format!("{} {} {} {}", it.name, it.callback, it.hosts.join("+"), it.secret)).collect()
    }

    #[test]
    fn only_what_is_installed_needs_a_client() {
        assert_eq!(clients(minimal()), [""; 0]);
        let mut values = full();
        values["identity"]["clients"] = json!({"wiki": {
            "host": "wiki", "callback": "/oidc/callback", "secret": "wiki/oidc",
        }});
        let all = clients(values.clone());
        assert!(
            all.contains(&"wiki https://wiki.dev.example.com/oidc/callback wiki.dev.example.com wiki/oidc".to_owned())
        );
        let argo_cd = "argo-cd https://argocd.dev.example.com/auth/callback argocd.dev.example.com argocd/argocd-oidc";
        assert!(all.contains(&argo_cd.to_owned()), "{all:?}");
        values["services"]["argoCd"]["enabled"] = json!(false);
        assert!(clients(values).iter().all(|client| !client.starts_with("argo-cd")));
    }

    #[test]
    fn the_login_knows_the_hosts_behind_it() {
        let mut values = full();
        let chart = json!({"repository": "https://charts.example.com", "name": "x", "version": "1.0.0"});
        values["services"]["oauth2Proxy"] = json!({ "chart": chart });
        values["services"]["tekton"] = json!({ "chart": chart, "host": "ci" });
        let values: Values = serde_json::from_value(values).unwrap();
        let clients = values.oidc_clients();
        let login = clients.iter().find(|client| client.name.as_str() == "oauth2-proxy").unwrap();
        assert_eq!(login.callback, "https://oauth2.dev.example.com/oauth2/callback");
        assert_eq!(login.hosts, ["oauth2.dev.example.com", "ci.dev.example.com"]);
        let keys: Vec<_> = login.keys().collect();
        assert_eq!(
            keys.iter().map(SecretKey::as_str).collect::<Vec<_>>(),
            ["client-id", "client-secret", "cookie-secret"]
        );
    }

    #[test]
    fn the_needed_secret_of_a_client_is_that_of_the_client() {
        let values: Values = serde_json::from_value(full()).unwrap();
        let needs = values.secret_needs();
        for client in values.oidc_clients() {
            let need = needs.iter().find(|need| need.id == client.secret).unwrap();
            assert!(client.keys().all(|key| need.keys.iter().any(|needed| needed.key == key)), "{need:?}");
            assert!(need.source.contains(&client.callback), "{need:?}");
        }
        assert_eq!(values.oidc_clients().len(), needs.iter().filter(|need| need.source.contains("callback")).count());
    }
}
