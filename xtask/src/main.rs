//! `cargo xtask …`: builds, runs, tests and packs Vestibule with nothing to install beside Rust and
//! a C compiler. Every command starts here and has a file of its own.

mod aiortc;
mod arguments;
mod bench;
mod build;
mod dev;
mod dist;
mod end2end;
mod front;
mod hearing;
mod install;
mod interrupt;
mod postgres;
mod process;
mod run;
mod server;
mod site;
mod steps;
mod style;
mod tally;
mod test;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use arguments::Arguments;
use steps::{Steps, say};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  run [--dev] [--hearing] [--port N]
        build everything and start the server on http://127.0.0.1:3000
          --dev       debug build; rebuilds, restarts and reloads the page on every change
          --hearing   first prepare a small speech model, so that the rehearsal hears words
          --port N    listen on another port
  test [--fast]
        every check that a change must pass; --fast leaves out the browser
  e2e [-- ARGUMENTS]
        only the browser tests; what follows -- goes to Playwright
  build [--release]
        build the page and the server, start nothing
  hearing
        prepare the speech model (once; kept in the target folder)
  dist
        the real release: a folder and an archive in target/dist
  bench sizes
        how large the page is: raw, gzip and brotli
  bench page
        how soon the intake page is there, and how soon a click is a call
  bench lighthouse
        what Lighthouse says of sign-in, list and intake, desktop and mobile
  bench starts [-- --peer URL --peer-token TOKEN --seconds N --rounds N --connections N]
        sessions started and connected a second, against a provider that answers at once (nginx)
  bench memory
        what the server takes, idle and with ten calls on the rehearsal provider
  bench control [-- --calls N --seconds N --connections N]
        what many live calls cost one process, without their media, and how punctually they are hung up
  bench latency
        from the end of what a person says to the first sound of the answer
  bench fields
        how many fields of whole intakes are right when all is spoken and heard (minutes)
";

fn main() -> ExitCode {
    match command() {
        Ok(code) => code,
        Err(error) => {
            say(&format!("\n{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The tests' own failure is a code, not an error: their tally stays the last line.
fn command() -> Result<ExitCode> {
    let mut arguments = Arguments::of_this_process();
    let name = arguments.command();
    if matches!(name.as_str(), "" | "help" | "--help" | "-h") {
        say(USAGE);
        return Ok(ExitCode::SUCCESS);
    }
    interrupt::listen()?;
    let workspace = Workspace::find()?;
    let done = match name.as_str() {
        "run" => {
            let options = run::Options {
                hearing: arguments.flag("--hearing"),
                port: arguments.number("--port")?,
            };
            let dev = arguments.flag("--dev");
            arguments.finish()?;
            if dev {
                dev::dev(&workspace, &options)
            } else {
                run::run(&workspace, &options)
            }
        }
        "test" => {
            let scope = if arguments.flag("--fast") {
                test::Scope::Fast
            } else {
                test::Scope::Full
            };
            arguments.finish()?;
            return test::test(&workspace, scope);
        }
        "e2e" => {
            let passed_on = arguments.passed_on();
            arguments.finish()?;
            return end2end::only(&workspace, &passed_on);
        }
        "build" => {
            let flavour = if arguments.flag("--release") {
                build::Flavour::Release
            } else {
                build::Flavour::Quick
            };
            arguments.finish()?;
            build::build(&workspace, &mut Steps::new(build::STEPS), flavour).map(drop)
        }
        "hearing" => {
            arguments.finish()?;
            run::prepare_hearing(&workspace)
                .map(|model| say(&format!("The speech model is in {}.", model.display())))
        }
        "dist" => {
            arguments.finish()?;
            dist::dist(&workspace)
        }
        "bench" => {
            let what = arguments.command();
            let passed_on = arguments.passed_on();
            arguments.finish()?;
            match what.as_str() {
                "sizes" => bench::sizes(&workspace),
                "page" | "lighthouse" => bench::page(&workspace, &what),
                "starts" | "memory" | "control" | "latency" => {
                    bench::running(&workspace, &what, &passed_on)
                }
                "fields" => bench::fields(&workspace),
                other => anyhow::bail!(
                    "there is no benchmark `{other}`; there are: sizes, page, lighthouse, starts, memory, control, latency, fields"
                ),
            }
        }
        other => anyhow::bail!("there is no command `{other}`\n\n{USAGE}"),
    };
    done.map(|()| ExitCode::SUCCESS)
}
