//! The latest incidents: what somebody did against a session, and where.

use super::board::Board;
use crate::{
    boxed::{memo, view},
    components::{Icon, Moment},
};
use leptos::prelude::*;

#[component]
pub(super) fn Incidents(board: Board) -> impl IntoView {
    let found = memo(move || board.seen.with(|seen| seen.incidents.clone()));
    view! {
        <section aria-labelledby="incidents-title">
            <header class="section-head">
                <h2 id="incidents-title">"Incidents"</h2>
            </header>
            {move || {
                let found = found.get();
                if found.is_empty() {
                    return view! {
                        <p class="quiet">"None so far. When somebody works against a conversation, by changing its rules or by speaking in the place of the server, it is hung up, and written down here."</p>
                    };
                }
                view! {
                    <ul class="incidents">
                        {found
                            .into_iter()
                            .map(|incident| {
                                view! {
                                    <li>
                                        {Icon::Alert.svg()}
                                        <p>{incident.what}</p>
                                        <p class="quiet small">
                                            <Moment at=incident.at /> " · " <a href=format!("/intakes/{}", incident.intake)>"Open the intake"</a>
                                        </p>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                }
            }}
        </section>
    }
}
