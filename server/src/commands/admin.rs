//! `vestibule admin`: users, the runaway switch and minutes, by the operator.

use super::say;
use crate::{config::Admin, state};
use anyhow::{Context, bail};
use domain::{Private, person::SignInAddress};
use service::{
    Error,
    administer::{self, AllowanceOf, CreateUser},
};
use std::{
    io::{IsTerminal, stdin},
    time::Duration,
};

pub(super) async fn run(command: Admin) -> anyhow::Result<()> {
    match command {
        Admin::CreateUser {
            data,
            email,
            name,
            workspace,
            role,
        } => {
            let service = state::open_for_task(&data).await?;
            let address = SignInAddress::parse(&email)?;
            let member_of = workspace.zip(role);
            let password = read_password()?;
            let request = CreateUser {
                address,
                name,
                password,
                member_of,
            };
            let id = administer::create_user(&service, request)
                .await
                .map_err(in_words)?;
            say(&format!("made user {id}"));
        }
        Admin::StopAll { data } => {
            let service = state::open_for_task(&data).await?;
            let count = administer::stop_all(&service).await.map_err(in_words)?;
            say(&format!(
                "{count} conversations are ended; the running server hangs their calls up within a second. \
                 None starts until `vestibule admin allow-starts`."
            ));
        }
        Admin::AllowStarts { data } => {
            let service = state::open_for_task(&data).await?;
            administer::allow_starts(&service).await.map_err(in_words)?;
            say("conversations may start again");
        }
        Admin::SetMinutes {
            data,
            workspace,
            email,
            workflow,
            minutes,
            unbounded: _,
        } => {
            let service = state::open_for_task(&data).await?;
            let of = match (email, workflow) {
                (Some(email), _) => AllowanceOf::User(SignInAddress::parse(&email)?),
                (None, Some(workflow)) => AllowanceOf::Workflow(workflow),
                (None, None) => AllowanceOf::Workspace,
            };
            let month = minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
            administer::set_allowance(&service, &workspace, &of, month)
                .await
                .map_err(in_words)?;
            say("set; it counts from the next start on, with what was talked this month");
        }
        Admin::ResetPassword { data, email } => {
            let service = state::open_for_task(&data).await?;
            let address = SignInAddress::parse(&email)?;
            let password = read_password()?;
            administer::reset_password(&service, &address, password)
                .await
                .map_err(in_words)?;
            say("the password is set; the user's sign-ins have ended");
        }
    }
    Ok(())
}

/// One line of standard input. Never an argument: those can be read by everybody on the machine.
fn read_password() -> anyhow::Result<Private<String>> {
    if stdin().is_terminal() {
        say(
            "Type the password and press Enter (it is shown as you type; pipe it in to avoid that):",
        );
    }
    let mut line = String::new();
    stdin()
        .read_line(&mut line)
        .context("the password could not be read from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("no password on standard input");
    }
    Ok(Private::new(password.to_owned()))
}

fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid { message, .. } | Error::Conflict { message, .. } => {
            anyhow::anyhow!(message)
        }
        Error::NotFound => anyhow::anyhow!("there is no such user, workspace or workflow"),
        other => other.into(),
    }
}
