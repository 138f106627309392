//! The start page: what needs attention, what can be continued, what can be started.

use super::apart::apart;
use crate::{
    api::{
        ApiError,
        account::Me,
        intakes::{IntakeCard, IntakePage, IntakeStatus, ListIntakesRequest, OpenIntake},
        json, reading,
        workflows::WorkflowCard,
    },
    boxed::{effect, memo, press, view, wait},
    components::{
        ActionProblem, DemoBadge, Icon, Moment, MomentStyle, Person, PostForm, Problem, Progress,
        Skeleton, StatusBadge, Task, refusal,
    },
};
use domain::{IntakeId, WorkflowId, person::Role};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;

apart!(HomePage as HomeRoute in home_page);

#[component]
fn HomePage() -> impl IntoView {
    let person = expect_context::<Person>();
    let workflows = reading::workflows();
    let open = reading::intakes(|| ListIntakesRequest {
        status: Some(IntakeStatus::Open),
        mine: true,
        ..ListIntakesRequest::default()
    });
    let escalated = reading::intakes(|| ListIntakesRequest {
        status: Some(IntakeStatus::Escalated),
        ..ListIntakesRequest::default()
    });
    view! {
        <Title text="Home" />
        <Suspense fallback=|| view! { <Skeleton /> }>
            {wait(move || async move {
                let me = person.known().await;
                let (workflows, open, escalated) = (
                    workflows.known().await,
                    open.known().await,
                    escalated.known().await,
                );
                let role = me.as_ref().and_then(|me| me.workspace.as_ref()).map(|workspace| workspace.role);
                let lists = match (workflows, open, escalated) {
                    (Ok(workflows), Ok(open), Ok(escalated)) => view! { <Sections workflows open escalated role /> },
                    // One who only reads counts is refused the lists, not the page.
                    (Ok(workflows), _, _) => view! { <Workflows workflows role /> },
                    (Err(error), _, _) => view! { <Problem error /> },
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
                                        } else {
                                            view! { <StatusBadge status=card.status running=card.running /> }
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
    let opening = Opening {
        task: Task::new(),
        which: RwSignal::new(None),
        opened: RwSignal::new(None),
    };
    let navigate = use_navigate();
    effect(move || {
        if let Some(intake) = opening.opened.get() {
            navigate(
                &format!("/intakes/{intake}"),
                leptos_router::NavigateOptions::default(),
            );
        }
    });
    let problem = refusal(opening.task, from_address);
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
                {workflows.into_iter().map(|workflow| view! { <Workflow workflow opening /> }).collect_view()}
            </ul>
        </section>
    }
}

/// What the word in the address means. It says nothing that the address could make up.
fn from_address(word: &str) -> &'static str {
    match word {
        "role" => "Your role does not start intakes. Ask an admin of your workspace.",
        "no_workspace" => "You belong to no workspace. Ask an admin to add you.",
        "not_published" => "This workflow is no longer published. Choose another one.",
        "not_found" => "This does not exist, or you have no access to it. Choose another one.",
        "too_many" => "Too many requests. Wait a moment, then try again.",
        _ => "This did not work. Try again.",
    }
}

/// The intake that is being opened: one at a time.
#[derive(Clone, Copy)]
struct Opening {
    task: Task,
    /// The workflow it is opened for.
    which: RwSignal<Option<WorkflowId>>,
    opened: RwSignal<Option<IntakeId>>,
}

impl Opening {
    /// Takes the server's answer.
    fn take(self, answer: Result<String, ApiError>) -> Result<(), String> {
        let intake = answer
            .and_then(|text| json::read(&text).map_err(|_| ApiError::Malformed))
            .map_err(|error| error.to_string())?;
        let _ = self.opened.try_set(Some(intake));
        Ok(())
    }
}

#[component]
fn Workflow(workflow: WorkflowCard, opening: Opening) -> impl IntoView {
    let id = workflow.id.clone();
    let chosen = workflow.id.clone();
    let busy = memo(move || {
        opening.task.is_running() && opening.which.with(|which| which.as_ref() == Some(&id))
    });
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
                        <PostForm path=OpenIntake::PATH class="card-action" task=opening.task take=Arc::new(move |answer| opening.take(answer))>
                            <input type="hidden" name="request[workflow]" value=workflow.id.to_string() />
                            <button class="button button-main" type="submit" disabled=move || opening.task.is_running() on:click=press(move || opening.which.set(Some(chosen.clone())))>
                                {Icon::Microphone.svg()} {move || if busy.get() { "Opening…" } else { "Start" }}
                                <span class="unseen">" " {workflow.name.clone()}</span>
                            </button>
                            {move || busy.get().then(|| view! { <span class="unseen" role="status">"Opening the intake"</span> })}
                        </PostForm>
                    }
                })}
        </li>
    }
}
