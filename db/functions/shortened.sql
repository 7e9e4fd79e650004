-- What a request said, with p_most characters of text in all: long texts end with an ellipsis, and of
-- a list (links) stand the first that fit, each as it is.
CREATE OR REPLACE FUNCTION shortened(p_fields jsonb, p_most integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_left  integer := p_most;
    v_field record;
    v_item  text;
    v_kept  jsonb;
BEGIN
    IF jsonb_typeof(p_fields) <> 'object' THEN
        RETURN p_fields;
    END IF;
    -- The short ones first, or a title would go for the sake of its description.
    FOR v_field IN
        SELECT key, value, value #>> '{}' AS said FROM jsonb_each(p_fields)
        WHERE jsonb_typeof(value) IN ('string', 'array')
        ORDER BY jsonb_typeof(value) = 'array', length(value::text), key
    LOOP
        IF jsonb_typeof(v_field.value) = 'string' THEN
            IF length(v_field.said) > v_left THEN
                v_field.said := left(left(v_field.said, v_left - 1) || '…', v_left);
                p_fields := jsonb_set(p_fields, ARRAY[v_field.key], to_jsonb(v_field.said));
            END IF;
            v_left := v_left - length(v_field.said);
        ELSE
            v_kept := '[]';
            FOR v_item IN SELECT jsonb_array_elements(v_field.value)::text LOOP
                EXIT WHEN length(v_item) > v_left;
                v_left := v_left - length(v_item);
                v_kept := v_kept || jsonb_build_array(v_item::jsonb);
            END LOOP;
            p_fields := jsonb_set(p_fields, ARRAY[v_field.key], v_kept);
        END IF;
    END LOOP;
    RETURN p_fields;
END $$;

REVOKE ALL ON FUNCTION shortened(jsonb, integer) FROM PUBLIC, sequestre_app;
