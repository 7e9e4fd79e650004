-- The words that an order is found by: of its title, without accents and in small letters. An index holds
-- what this gives, so that whoever changes it builds `orders_by_words` anew.
CREATE OR REPLACE FUNCTION title_words(p_title text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT to_tsvector('simple'::regconfig, translate(
        regexp_replace(normalize(p_title, NFKD), '[\u0300-\u036F]', '', 'g'),
        '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~’«»', repeat(' ', 35)))
$$;

REVOKE ALL ON FUNCTION title_words(text) FROM PUBLIC, sequestre_app;
GRANT EXECUTE ON FUNCTION title_words(text) TO sequestre_app;
