//! Lists of intakes: filtered, searched, page by page.

use crate::{
    Store, StoreError,
    db::on,
    row::{entities, fold, known, number, parsed},
};
use domain::{IntakeId, Timestamp, UserId, VersionId, WorkflowId, WorkspaceId, intake::Outcome};
use sqlx::{AssertSqlSafe, FromRow};

/// Where an intake stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It can be filled.
    Open,
    /// Everything needed was captured.
    Complete,
    /// A person has to take over.
    Escalated,
    /// Nobody came back to it.
    Abandoned,
}

/// What a person may read. Nothing is readable that is not named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    /// Workflows of which they read everybody's intakes.
    pub all_of: Vec<WorkflowId>,
    /// Workflows of which they read what they opened.
    pub mine_of: Vec<WorkflowId>,
    /// Who they are.
    pub reader: UserId,
}

/// Which intakes, and how many. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IntakeFilter {
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this state.
    pub status: Option<Status>,
    /// Opened by this user.
    pub opened_by: Option<UserId>,
    /// Opened at this time or later.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
    /// One of these. An empty list allows nothing.
    pub ids: Option<Vec<IntakeId>>,
    /// The last row of the page before: its `opened_at` and id.
    pub before: Option<(Timestamp, IntakeId)>,
    /// The most rows.
    pub limit: u32,
}

/// A row of a list of intakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeRow {
    /// The intake.
    pub id: IntakeId,
    /// Its workflow.
    pub workflow: WorkflowId,
    /// The version it asks by.
    pub version: VersionId,
    /// The name of that version.
    pub workflow_name: String,
    /// The number of that version.
    pub version_number: u32,
    /// Who opened it.
    pub opened_by: UserId,
    /// Their name.
    pub opened_by_name: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Its outcome; none while it is open.
    pub outcome: Option<Outcome>,
    /// When it got its outcome.
    pub closed_at: Option<Timestamp>,
    /// Whether it is demo data.
    pub demo: bool,
    /// How many fields have a value.
    pub filled: u32,
    /// Whether a session of it is running.
    pub running: bool,
}

/// A query with what its conditions are about.
macro_rules! bound {
    ($sql:ident, $conditions:ident) => {{
        // Safe: the text is made of the literals in this file and of placeholders.
        let mut query = sqlx::query_as(AssertSqlSafe($sql));
        for bound in &$conditions.bounds {
            query = match bound {
                Bound::Text(text) => query.bind(text.as_str()),
                Bound::Number(number) => query.bind(*number),
            };
        }
        query
    }};
}

impl Store {
    /// The readable intakes that pass the filter, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_intakes(
        &self,
        workspace: &WorkspaceId,
        readable: &Readable,
        filter: &IntakeFilter,
    ) -> Result<Vec<IntakeRow>, StoreError> {
        self.rows(Conditions::of(workspace, readable, filter), filter.limit)
            .await
    }

    /// The readable intakes that pass the filter and hold `needle`, in any case, in a value that is not sealed
    /// or in their workflow's name; the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn search_intakes(
        &self,
        workspace: &WorkspaceId,
        needle: &str,
        readable: &Readable,
        filter: &IntakeFilter,
    ) -> Result<Vec<IntakeRow>, StoreError> {
        let mut conditions = Conditions::of(workspace, readable, filter);
        let pattern = conditions.bind(Bound::Text(containing(needle)));
        conditions.and(&format!(
            r"(v.name_folded LIKE {pattern} ESCAPE '\' OR EXISTS (
                   SELECT 1 FROM fields f
                   WHERE f.workspace_id = i.workspace_id AND f.intake_id = i.id AND f.folded LIKE {pattern} ESCAPE '\'))"
        ));
        self.rows(conditions, filter.limit).await
    }

    /// How many readable intakes need a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_escalated(
        &self,
        workspace: &WorkspaceId,
        readable: &Readable,
    ) -> Result<i64, StoreError> {
        let filter = IntakeFilter {
            status: Some(Status::Escalated),
            ..IntakeFilter::default()
        };
        let conditions = Conditions::of(workspace, readable, &filter);
        let sql = format!("SELECT COUNT(*) FROM intakes i WHERE {}", conditions.sql);
        let (count,): (i64,) = on!(self.read().await?.link(), connection => {
            bound!(sql, conditions).fetch_one(connection).await
        })?;
        Ok(count)
    }

    async fn rows(
        &self,
        mut conditions: Conditions,
        limit: u32,
    ) -> Result<Vec<IntakeRow>, StoreError> {
        let limit = conditions.bind(Bound::Number(i64::from(limit)));
        let sql = format!(
            "SELECT i.id, i.workflow_id, i.version_id, v.name AS workflow_name, v.number AS version_number,
                    i.opened_by, u.name AS opened_by_name, i.opened_at, i.changed_at, i.outcome, i.closed_at, i.demo,
                    (SELECT COUNT(*) FROM fields f WHERE f.intake_id = i.id) AS filled,
                    EXISTS (SELECT 1 FROM sessions s WHERE s.intake_id = i.id AND s.state <> 'ended') AS running
             FROM intakes i
             JOIN workflow_versions v ON v.id = i.version_id
             JOIN users u ON u.id = i.opened_by
             WHERE {}
             ORDER BY i.opened_at DESC, i.id DESC
             LIMIT {limit}",
            conditions.sql
        );
        let rows: Vec<ListRecord> = on!(self.read().await?.link(), connection => {
            bound!(sql, conditions).fetch_all(connection).await
        })?;
        entities(rows)
    }
}

/// A pattern for `LIKE … ESCAPE '\'` that finds the text itself, in lower case.
fn containing(needle: &str) -> String {
    let mut pattern = String::from("%");
    for letter in fold(needle).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

enum Bound {
    Text(String),
    Number(i64),
}

/// The conditions of a list, written as they are bound.
struct Conditions {
    sql: String,
    bounds: Vec<Bound>,
}

impl Conditions {
    fn of(workspace: &WorkspaceId, readable: &Readable, filter: &IntakeFilter) -> Self {
        let mut all = Self {
            sql: String::from("i.workspace_id = $1"),
            bounds: vec![Bound::Text(workspace.as_str().to_owned())],
        };
        all.readable(readable);
        if let Some(workflow) = &filter.workflow {
            all.compare("i.workflow_id =", Bound::Text(workflow.as_str().to_owned()));
        }
        match filter.status {
            None => {}
            Some(Status::Open) => all.and("i.outcome IS NULL"),
            Some(Status::Complete) => all.and("i.outcome = 'complete'"),
            Some(Status::Escalated) => all.and("i.outcome = 'escalated'"),
            Some(Status::Abandoned) => all.and("i.outcome = 'abandoned'"),
        }
        if let Some(user) = &filter.opened_by {
            all.compare("i.opened_by =", Bound::Text(user.as_str().to_owned()));
        }
        if let Some(from) = filter.from {
            all.compare("i.opened_at >=", Bound::Number(from.as_micros()));
        }
        if let Some(to) = filter.to {
            all.compare("i.opened_at <", Bound::Number(to.as_micros()));
        }
        if let Some(ids) = &filter.ids {
            let one_of = all.one_of("i.id", ids.iter().map(IntakeId::as_str));
            all.and(&one_of);
        }
        if let Some((at, id)) = &filter.before {
            let at = all.bind(Bound::Number(at.as_micros()));
            let id = all.bind(Bound::Text(id.as_str().to_owned()));
            all.and(&format!(
                "(i.opened_at < {at} OR (i.opened_at = {at} AND i.id < {id}))"
            ));
        }
        all
    }

    /// Adds a value; its placeholder.
    fn bind(&mut self, bound: Bound) -> String {
        self.bounds.push(bound);
        format!("${}", self.bounds.len())
    }

    fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    fn compare(&mut self, left: &str, bound: Bound) {
        let right = self.bind(bound);
        self.and(&format!("{left} {right}"));
    }

    fn readable(&mut self, readable: &Readable) {
        let workflows = "i.workflow_id";
        let of_all = self.one_of(workflows, readable.all_of.iter().map(WorkflowId::as_str));
        let of_mine = self.one_of(workflows, readable.mine_of.iter().map(WorkflowId::as_str));
        let reader = self.bind(Bound::Text(readable.reader.as_str().to_owned()));
        self.and(&format!(
            "({of_all} OR ({of_mine} AND i.opened_by = {reader}))"
        ));
    }

    /// The condition that a column holds one of the texts; with none of them, it never holds.
    fn one_of<'a>(&mut self, column: &str, allowed: impl Iterator<Item = &'a str>) -> String {
        let places: Vec<String> = allowed
            .map(|text| self.bind(Bound::Text(text.to_owned())))
            .collect();
        if places.is_empty() {
            String::from("1 = 0")
        } else {
            format!("{column} IN ({})", places.join(", "))
        }
    }
}

#[derive(FromRow)]
struct ListRecord {
    id: String,
    workflow_id: String,
    version_id: String,
    workflow_name: String,
    version_number: i64,
    opened_by: String,
    opened_by_name: String,
    opened_at: i64,
    changed_at: i64,
    outcome: Option<String>,
    closed_at: Option<i64>,
    demo: bool,
    filled: i64,
    running: bool,
}

impl TryFrom<ListRecord> for IntakeRow {
    type Error = StoreError;
    fn try_from(row: ListRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "intake")?,
            workflow: parsed(&row.workflow_id, "workflow")?,
            version: parsed(&row.version_id, "version")?,
            workflow_name: row.workflow_name,
            version_number: number(row.version_number, "version number")?,
            opened_by: parsed(&row.opened_by, "user")?,
            opened_by_name: row.opened_by_name,
            opened_at: Timestamp::from_micros(row.opened_at),
            changed_at: Timestamp::from_micros(row.changed_at),
            outcome: row
                .outcome
                .map(|word| known(Outcome::parse(&word), "outcome"))
                .transpose()?,
            closed_at: row.closed_at.map(Timestamp::from_micros),
            demo: row.demo,
            filled: number(row.filled, "number of fields")?,
            running: row.running,
        })
    }
}
