-- Orders by the words of their title, and by their service: neither changes in a life. A transaction of its
-- own: orders are read while it looks through them, and placed and changed again after it.
CREATE FUNCTION title_words(p_title text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT to_tsvector('simple'::regconfig, translate(
        regexp_replace(normalize(p_title, NFKD), '[\u0300-\u036F]', '', 'g'),
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~’«»', repeat(' ', 35)))
$$;
REVOKE ALL ON FUNCTION title_words(text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION title_words(text) TO sequestre_app;

CREATE INDEX orders_by_words ON orders USING gin (title_words(title));
CREATE INDEX orders_of_service ON orders (service_id, created_at DESC, id DESC);
