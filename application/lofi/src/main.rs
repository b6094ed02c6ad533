//! A rainy night in pixels, served over HTTP: the sample application of the platform.
//!
//! The picture is drawn once, when the program starts. From then on every answer comes out of memory.

mod animation;
mod log;
mod metrics;
mod scene;
mod server;
mod settings;
mod site;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::server::Limits;
use crate::settings::Settings;
use crate::site::Site;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read(|name| env::var(name).ok())?;
    let site = Site::new(&settings.commit)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(listen(&settings, site))
}

/// Serves until the first SIGTERM or SIGINT, and then until the requests that have begun are answered.
async fn listen(settings: &Settings, site: Site) -> Result<(), Box<dyn Error>> {
    // Before the first request: a signal without a handler would end the program at once, and as process 1 not at all.
    let [mut terminate, mut interrupt] = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let address = settings.address;
    let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    log::line(format_args!("listening on http://{}", listener.local_addr()?));
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        log::line(format_args!("stopping"));
    };
    server::serve(listener, Arc::new(site), Limits::default(), stop).await;
    Ok(())
}
