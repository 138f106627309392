//! Signing in and out.

use super::{caller, context, lead_back, refuse};
use crate::api::{
    ApiError,
    account::{
        ChooseWorkspaceRequest, Me, ProviderNotice, RunningBadge, SignInRequest, WorkspaceBadge,
    },
};
use domain::person::Membership;
use service::sign_in::Attempt;

pub(crate) async fn sign_in(request: SignInRequest) -> Result<(), ApiError> {
    let context = context()?;
    let attempt = Attempt {
        email: request.email,
        password: request.password.into_private(),
        from: context.address.clone(),
        user_agent: context.user_agent.clone(),
    };
    let signed_in = service::sign_in::sign_in(&context.service, attempt)
        .await
        .map_err(|error| lead_back("/sign-in", refuse(&context, error)))?;
    context.browser.remember(&signed_in.login).await?;
    leptos_axum::redirect(local_path(request.next.as_deref()));
    Ok(())
}

/// A path on this server and nothing else: no scheme, no host, no `//host`, no backslash.
fn local_path(next: Option<&str>) -> &str {
    let fits = |path: &&str| {
        let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        path.starts_with('/')
            && !path.starts_with("//")
            && plain
            && path.len() < 500
            && !path.starts_with("/api/")
    };
    next.filter(fits).unwrap_or("/")
}

pub(crate) async fn sign_out() -> Result<(), ApiError> {
    let context = context()?;
    if let Some(principal) = &context.principal {
        service::sign_out::sign_out(&context.service, principal)
            .await
            .map_err(|error| refuse(&context, error))?;
    }
    context.browser.forget().await?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

pub(crate) async fn me() -> Result<Option<Me>, ApiError> {
    let context = context()?;
    let Some(principal) = &context.principal else {
        return Ok(None);
    };
    let who = service::who_am_i::who_am_i(&context.service, principal)
        .await
        .map_err(|error| refuse(&context, error))?;
    Ok(Some(Me {
        name: principal.name.clone(),
        workspace: principal.membership.clone().map(badge),
        workspaces: who.memberships.into_iter().map(badge).collect(),
        needs_attention: who.needs_attention,
        running: who.running.map(|running| RunningBadge {
            intake: running.intake,
            workflow_name: running.workflow_name,
            deadline_at: running.deadline_at,
        }),
        provider: ProviderNotice {
            rehearsal: who.notice.rehearsal,
            hears: who.notice.hears,
            speaks: who.notice.speaks,
            sentence: who.notice.sentence,
        },
    }))
}

fn badge(membership: Membership) -> WorkspaceBadge {
    WorkspaceBadge {
        id: membership.workspace,
        name: membership.workspace_name,
        role: membership.role,
    }
}

pub(crate) async fn choose_workspace(request: ChooseWorkspaceRequest) -> Result<(), ApiError> {
    let caller = caller().map_err(|error| lead_back("/sign-in", error))?;
    service::choose_workspace::choose_workspace(
        caller.service(),
        &caller.principal,
        &request.workspace,
    )
    .await
    .map_err(|error| lead_back("/", caller.refuse(error)))?;
    leptos_axum::redirect("/");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn after_signing_in_one_stays_on_this_server() {
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/a b",
            "/api/account/sign_out",
            "/\u{e9}",
        ] {
            assert_eq!(local_path(Some(bad)), "/", "{bad}");
        }
        assert_eq!(
            local_path(Some("/intakes?status=open")),
            "/intakes?status=open"
        );
        assert_eq!(local_path(None), "/");
    }
}
