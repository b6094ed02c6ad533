//! What single files of an environment's folder hold, for those who compare it with what is to be there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::folder::{Folder, Kind};
use super::{Doing, Error};
use crate::model::EnvironmentName;

/// The texts of those of `paths`, below `out/<env>/`, that are files. No link is followed; what is no UTF-8 is read as
/// well as it can be.
///
/// # Errors
/// The file system refuses to show a file.
pub fn held<'p>(
    project_root: &Path,
    environment: &EnvironmentName,
    paths: &[&'p str],
) -> Result<BTreeMap<&'p str, String>, Error> {
    let folder = Folder::new(project_root, environment);
    if !matches!(folder.is_there()?, Ok(true)) {
        return Ok(BTreeMap::new());
    }
    let read = |path: &&'p str| -> Result<Option<(&'p str, String)>, Error> {
        if folder.kind(path)? != Kind::File {
            return Ok(None);
        }
        let bytes = fs::read(folder.join(path)).map_err(folder.failed(Doing::Read, path))?;
        Ok(Some((*path, String::from_utf8_lossy(&bytes).into_owned())))
    };
    let texts: Vec<_> = paths.par_iter().map(read).collect::<Result<_, _>>()?;
    Ok(texts.into_iter().flatten().collect())
}
