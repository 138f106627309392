-- Workflows and their immutable versions.

CREATE TABLE workflows (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    slug TEXT NOT NULL,
    access TEXT NOT NULL,
    last_number BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, slug),
    UNIQUE (workspace_id, id)
);

-- `name` and `name_folded` repeat what the definition says, for lists and search.
CREATE TABLE workflow_versions (
    id TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'archived')),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    definition TEXT NOT NULL,
    published_at BIGINT,
    UNIQUE (workflow_id, number),
    UNIQUE (workspace_id, workflow_id, id),
    FOREIGN KEY (workspace_id, workflow_id) REFERENCES workflows (workspace_id, id)
);
-- A workflow offers one version at a time.
CREATE UNIQUE INDEX workflow_versions_published ON workflow_versions (workflow_id) WHERE state = 'published';
