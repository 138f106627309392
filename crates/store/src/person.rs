//! Users, workspaces and who is a member of which.

use crate::{
    Store, StoreError, Tx,
    db::{Link, all, execute, hold, one, optional},
    row::{entities, parsed},
};
use domain::{
    Timestamp, UserId, WorkspaceId,
    person::{Membership, Role, SignInAddress},
};
use sqlx::FromRow;

/// A user to be made.
pub struct NewUser {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub address: SignInAddress,
    /// The name shown to colleagues.
    pub name: String,
    /// The hash of their password, in PHC form.
    pub password_hash: String,
    /// When.
    pub at: Timestamp,
}

/// A user, as sign-in needs them. Without `Debug`, because of the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// The name shown to colleagues.
    pub name: String,
    /// What they sign in with.
    pub address: String,
    /// The hash of their password, in PHC form.
    pub password_hash: String,
    /// Whether they may not sign in.
    pub disabled: bool,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Whether the operator lets it use voice.
    pub voice_enabled: bool,
}

impl Store {
    /// The user who signs in with that address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_by_address(
        &self,
        address: &SignInAddress,
    ) -> Result<Option<UserRow>, StoreError> {
        let row: Option<UserRecord> = optional!(
            self.read().await?.link(),
            "SELECT id, name, address, password_hash, disabled FROM users WHERE address = $1",
            address.as_str(),
        )?;
        row.map(UserRow::try_from).transpose()
    }

    /// The user of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, user: &UserId) -> Result<Option<UserRow>, StoreError> {
        let row: Option<UserRecord> = optional!(
            self.read().await?.link(),
            "SELECT id, name, address, password_hash, disabled FROM users WHERE id = $1",
            user.as_str(),
        )?;
        row.map(UserRow::try_from).transpose()
    }

    /// How many users there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_count(&self) -> Result<i64, StoreError> {
        let (count,): (i64,) = one!(self.read().await?.link(), "SELECT COUNT(*) FROM users")?;
        Ok(count)
    }

    /// The workspace of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workspace(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Option<Workspace>, StoreError> {
        workspace_of(self.read().await?.link(), workspace).await
    }

    /// The workspace of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workspace_by_name(&self, name: &str) -> Result<Option<Workspace>, StoreError> {
        let row: Option<WorkspaceRecord> = optional!(
            self.read().await?.link(),
            "SELECT id, name, voice_enabled FROM workspaces WHERE name = $1",
            name,
        )?;
        row.map(Workspace::try_from).transpose()
    }

    /// Where a user is a member, by the workspaces' names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn memberships(&self, user: &UserId) -> Result<Vec<Membership>, StoreError> {
        let rows: Vec<MembershipRecord> = all!(
            self.read().await?.link(),
            "SELECT m.workspace_id, w.name AS workspace_name, m.role
             FROM members m JOIN workspaces w ON w.id = m.workspace_id
             WHERE m.user_id = $1
             ORDER BY w.name",
            user.as_str(),
        )?;
        entities(rows)
    }

    /// Who is a member of a workspace, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn member_names(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<(UserId, String, Role)>, StoreError> {
        let rows: Vec<(String, String, String)> = all!(
            self.read().await?.link(),
            "SELECT u.id, u.name, m.role
             FROM members m JOIN users u ON u.id = m.user_id
             WHERE m.workspace_id = $1
             ORDER BY u.name, u.id",
            workspace.as_str(),
        )?;
        rows.into_iter()
            .map(|(id, name, role)| Ok((parsed(&id, "user")?, name, parsed(&role, "role")?)))
            .collect()
    }
}

impl Tx {
    /// Makes a user.
    ///
    /// # Errors
    /// [`StoreError::Unique`] when the address is taken.
    pub async fn create_user(&mut self, user: &NewUser) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO users (id, address, name, password_hash, created_at, password_at) VALUES ($1, $2, $3, $4, $5, $5)",
            user.id.as_str(),
            user.address.as_str(),
            user.name.as_str(),
            user.password_hash.as_str(),
            user.at.as_micros(),
        )?;
        Ok(())
    }

    /// Holds a user's row until the transaction ends. What counts things per
    /// user across workspaces takes it, so that two such counts cannot run at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_user(&mut self, user: &UserId) -> Result<(), StoreError> {
        Ok(hold!(
            self.link(),
            "SELECT 1 FROM users WHERE id = $1",
            user.as_str()
        )?)
    }

    /// Sets a user's password hash.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such user.
    pub async fn set_password(
        &mut self,
        user: &UserId,
        hash: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let touched = execute!(
            self.link(),
            "UPDATE users SET password_hash = $2, password_at = $3 WHERE id = $1",
            user.as_str(),
            hash,
            at.as_micros(),
        )?;
        there(touched)
    }

    /// Lets a user sign in, or not.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such user.
    pub async fn set_disabled(&mut self, user: &UserId, disabled: bool) -> Result<(), StoreError> {
        there(execute!(
            self.link(),
            "UPDATE users SET disabled = $2 WHERE id = $1",
            user.as_str(),
            disabled
        )?)
    }

    /// Makes a workspace. Voice is on until [`Tx::set_voice`] says otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unique`] when the name is taken.
    pub async fn create_workspace(
        &mut self,
        workspace: &WorkspaceId,
        name: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)",
            workspace.as_str(),
            name,
            at.as_micros(),
        )?;
        Ok(())
    }

    /// Holds a workspace's row until the transaction ends: session starts take it one by one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_workspace(
        &mut self,
        workspace: &WorkspaceId,
    ) -> Result<Option<Workspace>, StoreError> {
        hold!(
            self.link(),
            "SELECT 1 FROM workspaces WHERE id = $1",
            workspace.as_str()
        )?;
        workspace_of(self.link(), workspace).await
    }

    /// Lets a workspace use voice, or not.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such workspace.
    pub async fn set_voice(
        &mut self,
        workspace: &WorkspaceId,
        enabled: bool,
    ) -> Result<(), StoreError> {
        there(execute!(
            self.link(),
            "UPDATE workspaces SET voice_enabled = $2 WHERE id = $1",
            workspace.as_str(),
            enabled
        )?)
    }

    /// Makes a user a member, or changes what they are there.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such user or workspace.
    pub async fn put_member(
        &mut self,
        workspace: &WorkspaceId,
        user: &UserId,
        role: Role,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO members (workspace_id, user_id, role, since) VALUES ($1, $2, $3, $4)
             ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
            workspace.as_str(),
            user.as_str(),
            role.as_str(),
            at.as_micros(),
        )?;
        Ok(())
    }

    /// Ends a membership, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_member(
        &mut self,
        workspace: &WorkspaceId,
        user: &UserId,
    ) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "DELETE FROM members WHERE workspace_id = $1 AND user_id = $2",
            workspace.as_str(),
            user.as_str(),
        )?;
        Ok(())
    }
}

/// A change to one row that must be there.
pub(crate) const fn there(touched: u64) -> Result<(), StoreError> {
    if touched == 0 {
        Err(StoreError::Missing)
    } else {
        Ok(())
    }
}

#[derive(FromRow)]
struct UserRecord {
    id: String,
    name: String,
    address: String,
    password_hash: String,
    disabled: bool,
}

impl TryFrom<UserRecord> for UserRow {
    type Error = StoreError;
    fn try_from(row: UserRecord) -> Result<Self, StoreError> {
        let UserRecord {
            id,
            name,
            address,
            password_hash,
            disabled,
        } = row;
        Ok(Self {
            id: parsed(&id, "user")?,
            name,
            address,
            password_hash,
            disabled,
        })
    }
}

async fn workspace_of(
    link: Link<'_>,
    workspace: &WorkspaceId,
) -> Result<Option<Workspace>, StoreError> {
    let row: Option<WorkspaceRecord> = optional!(
        link,
        "SELECT id, name, voice_enabled FROM workspaces WHERE id = $1",
        workspace.as_str(),
    )?;
    row.map(Workspace::try_from).transpose()
}

#[derive(FromRow)]
struct WorkspaceRecord {
    id: String,
    name: String,
    voice_enabled: bool,
}

impl TryFrom<WorkspaceRecord> for Workspace {
    type Error = StoreError;
    fn try_from(row: WorkspaceRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id, "workspace")?,
            name: row.name,
            voice_enabled: row.voice_enabled,
        })
    }
}

#[derive(FromRow)]
struct MembershipRecord {
    workspace_id: String,
    workspace_name: String,
    role: String,
}

impl TryFrom<MembershipRecord> for Membership {
    type Error = StoreError;
    fn try_from(row: MembershipRecord) -> Result<Self, StoreError> {
        Ok(Self {
            workspace: parsed(&row.workspace_id, "workspace")?,
            workspace_name: row.workspace_name,
            role: parsed(&row.role, "role")?,
        })
    }
}
