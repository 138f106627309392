-- People, workspaces and sign-ins. Times are microseconds since 1970 in UTC; ids are text; JSON is text.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    password_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    voice_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('admin', 'supervisor', 'staff', 'analyst')),
    since BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- What the session layer stores, by a hash of the cookie's id: the id itself is never stored.
CREATE TABLE login_records (
    hash TEXT NOT NULL PRIMARY KEY,
    data TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_records_by_expiry ON login_records (expires_at);

CREATE TABLE logins (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    workspace_id TEXT REFERENCES workspaces (id),
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    absolute_until BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX logins_by_user ON logins (user_id);

-- Rates. `full_at` is the time at which the whole burst would be used up in even use (GCRA).
CREATE TABLE limits (
    key TEXT NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL
);
