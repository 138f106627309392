//! Our own short-lived secrets, known by their hash and good for one use.

use crate::{
    Store, StoreError, Tx,
    db::{all, execute, hold, optional},
    row::known,
    session::{SessionRecord, session_columns, sound_sessions},
};
use domain::{ProviderCallId, SessionId, Timestamp, sdp::DtlsFingerprint, session::Session};
use sqlx::FromRow;

/// A secret to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// The hash of the secret.
    pub hash: String,
    /// The session it starts.
    pub session: SessionId,
    /// The page it is bound to.
    pub fingerprint: Option<DtlsFingerprint>,
    /// When it dies.
    pub expires_at: Timestamp,
}

/// What is known about a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFacts {
    /// The session it starts.
    pub session: Session,
    /// The page it is bound to.
    pub fingerprint: Option<DtlsFingerprint>,
    /// When it dies.
    pub expires_at: Timestamp,
    /// What became of it; none while it can be used.
    pub fate: Option<SecretFate>,
}

/// What became of a secret. Each has one fate, once (requirement A64).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretFate {
    /// It was used.
    Used,
    /// Its time was over before anybody used it.
    Expired,
    /// Its session was over before anybody used it.
    Revoked,
}

impl SecretFate {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Used, Self::Expired, Self::Revoked]
            .into_iter()
            .find(|fate| fate.as_str() == word)
    }
}

impl Store {
    /// Sessions whose unused secret's time is over and that nobody has written down: for the server
    /// itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired_secrets(&self, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRecord> = all!(
            self.read().await?.link(),
            concat!(
                "SELECT ",
                session_columns!(),
                " FROM sessions WHERE id IN (SELECT session_id FROM secrets WHERE fate IS NULL AND expires_at <= $1)"
            ),
            now.as_micros(),
        )?;
        Ok(sound_sessions(rows))
    }

    /// What is known about the secret of that hash. The hash is the credential, so there is no
    /// workspace to ask for: the session tells it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secret(&self, hash: &str) -> Result<Option<SecretFacts>, StoreError> {
        let row: Option<SecretRecord> = optional!(
            self.read().await?.link(),
            concat!(
                "SELECT ",
                session_columns!(),
                ", fingerprint, expires_at, fate
                 FROM secrets JOIN sessions ON sessions.id = secrets.session_id
                 WHERE hash = $1"
            ),
            hash,
        )?;
        row.map(SecretFacts::try_from).transpose()
    }
}

impl Tx {
    /// Uses a secret, once: when it is unused and alive and its session is still starting. The
    /// session is connecting then, and its talking is counted from here on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_secret(&mut self, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        // The intake before the session, as everywhere: see `hold_intake_of`.
        hold!(
            self.link(),
            "SELECT 1 FROM intakes
             WHERE id = (SELECT s.intake_id FROM secrets k JOIN sessions s ON s.id = k.session_id WHERE k.hash = $1)",
            hash,
        )?;
        let used: Option<(String,)> = optional!(
            self.link(),
            "UPDATE secrets SET used_at = $2, fate = 'used'
             WHERE hash = $1 AND fate IS NULL AND expires_at > $2
               AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = secrets.session_id AND s.state = 'starting')
             RETURNING session_id",
            hash,
            now.as_micros(),
        )?;
        let Some((session,)) = used else {
            return Ok(false);
        };
        let connecting = execute!(
            self.link(),
            "UPDATE sessions SET state = 'connecting', connected_at = $2, spoken_at = $2 WHERE id = $1 AND state = 'starting'",
            session,
            now.as_micros(),
        )?;
        Ok(connecting == 1)
    }

    /// Puts the secret that the provider minted in the place of one that nobody got, and keeps what the
    /// call will be held to, sealed; false when the session is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_minted(
        &mut self,
        session: &SessionId,
        hash: &str,
        expires_at: Timestamp,
        pinned: &str,
    ) -> Result<bool, StoreError> {
        self.hold_intake_of(session).await?;
        let kept = execute!(
            self.link(),
            "UPDATE sessions SET pinned = $2 WHERE id = $1 AND state = 'starting'",
            session.as_str(),
            pinned,
        )?;
        execute!(
            self.link(),
            "UPDATE secrets SET hash = $2, expires_at = $3 WHERE session_id = $1 AND fate IS NULL",
            session.as_str(),
            hash,
            expires_at.as_micros(),
        )?;
        Ok(kept == 1)
    }

    /// Takes the call that a page made itself; false when the session waits for none. It is connecting
    /// then, and its secret counts as used.
    ///
    /// # Errors
    /// [`StoreError::Unique`] when another session of that profile has that call.
    pub async fn take_call(
        &mut self,
        session: &SessionId,
        call: &ProviderCallId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.hold_intake_of(session).await?;
        let taken = execute!(
            self.link(),
            "UPDATE sessions SET state = 'connecting', call_id = $2, connected_at = $3, spoken_at = $3
             WHERE id = $1 AND state = 'starting' AND call_id IS NULL",
            session.as_str(),
            call.as_str(),
            now.as_micros(),
        )?;
        if taken == 0 {
            return Ok(false);
        }
        execute!(
            self.link(),
            "UPDATE secrets SET used_at = $2, fate = 'used' WHERE session_id = $1 AND fate IS NULL",
            session.as_str(),
            now.as_micros(),
        )?;
        Ok(true)
    }

    /// Writes down what became of a session's unused secret: expired when its time was over by `now`,
    /// revoked otherwise. None when that was known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_secret(
        &mut self,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<Option<SecretFate>, StoreError> {
        let row: Option<(String,)> = optional!(
            self.link(),
            "UPDATE secrets SET fate = CASE WHEN expires_at <= $2 THEN 'expired' ELSE 'revoked' END
             WHERE session_id = $1 AND fate IS NULL RETURNING fate",
            session.as_str(),
            now.as_micros(),
        )?;
        row.map(|(fate,)| known(SecretFate::parse(&fate), "fate of a secret"))
            .transpose()
    }

    pub(crate) async fn keep_secret(&mut self, secret: &NewSecret) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "INSERT INTO secrets (hash, session_id, fingerprint, expires_at) VALUES ($1, $2, $3, $4)",
            secret.hash.as_str(),
            secret.session.as_str(),
            secret.fingerprint.as_ref().map(DtlsFingerprint::as_str),
            secret.expires_at.as_micros(),
        )?;
        Ok(())
    }
}

#[derive(FromRow)]
struct SecretRecord {
    #[sqlx(flatten)]
    session: SessionRecord,
    fingerprint: Option<String>,
    expires_at: i64,
    fate: Option<String>,
}

impl TryFrom<SecretRecord> for SecretFacts {
    type Error = StoreError;
    fn try_from(row: SecretRecord) -> Result<Self, StoreError> {
        let fingerprint = row
            .fingerprint
            .map(|text| known(DtlsFingerprint::parse(&text).ok(), "fingerprint"));
        Ok(Self {
            session: row.session.try_into()?,
            fingerprint: fingerprint.transpose()?,
            expires_at: Timestamp::from_micros(row.expires_at),
            fate: row
                .fate
                .map(|fate| known(SecretFate::parse(&fate), "fate of a secret"))
                .transpose()?,
        })
    }
}
