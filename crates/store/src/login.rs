//! Sign-ins: our own rows, and the records that the session layer keeps beside them.

use crate::{
    Store, StoreError, Tx,
    db::{change, execute, optional},
    person::there,
    row::{parsed, parsed_option},
};
use domain::{LoginId, Timestamp, UserId, WorkspaceId};
use sqlx::FromRow;

/// A sign-in to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLogin {
    /// Its id.
    pub id: LoginId,
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// When it ends whatever happens.
    pub absolute_until: Timestamp,
}

/// What a sign-in is worth now. The caller decides whether it still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginFacts {
    /// Its id.
    pub login: LoginId,
    /// Who.
    pub user: UserId,
    /// The name shown to colleagues.
    pub name: String,
    /// Whether the user may not sign in any more.
    pub disabled: bool,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub absolute_until: Timestamp,
    /// Whether it was ended.
    pub ended: bool,
    /// The workspace the user chose to work in. They may have left it since.
    pub workspace: Option<WorkspaceId>,
}

impl Store {
    /// Writes a record, new or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_login_record(
        &self,
        hash: &str,
        data: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        change!(self,
            "INSERT INTO login_records (hash, data, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
            hash,
            data,
            expires_at.as_micros(),
        );
        Ok(())
    }

    /// Writes a new record; false when the hash is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_login_record(
        &self,
        hash: &str,
        data: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let written = change!(
            self,
            "INSERT INTO login_records (hash, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
            hash,
            data,
            expires_at.as_micros(),
        );
        Ok(written == 1)
    }

    /// A record that has not expired, and when it will.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_login_record(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row: Option<(String, i64)> = optional!(
            self.read().await?.link(),
            "SELECT data, expires_at FROM login_records WHERE hash = $1 AND expires_at > $2",
            hash,
            now.as_micros(),
        )?;
        Ok(row.map(|(data, expires_at)| (data, Timestamp::from_micros(expires_at))))
    }

    /// Deletes a record, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_login_record(&self, hash: &str) -> Result<(), StoreError> {
        change!(self, "DELETE FROM login_records WHERE hash = $1", hash);
        Ok(())
    }

    /// The sign-in of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login(&self, login: &LoginId) -> Result<Option<LoginFacts>, StoreError> {
        let row: Option<LoginRecord> = optional!(
            self.read().await?.link(),
            "SELECT l.id, l.user_id, u.name, u.disabled, l.seen_at, l.absolute_until, l.ended_at, l.workspace_id
             FROM logins l JOIN users u ON u.id = l.user_id
             WHERE l.id = $1",
            login.as_str(),
        )?;
        row.map(LoginFacts::try_from).transpose()
    }

    /// When the password of a sign-in was last given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proved_at(&self, login: &LoginId) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<(Option<i64>,)> = optional!(
            self.read().await?.link(),
            "SELECT proved_at FROM logins WHERE id = $1",
            login.as_str(),
        )?;
        Ok(row.and_then(|(at,)| at).map(Timestamp::from_micros))
    }

    /// Notes that a sign-in was used. One that has ended stays as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_login(&self, login: &LoginId, at: Timestamp) -> Result<(), StoreError> {
        change!(
            self,
            "UPDATE logins SET seen_at = $2 WHERE id = $1 AND seen_at < $2 AND ended_at IS NULL",
            login.as_str(),
            at.as_micros(),
        );
        Ok(())
    }

    /// Sets the workspace a sign-in works in.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the sign-in has ended or its user is no member there.
    pub async fn choose_workspace(
        &self,
        login: &LoginId,
        workspace: &WorkspaceId,
    ) -> Result<(), StoreError> {
        let touched = change!(self,
            "UPDATE logins SET workspace_id = $2
             WHERE id = $1 AND ended_at IS NULL
               AND EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = $2 AND m.user_id = logins.user_id)",
            login.as_str(),
            workspace.as_str(),
        );
        there(touched)
    }

    /// Ends a sign-in; false when it had ended before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_login(&self, login: &LoginId, at: Timestamp) -> Result<bool, StoreError> {
        let touched = change!(
            self,
            "UPDATE logins SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
            login.as_str(),
            at.as_micros(),
        );
        Ok(touched == 1)
    }

    /// Deletes the records that expired, and the sign-ins that were over, before that time; how many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_logins(&self, before: Timestamp) -> Result<u64, StoreError> {
        let records = change!(
            self,
            "DELETE FROM login_records WHERE expires_at < $1",
            before.as_micros(),
        );
        let logins = change!(
            self,
            "DELETE FROM logins WHERE absolute_until < $1 OR ended_at < $1",
            before.as_micros(),
        );
        Ok(records + logins)
    }
}

impl Tx {
    /// Records a sign-in.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such user.
    pub async fn create_login(&mut self, login: &NewLogin) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO logins (id, user_id, started_at, seen_at, absolute_until, proved_at) VALUES ($1, $2, $3, $3, $4, $3)",
            login.id.as_str(),
            login.user.as_str(),
            login.at.as_micros(),
            login.absolute_until.as_micros(),
        )?;
        Ok(())
    }

    /// Notes that the password of a sign-in was given again; false when it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_login(
        &mut self,
        login: &LoginId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = execute!(
            self.link(),
            "UPDATE logins SET proved_at = $2, seen_at = $2 WHERE id = $1 AND ended_at IS NULL",
            login.as_str(),
            at.as_micros(),
        )?;
        Ok(touched == 1)
    }

    /// Ends all sign-ins of a user; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_logins_of(&mut self, user: &UserId, at: Timestamp) -> Result<u64, StoreError> {
        Ok(execute!(
            self.link(),
            "UPDATE logins SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL",
            user.as_str(),
            at.as_micros(),
        )?)
    }
}

#[derive(FromRow)]
struct LoginRecord {
    id: String,
    user_id: String,
    name: String,
    disabled: bool,
    seen_at: i64,
    absolute_until: i64,
    ended_at: Option<i64>,
    workspace_id: Option<String>,
}

impl TryFrom<LoginRecord> for LoginFacts {
    type Error = StoreError;
    fn try_from(row: LoginRecord) -> Result<Self, StoreError> {
        Ok(Self {
            login: parsed(&row.id, "sign-in")?,
            user: parsed(&row.user_id, "user")?,
            name: row.name,
            disabled: row.disabled,
            seen_at: Timestamp::from_micros(row.seen_at),
            absolute_until: Timestamp::from_micros(row.absolute_until),
            ended: row.ended_at.is_some(),
            workspace: parsed_option(row.workspace_id.as_deref(), "workspace")?,
        })
    }
}
