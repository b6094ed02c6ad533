//! The Pod Security Standards, by the level that the label of the namespace names.
//!
//! The API server refuses such a pod, but not the Deployment that asks for it: without this check nothing is seen but a
//! rollout that never ends. Access to the node is `host_access`, which has its own code.

use serde_json::Value;

use super::host_access::list;
use super::judged::Judged;
use super::pods::{Container, Pod};
use super::{Finding, InCluster, Policy, Rule};
use crate::checks::subject::at;
use crate::checks::surroundings::PodLevel;
use crate::diagnostic::{Code, Explanation};

pub(super) const POLICY: Policy = Policy {
    code: Code::PodSecurity,
    explanation: Explanation {
        why: "The namespaces of applications enforce the level `restricted` of Kubernetes' Pod Security Standards: a pod \
              runs as an ordinary user, without privileges, capabilities and system calls that it has no use for, so that \
              whoever breaks into a program has not broken into the node. The API server refuses the *pod*; the \
              Deployment is taken, says nothing, and never gets its pods. A namespace says another level by its label \
              `pod-security.kubernetes.io/enforce`; of one that says nothing, `restricted` is asked.",
        mend: &[
            "Give the pod `securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}`, and each \
             container `securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}`.",
            "An image that runs as root needs a user: `USER 65532` in its Dockerfile, or `runAsUser: 65532` here.",
            "Where that can't be, a namespace with the label `pod-security.kubernetes.io/enforce: baseline`.",
        ],
        example: "error[pod-security]: `web` of Pod `web` keeps capabilities",
    },
    wrong: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: registry.example.com/web:1.4.2
    securityContext:
      allowPrivilegeEscalation: false
",
    right: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  securityContext:
    runAsNonRoot: true
    seccompProfile:
      type: RuntimeDefault
  containers:
  - name: web
    image: registry.example.com/web:1.4.2
    securityContext:
      allowPrivilegeEscalation: false
      capabilities:
        drop:
        - ALL
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

/// Capabilities that the level `baseline` lets a container have.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that a pod has for itself.
const SAFE_SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

/// Types of `SELinux` that a container may ask for.
const SELINUX_TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Sources of volumes that the level `restricted` allows. `hostPath` is found by another policy.
const VOLUMES: [&str; 10] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    if judged.pods().is_empty() {
        return Vec::new();
    }
    let level = judged.level();
    if level == PodLevel::Privileged {
        return Vec::new();
    }
    let mut found = Violations { judged, level, found: Vec::new() };
    for pod in judged.pods() {
        found.of_pod(pod);
        for container in &pod.containers {
            found.of_container(pod, container);
        }
    }
    found.found
}

/// What is found in the pods of one document.
struct Violations<'a, 'j> {
    judged: &'j Judged<'a>,
    level: PodLevel,
    found: Vec<Finding>,
}

impl Violations<'_, '_> {
    fn add(&mut self, message: String, path: &[String], help: &str) {
        let level = if self.level == PodLevel::Restricted { "restricted" } else { "baseline" };
        let namespace = match self.judged.namespace() {
            "" => "its namespace".to_owned(),
            namespace => format!("the namespace `{namespace}`"),
        };
        let finding = self.judged.found(Code::PodSecurity, message, path);
        self.found.push(finding.note(format!("{namespace} has the Pod Security level `{level}`")).help(help));
    }

    /// What counts for the pod as a whole.
    fn of_pod(&mut self, pod: &Pod<'_>) {
        let judged = self.judged;
        let shown = || judged.shown();
        for (index, sysctl) in list(pod.spec.get("securityContext").unwrap_or(&Value::Null), "sysctls") {
            let name = sysctl.get("name").and_then(Value::as_str).unwrap_or_default();
            if !SAFE_SYSCTLS.contains(&name) {
                let path = pod.to(&["securityContext", "sysctls", &index.to_string(), "name"]);
                self.add(format!("{} sets `{name}` in the kernel of its node", shown()), &path, "remove it");
            }
        }
        self.labels(&shown, pod.spec, |path| pod.to(path));
        if self.level != PodLevel::Restricted {
            return;
        }
        for (index, volume) in list(pod.spec, "volumes") {
            let sources = volume.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
            if let Some(other) = sources.filter(|key| *key != "name").find(|key| !VOLUMES.contains(key)) {
                let path = pod.to(&["volumes", &index.to_string(), other]);
                self.add(
                    format!("{} mounts a volume of type `{other}`", shown()),
                    &path,
                    "mount it by a PersistentVolumeClaim",
                );
            }
        }
        if at(pod.spec, &["securityContext", "runAsUser"]) == Some(&Value::from(0)) {
            let path = pod.to(&["securityContext", "runAsUser"]);
            self.add(format!("{} runs as root", shown()), &path, "choose another user, such as 65532");
        }
        if at(pod.spec, &["securityContext", "runAsNonRoot"]) == Some(&Value::Bool(false)) {
            let path = pod.to(&["securityContext", "runAsNonRoot"]);
            self.add(format!("{} may run as root", shown()), &path, "write `runAsNonRoot: true`");
        }
    }

    /// Labels by which the kernel keeps programs apart, of a pod or a container.
    fn labels(&mut self, who: &dyn Fn() -> String, spec: &Value, to: impl Fn(&[&str]) -> Vec<String>) {
        let text = |key: &str, part: &str| {
            at(spec, &["securityContext", key, part]).and_then(Value::as_str).unwrap_or_default()
        };
        let linux = |part: &str| text("seLinuxOptions", part);
        if !SELINUX_TYPES.contains(&linux("type")) || !linux("user").is_empty() || !linux("role").is_empty() {
            let path = to(&["securityContext", "seLinuxOptions"]);
            self.add(format!("{} chooses its labels of SELinux", who()), &path, "remove `seLinuxOptions`");
        }
        for (key, name) in [("appArmorProfile", "AppArmor"), ("seccompProfile", "seccomp")] {
            if text(key, "type") == "Unconfined" {
                let path = to(&["securityContext", key, "type"]);
                self.add(format!("{} is not confined by {name}", who()), &path, "write `RuntimeDefault`");
            }
        }
        if at(spec, &["securityContext", "windowsOptions", "hostProcess"]) == Some(&Value::Bool(true)) {
            let path = to(&["securityContext", "windowsOptions", "hostProcess"]);
            self.add(format!("{} runs on its node instead of in a container", who()), &path, "remove `hostProcess`");
        }
    }

    fn of_container(&mut self, pod: &Pod<'_>, container: &Container<'_>) {
        let judged = self.judged;
        let who = || format!("`{}` of {}", container.name(), judged.shown());
        self.labels(&who, container.spec, |path| container.to(path));
        let mount = container.at(&["securityContext", "procMount"]);
        if !mount.is_null() && mount != "Default" {
            self.add(
                format!("{} sees all of /proc", who()),
                &container.to(&["securityContext", "procMount"]),
                "remove `procMount`",
            );
        }
        self.capabilities(pod, container, &who);
        if self.level == PodLevel::Restricted {
            self.restricted(pod, container, &who);
        }
    }

    fn capabilities(&mut self, pod: &Pod<'_>, container: &Container<'_>, who: &dyn Fn() -> String) {
        let restricted = self.level == PodLevel::Restricted;
        let allowed: &[&str] = if restricted { &["NET_BIND_SERVICE"] } else { &BASELINE_CAPABILITIES };
        let added =
            container.at(&["securityContext", "capabilities", "add"]).as_array().into_iter().flatten().enumerate();
        for (index, capability) in added.filter_map(|(index, one)| Some((index, one.as_str()?))) {
            if !allowed.contains(&capability) {
                let path = container.to(&["securityContext", "capabilities", "add", &index.to_string()]);
                self.add(format!("{} has the capability `{capability}`", who()), &path, "remove it");
            }
        }
        let dropped = container.at(&["securityContext", "capabilities", "drop"]);
        let says = dropped.as_array().is_some_and(|dropped| dropped.iter().any(|one| one == "ALL"));
        if restricted && !says && (is_asked(pod) || !dropped.is_null()) {
            let path = container.to(&["securityContext", "capabilities", "drop"]);
            self.add(format!("{} keeps capabilities", who()), &path, "write `capabilities: {drop: [ALL]}`");
        }
    }

    fn restricted(&mut self, pod: &Pod<'_>, container: &Container<'_>, who: &dyn Fn() -> String) {
        let context = |key: &str| container.at(&["securityContext", key]);
        let to = |key: &str| container.to(&["securityContext", key]);
        let escalation = context("allowPrivilegeEscalation");
        if escalation != &Value::Bool(false) && (is_asked(pod) || !escalation.is_null()) {
            let path = to("allowPrivilegeEscalation");
            self.add(format!("{} may gain privileges", who()), &path, "write `allowPrivilegeEscalation: false`");
        }
        if context("runAsUser") == &Value::from(0) {
            self.add(format!("{} runs as root", who()), &to("runAsUser"), "choose another user, such as 65532");
        }
        let of_pod = |key: &str| at(pod.spec, &["securityContext", key]).is_some_and(|value| !value.is_null());
        let root = context("runAsNonRoot");
        // What the pod says wrongly is found at the pod.
        if root == &Value::Bool(false) || root.is_null() && pod.whole && !of_pod("runAsNonRoot") {
            self.add(format!("{} may run as root", who()), &to("runAsNonRoot"), "write `runAsNonRoot: true`");
        }
        if context("seccompProfile").is_null() && pod.whole && !of_pod("seccompProfile") {
            let help = "write `seccompProfile: {type: RuntimeDefault}`, best for the whole pod";
            self.add(format!("{} may use every system call", who()), &to("seccompProfile"), help);
        }
    }
}

/// Whether what a container does not say is not said at all. A task has its containers whole: its run brings no more
/// than what counts for the pod.
fn is_asked(pod: &Pod<'_>) -> bool {
    pod.whole || pod.purpose == super::pods::Purpose::Task
}
