-- Intakes, their fields with history, and what happened on them. No spoken words anywhere.

CREATE TABLE intakes (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    workflow_id TEXT NOT NULL,
    version_id TEXT NOT NULL,
    opened_by TEXT NOT NULL REFERENCES users (id),
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    outcome TEXT CHECK (outcome IN ('complete', 'escalated', 'abandoned')),
    closed_at BIGINT,
    reason TEXT,
    reason_sealed BOOLEAN NOT NULL DEFAULT FALSE,
    waived TEXT NOT NULL,
    demo BOOLEAN NOT NULL,
    event_seq BIGINT NOT NULL DEFAULT 0,
    UNIQUE (workspace_id, id),
    CHECK ((outcome IS NULL) = (closed_at IS NULL)),
    CHECK (outcome IS NOT NULL OR reason IS NULL),
    FOREIGN KEY (workspace_id, workflow_id, version_id) REFERENCES workflow_versions (workspace_id, workflow_id, id)
);
CREATE INDEX intakes_by_time ON intakes (workspace_id, opened_at, id);
CREATE INDEX intakes_open ON intakes (changed_at) WHERE outcome IS NULL;

-- `folded` is the value in lower case for search; absent when the value is sealed.
CREATE TABLE fields (
    workspace_id TEXT NOT NULL,
    intake_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    sealed BOOLEAN NOT NULL,
    folded TEXT,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'edited')),
    set_by TEXT NOT NULL,
    evidence TEXT,
    heard_instead TEXT,
    heard_sealed BOOLEAN NOT NULL DEFAULT FALSE,
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (intake_id, key),
    CHECK (NOT sealed OR folded IS NULL),
    FOREIGN KEY (workspace_id, intake_id) REFERENCES intakes (workspace_id, id)
);

-- Every value a field ever had (`set`) and every value heard beside a hand-made one (`conflict`),
-- numbered within the intake. A conflict has no author, state and time of its own: its event has.
CREATE TABLE field_history (
    workspace_id TEXT NOT NULL,
    intake_id TEXT NOT NULL,
    entry BIGINT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('set', 'conflict')),
    value TEXT NOT NULL,
    sealed BOOLEAN NOT NULL,
    state TEXT,
    set_by TEXT,
    revision BIGINT NOT NULL,
    at BIGINT,
    PRIMARY KEY (intake_id, entry),
    FOREIGN KEY (workspace_id, intake_id) REFERENCES intakes (workspace_id, id)
);

-- `login_id` is no foreign key: sign-ins are purged, sessions stay.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    intake_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    version_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    login_id TEXT NOT NULL,
    idempotency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('starting', 'connecting', 'live', 'ended')),
    end_reason TEXT,
    mode TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    grants TEXT NOT NULL,
    profile TEXT NOT NULL,
    call_id TEXT,
    hangup_pending BOOLEAN NOT NULL,
    started_at BIGINT NOT NULL,
    live_at BIGINT,
    deadline_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    UNIQUE (user_id, idempotency),
    UNIQUE (profile, call_id),
    -- Exactly one end reason, and only at the end.
    CHECK ((state = 'ended') = (end_reason IS NOT NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    FOREIGN KEY (workspace_id, intake_id) REFERENCES intakes (workspace_id, id),
    FOREIGN KEY (workspace_id, workflow_id, version_id) REFERENCES workflow_versions (workspace_id, workflow_id, id)
);
CREATE INDEX sessions_by_intake ON sessions (intake_id, started_at);
CREATE INDEX sessions_running ON sessions (workspace_id) WHERE state <> 'ended';
CREATE INDEX sessions_running_of_user ON sessions (user_id) WHERE state <> 'ended';
-- One attempt at a time per intake.
CREATE UNIQUE INDEX sessions_running_of_intake ON sessions (intake_id) WHERE state <> 'ended';
CREATE INDEX sessions_to_hang_up ON sessions (ended_at) WHERE hangup_pending;

-- Our own short-lived secrets, by hash.
CREATE TABLE secrets (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    fingerprint TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX secrets_by_session ON secrets (session_id);

-- What the model asked for, once per id. No arguments and no results: those are the fields' values.
CREATE TABLE tool_calls (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT,
    ok BOOLEAN,
    outcome TEXT,
    PRIMARY KEY (session_id, id)
);

CREATE TABLE usage (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    response_id TEXT NOT NULL,
    input BIGINT NOT NULL,
    cached BIGINT NOT NULL,
    input_audio BIGINT NOT NULL,
    output BIGINT NOT NULL,
    output_audio BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (session_id, response_id)
);

CREATE TABLE events (
    workspace_id TEXT NOT NULL,
    intake_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    session_id TEXT REFERENCES sessions (id),
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (intake_id, seq),
    FOREIGN KEY (workspace_id, intake_id) REFERENCES intakes (workspace_id, id)
);

-- No foreign keys: the trail outlives what it speaks of.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    workspace_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    intake_id TEXT,
    session_id TEXT,
    details TEXT NOT NULL
);
CREATE INDEX audit_by_workspace ON audit (workspace_id, at, id);
CREATE INDEX audit_by_intake ON audit (intake_id, at, id);
