//! Amounts of CPU and memory that no container can have, or that nobody can have meant.

use serde_json::Value;

use super::judged::Judged;
use super::pods::{Container, Pod};
use super::{Finding, InCluster, Policy, Rule};
use crate::checks::subject::at;
use crate::diagnostic::{Code, Explanation};
use crate::model::Quantity;

pub(super) const POLICY: Policy = Policy {
    code: Code::ImpossibleQuantity,
    explanation: Explanation {
        why: "A quantity is easily written wrong: `m` behind memory is thousandths of a byte where `Mi` was meant, and a \
              CPU of `100` is a hundred cores where `100m` was meant. The API server refuses a request above its limit, \
              and of a request above the size of any node the pod waits for ever.",
        mend: &[
            "Memory is written in `Mi` or `Gi`, CPU in cores or, with `m`, in thousandths of one.",
            "A request is at most its limit, and at most what a node of the pool that the pod selects has.",
        ],
        example: "error[impossible-quantity]: `web` of Pod `web` has `64m` of memory, which is thousandths of a byte",
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
    resources:
      requests:
        cpu: 100m
        memory: 64m
",
    right: "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: registry.example.com/web:1.4.2
    resources:
      requests:
        cpu: 100m
        memory: 64Mi
",
    cluster: InCluster::Held,
    rule: Rule::Document(check),
};

const GIBIBYTE: u128 = 1 << 30;
const NANO: u128 = 1_000_000_000;

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for pod in judged.pods() {
        let node = node(judged, pod);
        for container in &pod.containers {
            for resource in ["cpu", "memory", "ephemeral-storage"] {
                Amounts { judged, container, resource }.judge(node.as_ref(), &mut found);
            }
        }
    }
    found
}

/// What a node has.
struct Node {
    pool: String,
    cores: u128,
    gibibytes: u128,
}

/// The nodes that `pod` asks for, as far as the slug of their size tells what they have.
fn node(judged: &Judged<'_>, pod: &Pod<'_>) -> Option<Node> {
    let pool = at(pod.spec, &["nodeSelector", "pool"])?.as_str()?;
    let pools = &judged.values().cluster.node_pools;
    let size = pools.iter().find(|(name, _)| name.as_str() == pool)?.1.size.as_str();
    let number = |unit: &str| size.split('-').find_map(|part| part.strip_suffix(unit)?.parse().ok());
    Some(Node { pool: pool.to_owned(), cores: number("vcpu")?, gibibytes: number("gb")? })
}

/// The amounts of one resource of one container.
struct Amounts<'a, 'j> {
    judged: &'j Judged<'a>,
    container: &'j Container<'a>,
    resource: &'static str,
}

impl Amounts<'_, '_> {
    fn judge(&self, node: Option<&Node>, found: &mut Vec<Finding>) {
        let request = self.amount("requests", found);
        let limit = self.amount("limits", found);
        if let (Some((request, asked)), Some((limit, most))) = (&request, &limit)
            && asked > most
        {
            let what = format!("requests `{request}` of {}, and is limited to `{limit}`", self.resource);
            let help = format!("lower the request to `{limit}`, or raise the limit");
            found.push(self.finding("requests", &what, &help));
        }
        let (Some((request, asked)), Some(node)) = (&request, node) else { return };
        let (most, machine) = match self.resource {
            "cpu" => (node.cores * NANO, format!("{} cores", node.cores)),
            "memory" => (node.gibibytes * GIBIBYTE * NANO, format!("{} GiB", node.gibibytes)),
            _ => return,
        };
        if *asked > most {
            let what =
                format!("requests `{request}` of {}: a node of the pool `{}` has {machine}", self.resource, node.pool);
            found.push(self.finding("requests", &what, "lower the request, or choose a pool of larger nodes"));
        }
    }

    /// The amount under `kind`, as it is written and in billionths; what is wrong with it alone is found.
    fn amount(&self, kind: &'static str, found: &mut Vec<Finding>) -> Option<(String, u128)> {
        let text = match self.container.at(&[self.container.resources, kind, self.resource]) {
            Value::String(text) if !text.contains("$(") => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let Ok(quantity) = Quantity::parse(&text) else {
            found.push(self.finding(
                kind,
                &format!("has `{text}` of {}, which is no quantity", self.resource),
                "write it like `250m` or `64Mi`",
            ));
            return None;
        };
        if self.resource != "cpu" && text.ends_with('m') {
            let what = format!("has `{text}` of {}, which is thousandths of a byte", self.resource);
            let help = format!("write `{}Mi`, if mebibytes are meant", text.trim_end_matches('m'));
            found.push(self.finding(kind, &what, &help));
            return None;
        }
        Some((text, quantity.nanos()))
    }

    fn finding(&self, kind: &str, what: &str, help: &str) -> Finding {
        let message = format!("`{}` of {} {what}", self.container.name(), self.judged.shown());
        let path = self.container.to(&[self.container.resources, kind, self.resource]);
        self.judged.found(Code::ImpossibleQuantity, message, &path).help(help)
    }
}
