//! The fields of an intake: the value now, and every value it ever had.

use crate::{
    AtRest, Store, StoreError, Tx,
    db::{Link, all, execute},
    person::there,
    row::{entities, from_json, known, number, parsed, to_json},
};
use domain::{
    FieldKey, IntakeId, Timestamp, WorkspaceId,
    intake::{Evidence, FieldState, SetBy},
};
use sqlx::FromRow;

/// The value of a field now, as it is at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredField {
    /// The field.
    pub key: FieldKey,
    /// Its value.
    pub value: AtRest,
    /// How sure it is.
    pub state: FieldState,
    /// Who set it.
    pub set_by: SetBy,
    /// From which utterance.
    pub evidence: Option<Evidence>,
    /// Another value the model heard after a person had edited this one.
    pub heard_instead: Option<AtRest>,
    /// 1, 2, 3, … within this field.
    pub revision: u32,
    /// When it was set.
    pub at: Timestamp,
}

/// A value a field has, or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRevision {
    /// The field.
    pub key: FieldKey,
    /// The value.
    pub value: AtRest,
    /// How sure it was.
    pub state: FieldState,
    /// Who set it.
    pub set_by: SetBy,
    /// 1, 2, 3, … within this field.
    pub revision: u32,
    /// When it was set.
    pub at: Timestamp,
}

/// A value that was heard beside a hand-made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldConflict {
    /// The field.
    pub key: FieldKey,
    /// The value that was heard.
    pub value: AtRest,
    /// The revision it stood beside.
    pub revision: u32,
}

impl Store {
    /// The fields of an intake that have a value, by key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fields(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Vec<StoredField>, StoreError> {
        fields_of(self.read().await?.link(), workspace, intake).await
    }

    /// Every value that fields of an intake have or had, in the order they were set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn field_history(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Vec<FieldRevision>, StoreError> {
        let rows: Vec<RevisionRecord> = all!(
            self.read().await?.link(),
            "SELECT key, value, sealed, state, set_by, revision, at
             FROM field_history
             WHERE workspace_id = $1 AND intake_id = $2 AND kind = 'set'
             ORDER BY entry",
            workspace.as_str(),
            intake.as_str(),
        )?;
        entities(rows)
    }

    /// Every value that was heard beside a hand-made one, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn field_conflicts(
        &self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Vec<FieldConflict>, StoreError> {
        let rows: Vec<ConflictRecord> = all!(
            self.read().await?.link(),
            "SELECT key, value, sealed, revision
             FROM field_history
             WHERE workspace_id = $1 AND intake_id = $2 AND kind = 'conflict'
             ORDER BY entry",
            workspace.as_str(),
            intake.as_str(),
        )?;
        entities(rows)
    }
}

impl Tx {
    /// The fields of an intake that have a value, by key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fields(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
    ) -> Result<Vec<StoredField>, StoreError> {
        fields_of(self.link(), workspace, intake).await
    }

    /// Sets a field and keeps the value in its history. The caller holds the intake
    /// ([`Tx::lock_intake`]).
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the workspace has no such intake.
    pub async fn put_field(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        field: &StoredField,
    ) -> Result<(), StoreError> {
        let set_by = to_json(&field.set_by, "author")?;
        let evidence = field
            .evidence
            .as_ref()
            .map(|evidence| to_json(evidence, "evidence"))
            .transpose()?;
        there(execute!(
            self.link(),
            "INSERT INTO fields
                 (workspace_id, intake_id, key, value, sealed, folded, state, set_by, evidence,
                  heard_instead, heard_sealed, revision, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (intake_id, key) DO UPDATE
             SET value = excluded.value, sealed = excluded.sealed, folded = excluded.folded, state = excluded.state,
                 set_by = excluded.set_by, evidence = excluded.evidence, heard_instead = excluded.heard_instead,
                 heard_sealed = excluded.heard_sealed, revision = excluded.revision, at = excluded.at
             WHERE fields.workspace_id = excluded.workspace_id",
            workspace.as_str(),
            intake.as_str(),
            field.key.as_str(),
            field.value.text(),
            field.value.is_sealed(),
            field.value.folded(),
            field.state.as_str(),
            set_by.as_str(),
            evidence.as_deref(),
            field.heard_instead.as_ref().map(AtRest::text),
            field.heard_instead.as_ref().is_some_and(AtRest::is_sealed),
            i64::from(field.revision),
            field.at.as_micros(),
        )?)?;
        execute!(
            self.link(),
            "INSERT INTO field_history
                 (workspace_id, intake_id, entry, key, kind, value, sealed, state, set_by, revision, at)
             SELECT $1, $2, COALESCE(MAX(entry), 0) + 1, $3, 'set', $4, $5, $6, $7, $8, $9
             FROM field_history WHERE intake_id = $2",
            workspace.as_str(),
            intake.as_str(),
            field.key.as_str(),
            field.value.text(),
            field.value.is_sealed(),
            field.state.as_str(),
            set_by.as_str(),
            i64::from(field.revision),
            field.at.as_micros(),
        )?;
        Ok(())
    }

    /// Keeps a value that was heard beside a hand-made one, on the field and in its history. The
    /// caller holds the intake.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the field has no value.
    pub async fn set_conflict(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        key: &FieldKey,
        heard: &AtRest,
    ) -> Result<(), StoreError> {
        there(execute!(
            self.link(),
            "UPDATE fields SET heard_instead = $4, heard_sealed = $5 WHERE workspace_id = $1 AND intake_id = $2 AND key = $3",
            workspace.as_str(),
            intake.as_str(),
            key.as_str(),
            heard.text(),
            heard.is_sealed(),
        )?)?;
        execute!(
            self.link(),
            "INSERT INTO field_history (workspace_id, intake_id, entry, key, kind, value, sealed, revision)
             SELECT f.workspace_id, f.intake_id,
                    (SELECT COALESCE(MAX(h.entry), 0) + 1 FROM field_history h WHERE h.intake_id = f.intake_id),
                    f.key, 'conflict', f.heard_instead, f.heard_sealed, f.revision
             FROM fields f
             WHERE f.workspace_id = $1 AND f.intake_id = $2 AND f.key = $3",
            workspace.as_str(),
            intake.as_str(),
            key.as_str(),
        )?;
        Ok(())
    }

    /// Drops the value heard beside a hand-made one; its history stays.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the field has no value.
    pub async fn clear_conflict(
        &mut self,
        workspace: &WorkspaceId,
        intake: &IntakeId,
        key: &FieldKey,
    ) -> Result<(), StoreError> {
        there(execute!(
            self.link(),
            "UPDATE fields SET heard_instead = NULL, heard_sealed = FALSE
             WHERE workspace_id = $1 AND intake_id = $2 AND key = $3",
            workspace.as_str(),
            intake.as_str(),
            key.as_str(),
        )?)
    }
}

async fn fields_of(
    link: Link<'_>,
    workspace: &WorkspaceId,
    intake: &IntakeId,
) -> Result<Vec<StoredField>, StoreError> {
    let rows: Vec<FieldRecord> = all!(
        link,
        "SELECT key, value, sealed, state, set_by, evidence, heard_instead, heard_sealed, revision, at
         FROM fields
         WHERE workspace_id = $1 AND intake_id = $2
         ORDER BY key",
        workspace.as_str(),
        intake.as_str(),
    )?;
    entities(rows)
}

#[derive(FromRow)]
struct FieldRecord {
    key: String,
    value: String,
    sealed: bool,
    state: String,
    set_by: String,
    evidence: Option<String>,
    heard_instead: Option<String>,
    heard_sealed: bool,
    revision: i64,
    at: i64,
}

impl TryFrom<FieldRecord> for StoredField {
    type Error = StoreError;
    fn try_from(row: FieldRecord) -> Result<Self, StoreError> {
        Ok(Self {
            key: parsed(&row.key, "field key")?,
            value: AtRest::from_columns(row.value, row.sealed),
            state: known(FieldState::parse(&row.state), "field state")?,
            set_by: from_json(&row.set_by, "author")?,
            evidence: row
                .evidence
                .map(|text| from_json(&text, "evidence"))
                .transpose()?,
            heard_instead: row
                .heard_instead
                .map(|text| AtRest::from_columns(text, row.heard_sealed)),
            revision: number(row.revision, "revision")?,
            at: Timestamp::from_micros(row.at),
        })
    }
}

#[derive(FromRow)]
struct RevisionRecord {
    key: String,
    value: String,
    sealed: bool,
    state: Option<String>,
    set_by: Option<String>,
    revision: i64,
    at: Option<i64>,
}

impl TryFrom<RevisionRecord> for FieldRevision {
    type Error = StoreError;
    fn try_from(row: RevisionRecord) -> Result<Self, StoreError> {
        Ok(Self {
            key: parsed(&row.key, "field key")?,
            value: AtRest::from_columns(row.value, row.sealed),
            state: known(
                row.state.as_deref().and_then(FieldState::parse),
                "field state",
            )?,
            set_by: from_json(known(row.set_by.as_deref(), "author")?, "author")?,
            revision: number(row.revision, "revision")?,
            at: Timestamp::from_micros(known(row.at, "time of a revision")?),
        })
    }
}

#[derive(FromRow)]
struct ConflictRecord {
    key: String,
    value: String,
    sealed: bool,
    revision: i64,
}

impl TryFrom<ConflictRecord> for FieldConflict {
    type Error = StoreError;
    fn try_from(row: ConflictRecord) -> Result<Self, StoreError> {
        Ok(Self {
            key: parsed(&row.key, "field key")?,
            value: AtRest::from_columns(row.value, row.sealed),
            revision: number(row.revision, "revision")?,
        })
    }
}
