-- The leash. Who drives a session's call: its process, a number that grows with each change of driver
-- (whoever holds an older one may write nothing), and until when, by the database's clock.
ALTER TABLE sessions ADD COLUMN driver TEXT;
ALTER TABLE sessions ADD COLUMN lease BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN leased_until BIGINT;
-- The configuration that the call is held to, sealed: another process goes on with the very same.
ALTER TABLE sessions ADD COLUMN pinned TEXT;
-- Talking: reserved at the start, settled at the end, in microseconds. It begins when the secret is used.
ALTER TABLE sessions ADD COLUMN connected_at BIGINT;
ALTER TABLE sessions ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN talked BIGINT;
-- When the person was last heard of in the conversation, and since when both sides are silenced.
ALTER TABLE sessions ADD COLUMN spoken_at BIGINT;
ALTER TABLE sessions ADD COLUMN paused_at BIGINT;

UPDATE sessions SET talked = CASE WHEN live_at IS NULL THEN 0 ELSE ended_at - live_at END WHERE state = 'ended';

CREATE INDEX sessions_by_user ON sessions (user_id, started_at);
CREATE INDEX sessions_by_workspace ON sessions (workspace_id, started_at);

-- What became of a secret: exactly one thing.
ALTER TABLE secrets ADD COLUMN fate TEXT CHECK (fate IN ('used', 'expired', 'revoked'));
UPDATE secrets SET fate = 'used' WHERE used_at IS NOT NULL;
UPDATE secrets SET fate = 'expired' WHERE used_at IS NULL;
CREATE INDEX secrets_open ON secrets (expires_at) WHERE fate IS NULL;

-- Minutes of talking a month, in microseconds: of a workspace as a whole, of each of its members or
-- workflows by id. Where there is no row there is no bound but the others.
CREATE TABLE allowances (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    scope TEXT NOT NULL CHECK (scope IN ('workspace', 'user', 'workflow')),
    subject TEXT NOT NULL,
    month BIGINT NOT NULL CHECK (month >= 0),
    PRIMARY KEY (workspace_id, scope, subject)
);

-- The row that starts take in turn; not empty while the operator has stopped them.
INSERT INTO meta (key, value) VALUES ('starts_stopped', '');

CREATE INDEX audit_by_action ON audit (workspace_id, action, at, id);

-- When the password was last given in this sign-in.
ALTER TABLE logins ADD COLUMN proved_at BIGINT;
UPDATE logins SET proved_at = started_at;
