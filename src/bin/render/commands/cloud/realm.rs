//! The cloud as something that is planned and carried out.

use supercargo::cloud::{self, Api, Desired, Goal, Operation};
use supercargo::model::Outputs;
use supercargo::outputs::OutputsFile;
use supercargo::plan::{Counts, Keeper, Plan, Step, Stopped, Watch, run};

use super::connection;
use crate::args::cloud::CloudConnection;
use crate::args::steps::TimeArguments;
use crate::args::{GlobalArguments, OneEnvironment};
use crate::commands::Trouble;
use crate::commands::steps::{Realm, Site};
use crate::terminal::Terminal;

/// One environment at `DigitalOcean`.
pub(super) struct Cloud<'a> {
    site: Site,
    desired: Desired,
    api: Api,
    connection: &'a CloudConnection,
}

impl<'a> Cloud<'a> {
    /// Reads the values first: whoever has no token yet learns of mistakes in them all the same.
    pub(super) fn open(
        environment: &OneEnvironment,
        connection: &'a CloudConnection,
        global: &GlobalArguments,
        terminal: &Terminal,
    ) -> Result<Self, Trouble> {
        let site = Site::open(environment, global)?;
        let desired = Desired::of(&site.values, site.environment(), &|path| site.place(path));
        let api = connection::api(connection, terminal)?;
        Ok(Self { site, desired, api, connection })
    }
}

impl Realm for Cloud<'_> {
    type Operation = Operation;
    type Wishes = cloud::Wishes;
    const COMMAND: &'static str = "cloud";

    fn site(&self) -> &Site {
        &self.site
    }

    fn time(&self) -> &TimeArguments {
        &self.connection.time
    }

    fn destroys(wishes: &cloud::Wishes) -> bool {
        wishes.goal == Goal::Destroy
    }

    fn plan(&self, wishes: &cloud::Wishes, watch: &dyn Watch) -> Result<Plan<Operation>, Trouble> {
        let observed = cloud::observe(&self.api, &self.desired, watch).map_err(anyhow::Error::from)?;
        Ok(cloud::plan(&self.desired, &observed, wishes)?)
    }

    fn seals(&self, step: &Step<Operation>) -> bool {
        step.operation.seals()
    }

    fn carry_out(
        &self,
        plan: &Plan<Operation>,
        watch: &dyn Watch,
        keeper: &mut dyn Keeper,
    ) -> Result<Counts, Stopped<anyhow::Error>> {
        run(plan, watch, |step, progress| {
            cloud::carry_out(&self.api, &self.desired, step, keeper, progress).map_err(anyhow::Error::from)
        })
    }

    fn is_interruption(error: &anyhow::Error) -> bool {
        error.downcast_ref().is_some_and(cloud::Error::is_interrupted)
    }

    fn outputs(&self, watch: &dyn Watch) -> Result<Outputs, Trouble> {
        let observed = cloud::observe(&self.api, &self.desired, watch).map_err(anyhow::Error::from)?;
        // What a step has sealed, the very value knows that was handed to it.
        Ok(cloud::outputs(&self.desired, &observed))
    }

    fn joined(file: &OutputsFile, told: Outputs) -> Outputs {
        file.with_cloud(told)
    }
}
