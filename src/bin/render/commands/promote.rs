//! `render promote`: the image that an application has in one environment, set in another.

use anyhow::anyhow;
use supercargo::diagnostic::{Code, Diagnostic};
use supercargo::layers::Layers;
use supercargo::model::ImageReference;

use super::image::{self, Target};
use super::{Trouble, conclude};
use crate::args::GlobalArguments;
use crate::args::image::PromoteArguments;
use crate::terminal::Terminal;
use crate::{Status, environments};

pub(crate) fn run(
    arguments: &PromoteArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let PromoteArguments { application, from, to, dry_run } = arguments;
    if from == to {
        return Err(anyhow!("`--from` and `--to` name the same environment: `{from}`"));
    }
    let target = Target { application, environment: to, dry_run: *dry_run };
    let image = |layers: &Layers| image_in(layers, application, from);
    conclude(image::set(&target, image, global, terminal), terminal)
}

/// The image of `application` in the environment `from`.
fn image_in(layers: &Layers, application: &str, from: &str) -> Result<ImageReference, Trouble> {
    let from = environments::parse(from, &layers.environments())?;
    let merged = layers.merge(&from, &[])?;
    let node = image::application(&merged.root, &from, application)?;
    let finding = |message| Diagnostic::error(Code::InvalidValue, message);
    let Some(image) = node.child("image").filter(|image| image.as_scalar().is_some()) else {
        return Err(finding(format!("application `{application}` has no image in environment `{from}`"))
            .at(node.location.clone(), "")
            .help(format!("set it there first: `render image set {application} REF --env {from}`"))
            .into());
    };
    let text = image.as_scalar().map_or("", |scalar| &scalar.text);
    ImageReference::parse(text)
        .map_err(|problem| finding(problem).at(image.location.clone(), "").help("correct it here").into())
}
