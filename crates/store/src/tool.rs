//! Tool calls, each at most once in its session, and what each response used.

use crate::{
    Store, StoreError, Tx,
    db::{execute, one},
};
use domain::{ResponseId, SessionId, Timestamp, ToolCallId, call::Usage};

impl Store {
    /// What all responses of a session used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage_of_session(&self, session: &SessionId) -> Result<Usage, StoreError> {
        let sums: (i64, i64, i64, i64, i64) = one!(
            self.read().await?.link(),
            "SELECT CAST(COALESCE(SUM(input), 0) AS BIGINT), CAST(COALESCE(SUM(cached), 0) AS BIGINT),
                    CAST(COALESCE(SUM(input_audio), 0) AS BIGINT), CAST(COALESCE(SUM(output), 0) AS BIGINT),
                    CAST(COALESCE(SUM(output_audio), 0) AS BIGINT)
             FROM usage WHERE session_id = $1",
            session.as_str(),
        )?;
        let tokens =
            |sum: i64| u64::try_from(sum).map_err(|_| StoreError::Corrupt { what: "usage" });
        Ok(Usage {
            input: tokens(sums.0)?,
            cached: tokens(sums.1)?,
            input_audio: tokens(sums.2)?,
            output: tokens(sums.3)?,
            output_audio: tokens(sums.4)?,
        })
    }
}

impl Tx {
    /// Writes down the intent to run a tool; false when this session asked for it before.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn begin_tool(
        &mut self,
        session: &SessionId,
        call: &ToolCallId,
        name: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let written = execute!(
            self.link(),
            "INSERT INTO tool_calls (session_id, id, name, at) VALUES ($1, $2, $3, $4) ON CONFLICT (session_id, id) DO NOTHING",
            session.as_str(),
            call.as_str(),
            name,
            at.as_micros(),
        )?;
        Ok(written == 1)
    }

    /// Writes down how it went, in words of ours. The first answer stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_tool(
        &mut self,
        session: &SessionId,
        call: &ToolCallId,
        ok: bool,
        outcome: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self.link(),
            "UPDATE tool_calls SET ended_at = $5, ok = $3, outcome = $4 WHERE session_id = $1 AND id = $2 AND ended_at IS NULL",
            session.as_str(),
            call.as_str(),
            ok,
            outcome,
            at.as_micros(),
        )?;
        Ok(())
    }

    /// Keeps what a response used; false when it was kept before.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such session.
    pub async fn add_usage(
        &mut self,
        session: &SessionId,
        response: &ResponseId,
        usage: &Usage,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        // A count beyond the column's reach is nonsense from outside; the largest one stands for it.
        let tokens = |count: u64| i64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let written = execute!(
            self.link(),
            "INSERT INTO usage (session_id, response_id, input, cached, input_audio, output, output_audio, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (session_id, response_id) DO NOTHING",
            session.as_str(),
            response.as_str(),
            tokens(usage.input),
            tokens(usage.cached),
            tokens(usage.input_audio),
            tokens(usage.output),
            tokens(usage.output_audio),
            at.as_micros(),
        )?;
        Ok(written == 1)
    }
}
