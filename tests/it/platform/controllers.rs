//! The three ingress controllers: each serves the same hosts in its own words, and in no other's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Document, ENVOY_GATEWAY, NGINX, Platform, TRAEFIK};

/// An application that is open, and one behind the login.
const APPLICATIONS: &[&str] = &[
    "applications.shop={source: {path: application/shop}, image: registry.example.com/shop:1.0.0, port: 8080, host: shop}",
    "applications.desk={source: {path: application/desk}, image: registry.example.com/desk:1.0.0, port: 8080, host: desk, \
     protected: true, namespace: back-office}",
];

/// `dev` with each controller and both applications, and with `more`, each with the key of its controller.
fn each_controller(more: &[&str], mut look: impl FnMut(&str, &Platform)) {
    for (controller, sets) in [("nginx", NGINX), ("traefik", TRAEFIK), ("envoyGateway", ENVOY_GATEWAY)] {
        let sets = [sets, APPLICATIONS, more].concat();
        let platform = Platform::of("dev", controller, &sets);
        look(controller, &platform.unwrap_or_else(|found| panic!("{controller}: {found}")));
    }
}

/// The documents that are about routes.
fn of_routes(platform: &Platform) -> impl Iterator<Item = &Document> {
    platform.documents.iter().filter(|document| {
        let own = ["gateway.networking.k8s.io", "gateway.envoyproxy.io", "traefik.io"].contains(&document.group());
        own || document.kind() == "Ingress"
    })
}

fn kinds(platform: &Platform) -> BTreeSet<&str> {
    of_routes(platform).map(Document::kind).collect()
}

/// The only document of this kind and name.
#[track_caller]
fn one<'a>(platform: &'a Platform, kind: &'a str, name: &str) -> &'a Document {
    let found: Vec<_> = platform.all(kind).filter(|document| document.name() == name).collect();
    assert_eq!(found.len(), 1, "{}: {kind} {name}", platform.name);
    found[0]
}

/// What the controller's Service of type `LoadBalancer` is made from.
fn load_balancer<'a>(controller: &str, platform: &'a Platform) -> (&'a Value, &'a Value) {
    let values = platform.helm_values("ingress").unwrap();
    match controller {
        "nginx" => {
            let service = &values["controller"]["service"];
            (&service["annotations"], &service["externalTrafficPolicy"])
        }
        "traefik" => (&values["service"]["annotations"], &values["service"]["spec"]["externalTrafficPolicy"]),
        _ => {
            let service = one(platform, "EnvoyProxy", "envoy").at("/spec/provider/kubernetes/envoyService").unwrap();
            (&service["annotations"], &service["externalTrafficPolicy"])
        }
    }
}

#[test]
fn each_controller_gets_its_own_kinds_and_no_others() {
    each_controller(&[], |controller, platform| {
        let expected = match controller {
            "nginx" => BTreeSet::from(["Ingress"]),
            "traefik" => BTreeSet::from(["Ingress", "Middleware"]),
            _ => BTreeSet::from([
                "ClientTrafficPolicy",
                "EnvoyProxy",
                "Gateway",
                "GatewayClass",
                "HTTPRoute",
                "ReferenceGrant",
                "SecurityPolicy",
            ]),
        };
        assert_eq!(kinds(platform), expected, "{controller}");
        for document in of_routes(platform) {
            let text = document.data.to_string();
            for (owner, word) in
                [("nginx", "nginx.ingress.kubernetes.io"), ("traefik", "traefik.ingress.kubernetes.io")]
            {
                assert!(owner == controller || !text.contains(word), "{controller}: {}", document.here());
            }
        }
    });
}

#[test]
fn all_speak_of_one_class() {
    for (more, named) in [(&[][..], None), (&["services.ingress.className=edge"][..], Some("edge"))] {
        each_controller(more, |controller, platform| {
            let values = platform.helm_values("ingress").unwrap();
            let class = match controller {
                "nginx" => values["controller"]["ingressClassResource"]["name"].as_str(),
                "traefik" => values["ingressClass"]["name"].as_str(),
                _ => platform.all("GatewayClass").map(Document::name).next(),
            };
            let usual = if controller == "envoyGateway" { "envoy" } else { controller };
            assert_eq!(class, Some(named.unwrap_or(usual)), "{controller}");
            let routes = of_routes(platform);
            let used = routes.filter_map(|one| one.at("/spec/ingressClassName").or(one.at("/spec/gatewayClassName")));
            let mut used: BTreeSet<_> = used.filter_map(Value::as_str).collect();
            used.extend(platform.all("ClusterIssuer").filter_map(|issuer| {
                issuer.at("/spec/acme/solvers/0/http01/ingress/ingressClassName").and_then(Value::as_str)
            }));
            assert_eq!(used, class.into_iter().collect(), "{controller}");
        });
    }
}

#[test]
fn a_certificate_is_asked_for_by_what_the_controller_reads() {
    each_controller(&["services.certManager.issuers.solver=http01"], |controller, platform| {
        let is_envoy = controller == "envoyGateway";
        for issuer in platform.all("ClusterIssuer") {
            let solver = issuer.at("/spec/acme/solvers/0/http01").unwrap();
            let by = if is_envoy { "gatewayHTTPRoute" } else { "ingress" };
            assert_eq!(solver.as_object().unwrap().keys().collect::<Vec<_>>(), [by], "{controller}");
            let selector = &solver[by]["podTemplate"]["spec"]["nodeSelector"]["pool"];
            assert_eq!(selector, "tools", "{controller}");
            for parent in solver[by]["parentRefs"].as_array().into_iter().flatten() {
                let gateway = one(platform, "Gateway", parent["name"].as_str().unwrap());
                assert_eq!(parent["namespace"], platform.namespace_of(gateway));
                let listener = gateway.at("/spec/listeners/0").unwrap();
                assert_eq!((&listener["port"], &listener["hostname"]), (&json!(80), &Value::Null));
                assert_eq!(listener["allowedRoutes"]["namespaces"]["from"], "All");
            }
        }
        let reads_gateways = &platform.helm_values("cert-manager").unwrap()["config"]["gatewayAPI"]["enabled"];
        assert_eq!(*reads_gateways == json!(true), is_envoy, "{controller}");
        let source = if is_envoy { "gateway-httproute" } else { "ingress" };
        assert_eq!(platform.helm_values("external-dns").unwrap()["sources"], json!([source]), "{controller}");
    });
}

#[test]
fn the_login_of_a_protected_host_is_complete() {
    let address = "http://oauth2-proxy.oauth2-proxy.svc.cluster.local";
    each_controller(&[], |controller, platform| {
        for (name, namespace) in [("desk", "back-office"), ("tekton-dashboard", "tekton-pipelines")] {
            let here =
                |document: &Document| assert_eq!(platform.namespace_of(document), namespace, "{}", document.here());
            match controller {
                "nginx" => {
                    let asked = one(platform, "Ingress", name).at("/metadata/annotations").unwrap();
                    assert_eq!(asked["nginx.ingress.kubernetes.io/auth-url"], format!("{address}/oauth2/auth"));
                    let page = "https://oauth2.dev.example.com/oauth2/start";
                    assert_eq!(asked["nginx.ingress.kubernetes.io/auth-signin"], page);
                }
                "traefik" => {
                    let middleware = one(platform, "Middleware", &format!("{name}-login"));
                    here(middleware);
                    assert_eq!(middleware.text("/spec/forwardAuth/address"), format!("{address}/"));
                    let named = one(platform, "Ingress", name)
                        .text("/metadata/annotations/traefik.ingress.kubernetes.io~1router.middlewares");
                    assert_eq!(named, format!("{namespace}-{name}-login@kubernetescrd"));
                }
                _ => {
                    let policy = one(platform, "SecurityPolicy", name);
                    here(policy);
                    here(one(platform, "HTTPRoute", name));
                    let asks = policy.at("/spec/extAuth").unwrap();
                    assert_eq!((&asks["failOpen"], &asks["http"]["pathOverride"]), (&json!(false), &json!("/")));
                    let sent = asks["headersToExtAuth"].as_array().unwrap();
                    assert!(sent.contains(&json!("Cookie")) && sent.contains(&json!("X-Auth-Request-Redirect")));
                    let backend = &asks["http"]["backendRefs"][0];
                    assert_eq!(
                        (&backend["name"], &backend["namespace"]),
                        (&json!("oauth2-proxy"), &json!("oauth2-proxy"))
                    );
                    // Who names a user to the application is oauth2-proxy, and never the client.
                    let early =
                        one(platform, "ClientTrafficPolicy", name).at("/spec/headers/earlyRequestHeaders").unwrap();
                    assert_eq!(early["remove"], asks["http"]["headersToBackend"]);
                    let page = early["set"][0]["value"].as_str().unwrap();
                    assert!(page.starts_with("https://") && page.ends_with(".dev.example.com%REQ(:PATH)%"), "{page}");
                    // It has to stand before the route does.
                    assert!(policy.wave() < one(platform, "HTTPRoute", name).wave());
                }
            }
        }
        // Envoy takes a 200 for a yes and nothing else, and nginx asks elsewhere.
        let login = platform.helm_values("oauth2-proxy").unwrap();
        assert_eq!(login["config"]["upstreams"], json!(["static://200"]));
    });
}

#[test]
fn only_namespaces_with_protected_hosts_may_name_the_login() {
    each_controller(&[], |_, platform| {
        let policies: BTreeSet<_> = platform.all("SecurityPolicy").map(|one| platform.namespace_of(one)).collect();
        let grants = platform.all("ReferenceGrant").flat_map(|one| one.at("/spec/from").unwrap().as_array().unwrap());
        let granted: BTreeSet<_> = grants.map(|from| from["namespace"].as_str().unwrap()).collect();
        assert_eq!(granted, policies, "{}", platform.name);
    });
}

#[test]
fn both_sides_agree_on_the_proxy_protocol() {
    let proxy = ["services.ingress.loadBalancer={type: REGIONAL, proxyProtocol: true, sizeUnit: 2}"];
    for (more, proxied) in [(&[][..], false), (&proxy[..], true)] {
        each_controller(more, |controller, platform| {
            let (annotations, policy) = load_balancer(controller, platform);
            let annotation = |name: &str| {
                let value = &annotations[format!("service.beta.kubernetes.io/do-loadbalancer-{name}")];
                assert!(value.is_null() || value.is_string(), "{controller}: {name} is not a text: {value}");
                value.as_str()
            };
            assert_eq!(annotation("type"), Some(if proxied { "REGIONAL" } else { "REGIONAL_NETWORK" }));
            assert_eq!(annotation("enable-proxy-protocol"), proxied.then_some("true"));
            assert_eq!(annotation("size-unit"), proxied.then_some("2"));
            assert_eq!(*policy, if proxied { "Cluster" } else { "Local" });
            let values = platform.helm_values("ingress").unwrap();
            let expects = match controller {
                "nginx" => vec![values["controller"]["config"]["use-proxy-protocol"] == "true"],
                "traefik" => ["web", "websecure"]
                    .map(|port| values["ports"][port]["proxyProtocol"]["trustedIPs"].is_array())
                    .to_vec(),
                _ => {
                    let policies: Vec<_> = platform.all("ClientTrafficPolicy").collect();
                    let gateways = platform.all("Gateway").map(|gateway| {
                        policies.iter().any(|policy| {
                            policy.name() == gateway.name()
                                && platform.namespace_of(policy) == platform.namespace_of(gateway)
                                && policy.text("/spec/targetRefs/0/name") == gateway.name()
                                && policy.at("/spec/proxyProtocol/optional") == Some(&json!(false))
                        })
                    });
                    gateways.collect()
                }
            };
            assert!(!expects.is_empty() && expects.iter().all(|one| *one == proxied), "{controller}: {expects:?}");
        });
    }
}

#[test]
fn each_controller_has_a_load_balancer_of_its_own() {
    // The cloud finds one by its name, and while one controller follows another both are there.
    let mut names = BTreeSet::new();
    each_controller(&[], |controller, platform| {
        let name = &load_balancer(controller, platform).0["service.beta.kubernetes.io/do-loadbalancer-name"];
        assert!(names.insert(name.as_str().unwrap().to_owned()), "{controller}: {name}");
    });
}

#[test]
fn plain_http_leads_to_https() {
    each_controller(&[], |controller, platform| {
        let values = platform.helm_values("ingress").unwrap();
        match controller {
            // It does so by itself for every host with a certificate, which another test looks at.
            "nginx" => assert!(values["controller"]["config"].get("ssl-redirect").is_none()),
            "traefik" => {
                assert_eq!(values["ports"]["web"]["http"]["redirections"]["entryPoint"]["to"], "websecure");
            }
            _ => {
                let redirect = one(platform, "HTTPRoute", "redirect");
                assert_eq!(redirect.text("/spec/rules/0/filters/0/requestRedirect/scheme"), "https");
                assert_eq!(redirect.text("/spec/parentRefs/0/name"), "http");
                for gateway in platform.all("Gateway").filter(|gateway| gateway.name() != "http") {
                    assert_eq!(gateway.at("/spec/listeners/0/port"), Some(&json!(443)), "{}", gateway.here());
                    assert_eq!(gateway.at("/spec/listeners/1"), None, "{}", gateway.here());
                }
            }
        }
    });
}

#[test]
fn a_host_is_the_same_wherever_it_is_said() {
    let hosts =
        ["services.argoCd.host=deploy", "services.kubePrometheusStack.host=measure", "services.oauth2Proxy.host=enter"];
    each_controller(&hosts, |controller, platform| {
        for (name, host) in [("argocd-server", "deploy"), ("grafana", "measure"), ("oauth2-proxy", "enter")] {
            let full = format!("{host}.dev.example.com");
            let route = if controller == "envoyGateway" {
                let route = one(platform, "HTTPRoute", name);
                assert_eq!(one(platform, "Gateway", name).text("/spec/listeners/0/hostname"), full);
                route.text("/spec/hostnames/0")
            } else {
                one(platform, "Ingress", name).text("/spec/rules/0/host")
            };
            assert_eq!((route, one(platform, "Certificate", name).text("/spec/dnsNames/0")), (&*full, &*full));
        }
        let values = |name| platform.helm_values(name).unwrap();
        assert_eq!(values("argo-cd")["global"]["domain"], "deploy.dev.example.com");
        let grafana = &values("kube-prometheus-stack")["grafana"]["grafana.ini"]["server"];
        assert!(grafana["root_url"].as_str().unwrap().starts_with("https://measure.dev.example.com"), "{grafana}");
        let callback = json!("--redirect-url=https://enter.dev.example.com/oauth2/callback");
        assert!(values("oauth2-proxy")["extraArgs"].as_array().unwrap().contains(&callback));
        if controller == "nginx" {
            let asked = one(platform, "Ingress", "desk").at("/metadata/annotations").unwrap();
            let page = "https://enter.dev.example.com/oauth2/start";
            assert_eq!(asked["nginx.ingress.kubernetes.io/auth-signin"], page);
        }
    });
}
