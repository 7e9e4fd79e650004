-- What each seller is known by is kept as it changes: one row a seller, in the transaction of whatever ends an
-- order. Services are listed along an index that has its visibility; both change seldom. What falls out with time
-- alone, 180 days after it ended, is taken out as it falls due (age_reputations).

-- In the order in which steps lock them. Reading goes on.
LOCK TABLE services, listed_orders IN SHARE ROW EXCLUSIVE MODE;

-- The orders that ended from `counted_from` on and count. None of them ended before `oldest_at`.
CREATE TABLE reputations (
    seller_id    text PRIMARY KEY,
    completed    integer NOT NULL DEFAULT 0,
    cancelled    integer NOT NULL DEFAULT 0,
    counted_from timestamptz NOT NULL,
    oldest_at    timestamptz,
    visibility   float8 NOT NULL DEFAULT 1,
    changed_at   timestamptz -- when the visibility became what it is
) WITH (fillfactor = 70); -- counts have no index: they change in place

CREATE TABLE listed_services (
    service_id uuid PRIMARY KEY,
    seller_id  text NOT NULL,
    archived   boolean NOT NULL,
    visibility float8 NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE FUNCTION visibility_of(p_completed bigint, p_cancelled bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_completed + p_cancelled < 5 THEN 1.0
                WHEN p_completed * 100 >= (p_completed + p_cancelled) * 90 THEN 1.0
                WHEN p_completed * 100 >= (p_completed + p_cancelled) * 85 THEN 0.8
                ELSE 0.5 END::float8
$$;

REVOKE ALL ON FUNCTION visibility_of(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visibility_of(bigint, bigint) TO sequestre_app;


INSERT INTO reputations (seller_id, completed, cancelled, counted_from, oldest_at)
SELECT s.seller_id, count(*) FILTER (WHERE l.counts_as = 'completed'),
       count(*) FILTER (WHERE l.counts_as = 'cancelled'), moved(now()) - interval '180 days', min(l.ended_at)
FROM (SELECT seller_id FROM services UNION
      SELECT seller_id FROM listed_orders WHERE counts_as IS NOT NULL) AS s
LEFT JOIN listed_orders l ON l.seller_id = s.seller_id AND l.counts_as IS NOT NULL
                         AND l.ended_at >= moved(now()) - interval '180 days'
GROUP BY s.seller_id;
UPDATE reputations SET visibility = visibility_of(completed, cancelled)
WHERE visibility <> visibility_of(completed, cancelled);

INSERT INTO listed_services (service_id, seller_id, archived, visibility, created_at)
SELECT s.id, s.seller_id, s.archived_at IS NOT NULL, r.visibility, s.created_at
FROM services s JOIN reputations r ON r.seller_id = s.seller_id;

CREATE INDEX reputations_by_oldest ON reputations (oldest_at);
CREATE INDEX reputations_by_change ON reputations (changed_at);
CREATE INDEX listed_services_in_order ON listed_services (archived, visibility DESC, created_at DESC,
                                                          service_id DESC);
CREATE INDEX listed_services_of_seller ON listed_services (seller_id, archived, created_at DESC,
                                                           service_id DESC);

CREATE FUNCTION list_by_reputation(p_seller text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_visibility float8;
BEGIN
    UPDATE reputations SET visibility = visibility_of(completed, cancelled),
                           changed_at = moved(clock_timestamp())
    WHERE seller_id = p_seller AND visibility <> visibility_of(completed, cancelled)
    RETURNING visibility INTO v_visibility;
    IF FOUND THEN
        UPDATE listed_services SET visibility = v_visibility WHERE seller_id = p_seller;
    END IF;
END $$;

CREATE FUNCTION count_for_seller(p_seller text, p_ended_at timestamptz, p_as text, p_sign integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reputations (seller_id, counted_from)
    VALUES (p_seller, moved(clock_timestamp()) - interval '180 days') ON CONFLICT DO NOTHING;
    -- `oldest_at` may be too early, which costs a look, and never too late.
    UPDATE reputations r
    SET completed = r.completed + p_sign * (p_as = 'completed')::integer,
        cancelled = r.cancelled + p_sign * (p_as = 'cancelled')::integer,
        oldest_at = least(r.oldest_at, p_ended_at)
    WHERE r.seller_id = p_seller AND r.counted_from <= p_ended_at;
    IF FOUND THEN
        PERFORM list_by_reputation(p_seller);
    END IF;
END $$;

CREATE FUNCTION count_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.counts_as IS NOT NULL THEN
        PERFORM count_for_seller(OLD.seller_id, OLD.ended_at, OLD.counts_as, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.counts_as IS NOT NULL THEN
        PERFORM count_for_seller(NEW.seller_id, NEW.ended_at, NEW.counts_as, 1);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION list_service() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_visibility float8;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM listed_services WHERE service_id = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO reputations (seller_id, counted_from)
    VALUES (NEW.seller_id, moved(clock_timestamp()) - interval '180 days') ON CONFLICT DO NOTHING;
    -- Held, so that no step that changes it overlooks this service.
    SELECT visibility INTO v_visibility FROM reputations WHERE seller_id = NEW.seller_id FOR SHARE;
    INSERT INTO listed_services (service_id, seller_id, archived, visibility, created_at)
    VALUES (NEW.id, NEW.seller_id, NEW.archived_at IS NOT NULL, v_visibility, NEW.created_at)
    ON CONFLICT (service_id) DO UPDATE
    SET seller_id = excluded.seller_id, archived = excluded.archived,
        visibility = excluded.visibility, created_at = excluded.created_at;
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION list_by_reputation(text),
    count_for_seller(text, timestamptz, text, integer), count_ended(), list_service() FROM PUBLIC;

CREATE TRIGGER counted AFTER INSERT OR DELETE ON listed_orders FOR EACH ROW EXECUTE FUNCTION count_ended();
CREATE TRIGGER counted_anew AFTER UPDATE ON listed_orders FOR EACH ROW
    WHEN ((OLD.seller_id, OLD.ended_at, OLD.counts_as)
          IS DISTINCT FROM (NEW.seller_id, NEW.ended_at, NEW.counts_as))
    EXECUTE FUNCTION count_ended();
CREATE TRIGGER listed AFTER INSERT OR DELETE ON services FOR EACH ROW EXECUTE FUNCTION list_service();
CREATE TRIGGER listed_anew AFTER UPDATE ON services FOR EACH ROW
    WHEN ((OLD.seller_id, OLD.archived_at IS NULL, OLD.created_at)
          IS DISTINCT FROM (NEW.seller_id, NEW.archived_at IS NULL, NEW.created_at))
    EXECUTE FUNCTION list_service();
-- ALWAYS: they hold for the owner and under session_replication_role = replica as well.
ALTER TABLE listed_orders ENABLE ALWAYS TRIGGER counted;
ALTER TABLE listed_orders ENABLE ALWAYS TRIGGER counted_anew;
ALTER TABLE services ENABLE ALWAYS TRIGGER listed;
ALTER TABLE services ENABLE ALWAYS TRIGGER listed_anew;

GRANT SELECT ON reputations, listed_services TO sequestre_app;
