-- The id by which a transfer is known that was written under this key: of one that a caller asked for,
-- the one that they were told.
CREATE OR REPLACE FUNCTION ledger.transfer_id(p_key text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN p_key ~ '^[a-z_]+:[0-9a-f]{64}$'
                 THEN substr(split_part(p_key, ':', 2), 1, 32) ELSE md5(p_key) END)::uuid
$$;

REVOKE ALL ON FUNCTION ledger.transfer_id(text) FROM PUBLIC, sequestre_app;
