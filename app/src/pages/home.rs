//! The start page: what needs attention, what can be continued, what can be started.

use crate::{
    api::{
        ApiError,
        account::Me,
        intakes::{
            IntakeCard, IntakePage, IntakeStatus, ListIntakesRequest, OpenIntake, list_intakes,
        },
        workflows::{WorkflowCard, list_workflows},
    },
    components::{
        ActionProblem, DemoBadge, Icon, Moment, MomentStyle, Person, Problem, Progress, Skeleton,
        StatusBadge,
    },
};
use domain::person::Role;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;

#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let person = expect_context::<Person>();
    let workflows = Resource::new(|| (), |()| list_workflows());
    let open = Resource::new(
        || (),
        |()| {
            list_intakes(ListIntakesRequest {
                status: Some(IntakeStatus::Open),
                mine: true,
                ..ListIntakesRequest::default()
            })
        },
    );
    let escalated = Resource::new(
        || (),
        |()| {
            list_intakes(ListIntakesRequest {
                status: Some(IntakeStatus::Escalated),
                ..ListIntakesRequest::default()
            })
        },
    );
    view! {
        <Title text="Home" />
        <Suspense fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                let me = person.known().await;
                let (workflows, open, escalated) = (workflows.await, open.await, escalated.await);
                let role = me.as_ref().and_then(|me| me.workspace.as_ref()).map(|workspace| workspace.role);
                let lists = match (workflows, open, escalated) {
                    (Ok(workflows), Ok(open), Ok(escalated)) => view! { <Sections workflows open escalated role /> }.into_any(),
                    // One who only reads counts is refused the lists, not the page.
                    (Ok(workflows), _, _) => view! { <Workflows workflows role /> }.into_any(),
                    (Err(error), _, _) => view! { <Problem error /> }.into_any(),
                };
                view! {
                    {me.map(|me| view! { <Welcome me /> })}
                    {lists}
                }
            })}
        </Suspense>
    }
}

#[component]
fn Welcome(me: Me) -> impl IntoView {
    let Me {
        name, workspace, ..
    } = me;
    let nowhere = workspace.is_none();
    view! {
        <header class="page-head">
            <div>
                <h1>"Welcome, " {name}</h1>
                <p class="quiet">{workspace.map(|workspace| workspace.name)}</p>
            </div>
        </header>
        {nowhere
            .then(|| {
                view! {
                    <div class="empty">
                        <h2>"You belong to no workspace yet"</h2>
                        <p>"Ask an admin to add you. Then load this page again."</p>
                    </div>
                }
            })}
    }
}

#[component]
fn Sections(
    workflows: Vec<WorkflowCard>,
    open: IntakePage,
    escalated: IntakePage,
    role: Option<Role>,
) -> impl IntoView {
    view! {
        <div class="stack-wide">
            <Cards title="Needs attention" rows=escalated.rows urgent=true more="/intakes?status=escalated" />
            <Cards title="Continue" rows=open.rows urgent=false more="/intakes?status=open" />
            <Workflows workflows role />
        </div>
    }
}

/// How many cards are shown before one goes to the list.
const SHOWN: usize = 6;

#[component]
fn Cards(
    title: &'static str,
    rows: Vec<IntakeCard>,
    urgent: bool,
    more: &'static str,
) -> impl IntoView {
    let all = rows.len();
    (all > 0).then(|| {
        view! {
            <section aria-label=title>
                <header class="section-head">
                    <h2>{title}</h2>
                    {(all > SHOWN).then(|| view! { <a href=more>"All " {all}</a> })}
                </header>
                <ul class="cards">
                    {rows
                        .into_iter()
                        .take(SHOWN)
                        .map(|card| {
                            view! {
                                <li class="card card-link">
                                    <div class="card-top">
                                        <a class="card-title" href=format!("/intakes/{}", card.id)>{card.workflow_name}</a>
                                        {if urgent {
                                            view! {
                                                <span class="card-age small">{Icon::Flag.svg()} " " <Moment at=card.closed_at.unwrap_or(card.changed_at) style=MomentStyle::Age /></span>
                                            }
                                                .into_any()
                                        } else {
                                            view! { <StatusBadge status=card.status running=card.running /> }.into_any()
                                        }}
                                    </div>
                                    <Progress filled=card.filled total=card.total />
                                    <p class="card-foot">
                                        <span>"By " {if card.mine { "you".to_owned() } else { card.opened_by }}</span>
                                        {(!urgent).then(|| view! { <span>"Changed " <Moment at=card.changed_at style=MomentStyle::Age /></span> })}
                                        {card.demo.then(|| view! { <DemoBadge /> })}
                                    </p>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        }
    })
}

#[component]
fn Workflows(workflows: Vec<WorkflowCard>, role: Option<Role>) -> impl IntoView {
    let open = ServerAction::<OpenIntake>::new();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(intake)) = open.value().get() {
            navigate(
                &format!("/intakes/{intake}"),
                leptos_router::NavigateOptions::default(),
            );
        }
    });
    let problem = Signal::derive(move || match open.value().get() {
        Some(Err(error)) => Some(ApiError::to_string(&error)),
        Some(Ok(_)) | None => None,
    });
    let runs_any = workflows.iter().any(|workflow| workflow.may_run);
    let title = if runs_any {
        "Start an intake"
    } else {
        "Workflows"
    };
    let empty = workflows.is_empty();
    view! {
        <section aria-label=title>
            <header class="section-head">
                <h2>{title}</h2>
            </header>
            <ActionProblem error=problem />
            {empty
                .then(|| {
                    view! {
                        <div class="empty">
                            <h3>"No workflow is published yet"</h3>
                            <p>
                                {if role == Some(Role::Admin) {
                                    "A workflow says what an intake asks. Publish one, and it can be started here."
                                } else {
                                    "A workflow says what an intake asks. Ask an admin of your workspace to publish one."
                                }}
                            </p>
                        </div>
                    }
                })}
            {(!runs_any && !empty)
                .then(|| view! { <p class="quiet">"Your role reads intakes. Staff, supervisors and admins start them."</p> })}
            <ul class="cards cards-large">
                {workflows.into_iter().map(|workflow| view! { <Workflow workflow open /> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Workflow(workflow: WorkflowCard, open: ServerAction<OpenIntake>) -> impl IntoView {
    let id = workflow.id.clone();
    let working = move || {
        open.pending().get()
            && open.input().with(|input| {
                input
                    .as_ref()
                    .is_some_and(|input| input.request.workflow == id)
            })
    };
    let busy = working.clone();
    view! {
        <li class="card">
            <div class="card-top">
                <h3 class="card-title">{workflow.name.clone()}</h3>
                <span class="quiet small">"Version " {workflow.version}</span>
            </div>
            <p class="card-text">{workflow.description}</p>
            <p class="card-foot">
                <span>{Icon::List.svg()} {workflow.fields} " questions, " {workflow.required} " required"</span>
                <span>{Icon::Clock.svg()} "up to " {workflow.max_minutes} " min"</span>
            </p>
            {workflow
                .may_run
                .then(|| {
                    view! {
                        <ActionForm action=open attr:class="card-action">
                            <input type="hidden" name="request[workflow]" value=workflow.id.to_string() />
                            <button class="button button-main" type="submit" disabled=move || open.pending().get()>
                                {Icon::Microphone.svg()} {move || if working() { "Opening…" } else { "Start" }}
                                <span class="unseen">" " {workflow.name.clone()}</span>
                            </button>
                            {move || busy().then(|| view! { <span class="unseen" role="status">"Opening the intake"</span> })}
                        </ActionForm>
                    }
                })}
        </li>
    }
}
