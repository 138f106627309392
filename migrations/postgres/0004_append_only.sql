-- What must never change cannot be changed, whatever a statement says.

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;

CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE FUNCTION version_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version never changes';
END
$$;

CREATE TRIGGER workflow_versions_no_rewrite
BEFORE UPDATE OF id, workspace_id, workflow_id, number, name, name_folded, definition ON workflow_versions
FOR EACH ROW EXECUTE FUNCTION version_never_changes();
