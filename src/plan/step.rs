//! Plans and their steps as data.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::Address;

/// What a step does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes it.
    Create,
    /// Changes it as it is.
    Update,
    /// Makes another one, waits until that is ready, and deletes the old one.
    Replace,
    /// Deletes it.
    Delete,
    /// Puts the mark of the environment on it, and changes nothing else.
    Adopt,
}

/// A permission that a step needs beyond a yes: what it does may cost data or interrupt work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// To replace what can't be changed in place.
    Replace,
    /// To delete data together with what holds it.
    DeleteData,
}

impl Need {
    /// The flag that gives it.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Replace => "--replace",
            Self::DeleteData => "--delete-data",
        }
    }
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// It is not set.
    Absent,
    /// It is known.
    Value(Value),
    /// It is known when the step is done.
    Later,
    /// It is a secret.
    Secret,
}

impl<T: Into<Value>> From<T> for Shown {
    fn from(value: T) -> Self {
        match value.into() {
            Value::Null => Self::Absent,
            value => Self::Value(value),
        }
    }
}

/// One property of a resource that a step sets or changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name, as the values or the API call it.
    pub name: String,
    /// What it is.
    pub before: Shown,
    /// What it will be.
    pub after: Shown,
    /// Whether it is the reason why the resource has to be replaced.
    pub forces_replacement: bool,
}

impl Attribute {
    /// A property of something new.
    pub fn new(name: impl Into<String>, after: impl Into<Shown>) -> Self {
        Self::changed(name, Shown::Absent, after)
    }

    /// A property that changes.
    pub fn changed(name: impl Into<String>, before: impl Into<Shown>, after: impl Into<Shown>) -> Self {
        Self { name: name.into(), before: before.into(), after: after.into(), forces_replacement: false }
    }

    /// The same as the reason for a replacement.
    #[must_use]
    pub fn forcing_replacement(mut self) -> Self {
        self.forces_replacement = true;
        self
    }
}

/// One step of a plan. `O` is what has to be done, as data that can be stored; it holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step<O> {
    /// The resource.
    pub address: Address,
    /// What happens to it.
    pub action: Action,
    /// Why, in a few words without a full stop; empty where the action says it all.
    pub reason: String,
    /// What it sets and changes, in the order in which it is shown.
    pub attributes: Vec<Attribute>,
    /// What a person should know before saying yes: whole sentences without a full stop.
    pub warnings: Vec<String>,
    /// The permissions that it needs.
    pub needs: BTreeSet<Need>,
    /// Steps that must be done before, if they are part of the plan.
    pub after: Vec<Address>,
    /// What has to be done.
    pub operation: O,
}

impl<O> Step<O> {
    /// A step without attributes, reasons and needs.
    pub fn new(address: Address, action: Action, operation: O) -> Self {
        Self {
            address,
            action,
            reason: String::new(),
            attributes: Vec::new(),
            warnings: Vec::new(),
            needs: BTreeSet::new(),
            after: Vec::new(),
            operation,
        }
    }

    /// With the reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// With further attributes.
    #[must_use]
    pub fn with(mut self, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// With a warning.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// With a permission that it needs.
    #[must_use]
    pub fn needing(mut self, need: Need) -> Self {
        self.needs.insert(need);
        self
    }

    /// With what must be done before.
    #[must_use]
    pub fn after(mut self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.after.extend(addresses);
        self
    }
}

/// Something that was seen and that no step changes: drift that is nobody's fault, what is left over, what is foreign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The resource.
    pub address: Address,
    /// What was seen, without a full stop.
    pub message: String,
    /// What could be done about it, in one line; empty where nothing has to be.
    pub help: String,
}

/// How many resources come, change and go. A replacement counts as one that comes and one that goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many come.
    pub add: usize,
    /// How many change.
    pub change: usize,
    /// How many go.
    pub destroy: usize,
    /// How many get the mark of the environment.
    pub adopt: usize,
}

impl AddAssign<Action> for Counts {
    fn add_assign(&mut self, action: Action) {
        match action {
            Action::Create => self.add += 1,
            Action::Update => self.change += 1,
            Action::Replace => {
                self.add += 1;
                self.destroy += 1;
            }
            Action::Delete => self.destroy += 1,
            Action::Adopt => self.adopt += 1,
        }
    }
}

/// The steps from what is there to what is wanted, in the order in which they are taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan<O> {
    /// The environment that it is for.
    pub environment: String,
    /// What is done.
    pub steps: Vec<Step<O>>,
    /// What was seen besides.
    pub reports: Vec<Report>,
}

impl<O> Plan<O> {
    /// A plan without steps.
    pub fn new(environment: impl Into<String>) -> Self {
        Self { environment: environment.into(), steps: Vec::new(), reports: Vec::new() }
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many resources come, change and go.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.steps.iter().for_each(|step| counts += step.action);
        counts
    }

    /// The steps that need a permission which is not among `given`, each with those permissions.
    pub fn unmet<'p>(&'p self, given: &BTreeSet<Need>) -> Vec<(&'p Step<O>, Vec<Need>)> {
        let unmet = self.steps.iter().map(|step| (step, step.needs.difference(given).copied().collect::<Vec<_>>()));
        unmet.filter(|(_, needs)| !needs.is_empty()).collect()
    }

    /// The part of the plan about `targets`, and whatever those steps come after. A target is an address, or a kind for
    /// all of its resources. Also the targets that match no step.
    #[must_use]
    pub fn only(mut self, targets: &[String]) -> (Self, Vec<String>) {
        if targets.is_empty() {
            return (self, Vec::new());
        }
        let unmatched = targets.iter().filter(|target| !self.steps.iter().any(|step| step.address.is_meant_by(target)));
        let unmatched = unmatched.cloned().collect();
        let mut wanted: BTreeSet<Address> = BTreeSet::new();
        // From the end: what a step comes after stands before it.
        for step in self.steps.iter().rev() {
            if wanted.contains(&step.address) || targets.iter().any(|target| step.address.is_meant_by(target)) {
                wanted.insert(step.address.clone());
                wanted.extend(step.after.iter().cloned());
            }
        }
        self.steps.retain(|step| wanted.contains(&step.address));
        (self, unmatched)
    }
}
