//! Lists of intakes: what a person may see, filtered, in pages.

use crate::{Error, Service, access};
use domain::{IntakeId, Timestamp, WorkflowId, person::Principal};
use policy::Action;
use std::collections::{BTreeMap, BTreeSet};
pub use store::Status;
use store::{IntakeFilter, IntakeRow, Readable};

/// Rows on a page.
const PAGE: u32 = 25;
/// The longest text to search for, in bytes.
const MAX_WORDS: usize = 200;

/// Which intakes.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this status.
    pub status: Option<Status>,
    /// One's own only.
    pub mine: bool,
    /// Opened at this time or later.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
    /// Where the page begins.
    pub after: Option<(Timestamp, IntakeId)>,
    /// Words in values that are not sensitive, or in the workflow's name.
    pub words: Option<String>,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Its rows, newest first.
    pub rows: Vec<Row>,
    /// Where the next one begins.
    pub next: Option<(Timestamp, IntakeId)>,
    /// Whether "mine" is a choice.
    pub sees_all: bool,
}

/// A row, with what the version says.
#[derive(Debug)]
pub struct Row {
    /// As stored.
    pub row: IntakeRow,
    /// How many fields it asks.
    pub total: u32,
    /// Whether the person opened it.
    pub mine: bool,
}

/// Lists intakes.
///
/// # Errors
/// `Refused` without a workspace, `Invalid` for words that are too long.
pub async fn list_intakes(
    service: &Service,
    principal: &Principal,
    wanted: Wanted,
) -> Result<Page, Error> {
    access::decide(principal, &Action::SeeWorkspace)?;
    let workspace = &access::membership(principal)?.workspace;
    let access::Reading { readable, masked } = service.reading(principal).await?;
    let sees_all = !readable.all_of.is_empty();
    let filter = IntakeFilter {
        workflow: wanted.workflow,
        status: wanted.status,
        opened_by: wanted.mine.then(|| principal.user.clone()),
        from: wanted.from,
        to: wanted.to,
        ids: None,
        before: wanted.after,
        limit: PAGE + 1,
    };
    let words = wanted.words.as_deref().map(str::trim).unwrap_or_default();
    let mut rows = if words.is_empty() {
        service
            .store
            .list_intakes(workspace, &readable, &filter)
            .await?
    } else if words.len() > MAX_WORDS {
        return Err(Error::invalid("Search for fewer words."));
    } else {
        let searchable = searchable(readable, &masked)?;
        service
            .store
            .search_intakes(workspace, words, &searchable, &filter)
            .await?
    };
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| (row.opened_at, row.id.clone()));
    Ok(Page {
        rows: with_totals(service, principal, rows).await?,
        next,
        sees_all,
    })
}

/// What of it may be searched: whoever sees masked values may not find them by their words either.
fn searchable(mut readable: Readable, masked: &BTreeSet<WorkflowId>) -> Result<Readable, Error> {
    readable
        .all_of
        .retain(|workflow| !masked.contains(workflow));
    if readable.all_of.is_empty() && readable.mine_of.is_empty() && !masked.is_empty() {
        return Err(Error::invalid(
            "Your role sees masked values, so words cannot be searched.",
        ));
    }
    Ok(readable)
}

async fn with_totals(
    service: &Service,
    principal: &Principal,
    rows: Vec<IntakeRow>,
) -> Result<Vec<Row>, Error> {
    let workspace = &access::membership(principal)?.workspace;
    let mut totals = BTreeMap::new();
    for row in &rows {
        if !totals.contains_key(&row.version) {
            let version = service.store.version(workspace, &row.version).await?;
            let total = version.map_or(0, |version| version.definition.fields().count());
            totals.insert(
                row.version.clone(),
                u32::try_from(total).unwrap_or(u32::MAX),
            );
        }
    }
    let rows = rows.into_iter().map(|row| {
        let total = totals.get(&row.version).copied().unwrap_or(0);
        Row {
            total,
            mine: row.opened_by == principal.user,
            row,
        }
    });
    Ok(rows.collect())
}

/// Midnight UTC of a day written `2026-11-21`, or of so many days after it.
#[must_use]
pub fn start_of_day(day: &str, days_after: i64) -> Option<Timestamp> {
    let date = day
        .parse::<jiff::civil::Date>()
        .ok()?
        .checked_add(jiff::Span::new().try_days(days_after).ok()?)
        .ok()?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_micros(
        midnight.timestamp().as_microsecond(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::UserId;

    #[test]
    fn words_are_searched_where_values_are_not_masked_and_refused_where_nothing_is_left() {
        let of = |ids: &[&str]| -> Vec<WorkflowId> {
            ids.iter()
                .map(|id| WorkflowId::parse(id).unwrap())
                .collect()
        };
        let search = |all: &[&str], mine: &[&str], masked: &[&str]| {
            let readable = Readable {
                all_of: of(all),
                mine_of: of(mine),
                reader: UserId::parse("us_1").unwrap(),
            };
            let masked = of(masked).into_iter().collect();
            searchable(readable, &masked).map(|left| (left.all_of, left.mine_of))
        };
        let left = search(&["wf_a", "wf_b"], &[], &["wf_b"]).unwrap();
        assert_eq!(left, (of(&["wf_a"]), of(&[])));
        let left = search(&["wf_b"], &["wf_a"], &["wf_b"]).unwrap();
        assert_eq!(left, (of(&[]), of(&["wf_a"])));
        assert!(search(&["wf_a", "wf_b"], &[], &["wf_a", "wf_b"]).is_err());
        assert!(search(&[], &[], &[]).is_ok(), "nothing is found there");
    }
}
