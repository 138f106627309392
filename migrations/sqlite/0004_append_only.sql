-- What must never change cannot be changed, whatever a statement says.

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

-- REPLACE deletes without firing delete triggers, so a taken id is refused before it can.
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER workflow_versions_no_rewrite
BEFORE UPDATE OF id, workspace_id, workflow_id, number, name, name_folded, definition ON workflow_versions
BEGIN
    SELECT RAISE(ABORT, 'a version never changes');
END;
