//! The list of intakes: filters stand in the address, words to look for never do.

use super::apart::apart;
use crate::{
    api::{
        intakes::{IntakeCard, IntakePage, IntakeStatus, ListIntakesRequest},
        reading,
        workflows::WorkflowCard,
    },
    boxed::{effect, memo, press, view, wait},
    components::{
        DemoBadge, Icon, Moment, MomentStyle, Problem, Progress, Skeleton, StatusBadge, answers,
    },
};
use domain::WorkflowId;
use leptos::{ev, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
    params::ParamsMap,
};

const STATUSES: [(&str, &str, IntakeStatus); 4] = [
    ("open", "Open", IntakeStatus::Open),
    ("escalated", "Needs attention", IntakeStatus::Escalated),
    ("complete", "Complete", IntakeStatus::Complete),
    ("abandoned", "Abandoned", IntakeStatus::Abandoned),
];

/// What the address asks for. What it should not say is left out rather than refused.
fn asked(query: &ParamsMap) -> ListIntakesRequest {
    let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
    ListIntakesRequest {
        workflow: given("workflow").and_then(|id| WorkflowId::parse(&id).ok()),
        status: given("status")
            .and_then(|word| STATUSES.into_iter().find(|(name, ..)| *name == word))
            .map(|(.., status)| status),
        mine: given("mine").is_some(),
        from: given("from"),
        to: given("to"),
        after: given("after"),
        words: None,
    }
}

/// The address of the page after this one.
fn address_after(query: &ParamsMap, after: &str) -> String {
    let mut next = query.clone();
    next.remove("after");
    next.insert("after".to_owned(), after.to_owned());
    format!("/intakes{}", next.to_query_string())
}

apart!(IntakesPage as IntakesRoute in intakes_page);

#[component]
fn IntakesPage() -> impl IntoView {
    let query = use_query_map();
    let words = RwSignal::new(String::new());
    let workflows = reading::workflows();
    let page = reading::intakes(move || ListIntakesRequest {
        words: Some(words.get()).filter(|words| !words.is_empty()),
        ..query.with(asked)
    });
    view! {
        <Title text="Intakes" />
        <header class="page-head">
            <h1>"Intakes"</h1>
            <Search words />
        </header>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {wait(move || async move {
                let workflows = workflows.known().await.unwrap_or_default();
                match page.known().await {
                    Ok(page) => view! { <Listing page workflows query words /> },
                    Err(error) => view! { <Problem error /> },
                }
            })}
        </Transition>
    }
}

/// Words to look for. They go in the body of a request, so they wait for the page to answer to clicks.
#[component]
fn Search(words: RwSignal<String>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let ready = RwSignal::new(false);
    effect(move || ready.set(true));
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        words.set(typed.get_untracked().trim().to_owned());
    };
    view! {
        <form class="search" role="search" method="post" on:submit=on_submit>
            {Icon::Search.svg()}
            <input
                class="input"
                type="search"
                aria-label="Search intakes"
                placeholder="Search answers and workflows"
                autocomplete="off"
                maxlength="200"
                disabled=move || !ready.get()
                prop:value=move || typed.get()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    if text.is_empty() {
                        words.set(String::new());
                    }
                    typed.set(text);
                }
            />
            <button class="button" type="submit" disabled=move || !ready.get()>"Search"</button>
        </form>
    }
}

#[component]
fn Listing(
    page: IntakePage,
    workflows: Vec<WorkflowCard>,
    query: Memo<ParamsMap>,
    words: RwSignal<String>,
) -> impl IntoView {
    let request = query.with_untracked(asked);
    let searched = words.get_untracked();
    // While the next list is on its way, this one stays and is dimmed.
    let busy = {
        let (request, searched) = (request.clone(), searched.clone());
        memo(move || query.with(asked) != request || words.with(|words| *words != searched))
    };
    let filtered = request != ListIntakesRequest::default() || !searched.is_empty();
    let empty = page.rows.is_empty();
    let next = page
        .next
        .as_deref()
        .map(|after| query.with_untracked(|query| address_after(query, after)));
    let further = request.after.is_some();
    view! {
        <Filters request workflows sees_all=page.sees_all />
        {(!searched.is_empty())
            .then(|| {
                view! {
                    <p class="searched">
                        "Found for " <q>{searched}</q> " "
                        <button type="button" class="button button-plain button-small" on:click=press(move || words.set(String::new()))>
                            {Icon::Cross.svg()} "Clear search"
                        </button>
                    </p>
                }
            })}
        {if empty {
            view! { <Nothing filtered /> }
        } else {
            view! {
                <div class="table-frame" aria-busy=move || busy.get().to_string()>
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Intake"</th>
                                <th scope="col">"Status"</th>
                                <th scope="col">"Answers"</th>
                                <th scope="col">"Opened by"</th>
                                <th scope="col">"Opened"</th>
                                <th scope="col">"Changed"</th>
                            </tr>
                        </thead>
                        <tbody>{page.rows.into_iter().map(|card| view! { <Row card /> }).collect_view()}</tbody>
                    </table>
                </div>
            }
        }}
        <nav class="pager" aria-label="Pages">
            {further
                .then(|| {
                    let first = query.with_untracked(|query| {
                        let mut first = query.clone();
                        first.remove("after");
                        format!("/intakes{}", first.to_query_string())
                    });
                    view! { <a class="button" href=first>{Icon::Back.svg()} "First page"</a> }
                })}
            {next.map(|next| view! { <a class="button" href=next>"Next page " {Icon::Arrow.svg()}</a> })}
        </nav>
    }
}

#[component]
fn Row(card: IntakeCard) -> impl IntoView {
    view! {
        <tr>
            <th scope="row" class="cell-main">
                <a href=format!("/intakes/{}", card.id)>{card.workflow_name}</a>
                <span class="quiet small">"v" {card.version}</span>
                {card.demo.then(|| view! { <DemoBadge /> })}
            </th>
            <td><StatusBadge status=card.status running=card.running /></td>
            <td><Progress filled=card.filled total=card.total /></td>
            <td class="cell-who">{if card.mine { "You".to_owned() } else { card.opened_by }}</td>
            <td class="cell-when"><span class="cell-label">"Opened "</span><Moment at=card.opened_at /></td>
            <td class="cell-when"><span class="cell-label">"Changed "</span><Moment at=card.changed_at style=MomentStyle::Age /></td>
        </tr>
    }
}

#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <div class="empty">
                <h2>"No intake matches"</h2>
                <p>"Widen the dates, choose another status, or clear the search."</p>
                <p><a class="button" href="/intakes">"Show all"</a></p>
            </div>
        }
    } else {
        view! {
            <div class="empty">
                <h2>"No intakes yet"</h2>
                <p>"An intake appears here as soon as somebody starts one."</p>
                <p><a class="button button-main" href="/">"Choose a workflow"</a></p>
            </div>
        }
    }
}

/// A plain form whose answers stand in the address. With scripts each change applies at once.
#[component]
fn Filters(
    request: ListIntakesRequest,
    workflows: Vec<WorkflowCard>,
    sees_all: bool,
) -> impl IntoView {
    let apply = |event: ev::Event| {
        use wasm_bindgen::JsCast;
        let form = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("form").ok()?);
        if let Some(form) = form.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok()) {
            let _ = form.request_submit();
        }
    };
    let navigate = use_navigate();
    let on_submit = move |event: ev::SubmitEvent| {
        if let Some(answers) = answers(&event) {
            event.prevent_default();
            let address = format!("/intakes?{}", String::from(answers));
            navigate(&address, NavigateOptions::default());
        }
    };
    let status = request.status;
    let workflow = request.workflow.clone();
    view! {
        <form method="get" action="/intakes" class="filters" aria-label="Filters" on:submit=on_submit>
            <label class="labelled">
                <span>"Status"</span>
                <select class="input" name="status" on:change=apply>
                    <option value="">"All"</option>
                    {STATUSES
                        .into_iter()
                        .map(|(value, word, each)| view! { <option value=value selected=status == Some(each)>{word}</option> })
                        .collect_view()}
                </select>
            </label>
            <label class="labelled">
                <span>"Workflow"</span>
                <select class="input" name="workflow" on:change=apply>
                    <option value="">"All"</option>
                    {workflows
                        .into_iter()
                        .map(|each| {
                            let chosen = workflow.as_ref() == Some(&each.id);
                            view! { <option value=each.id.to_string() selected=chosen>{each.name}</option> }
                        })
                        .collect_view()}
                </select>
            </label>
            <label class="labelled">
                <span>"Opened from"</span>
                <input class="input" type="date" name="from" value=request.from on:change=apply />
            </label>
            <label class="labelled">
                <span>"Opened until"</span>
                <input class="input" type="date" name="to" value=request.to on:change=apply />
            </label>
            {sees_all
                .then(|| {
                    view! {
                        <label class="tick">
                            <input type="checkbox" name="mine" value="1" checked=request.mine on:change=apply />
                            <span>"Only mine"</span>
                        </label>
                    }
                })}
            <button class="button before-hydration" type="submit">"Apply"</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> ParamsMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn an_empty_form_asks_for_everything() {
        assert_eq!(
            asked(&query(&[("status", ""), ("workflow", ""), ("from", "")])),
            ListIntakesRequest::default()
        );
    }

    #[test]
    fn words_are_never_read_from_the_address() {
        assert_eq!(
            asked(&query(&[("words", "secret")])),
            ListIntakesRequest::default()
        );
    }

    #[test]
    fn the_next_page_keeps_the_filters() {
        let address = address_after(&query(&[("status", "open"), ("after", "a")]), "b");
        assert!(
            address.contains("status=open")
                && address.contains("after=b")
                && !address.contains("after=a"),
            "{address}"
        );
    }
}
