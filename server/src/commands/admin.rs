//! `vestibule admin`: users, by the operator.

use super::say;
use crate::{config::Admin, state};
use anyhow::{Context, bail};
use domain::{Private, person::SignInAddress};
use service::{
    Error,
    administer::{self, CreateUser},
};
use std::io::{IsTerminal, stdin};

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
        Error::NotFound => anyhow::anyhow!("there is no such user or workspace"),
        other => other.into(),
    }
}
