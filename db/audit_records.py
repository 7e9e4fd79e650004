"""Checks of what stands twice: an order's row, document and journal, lists, inboxes, the feed,
conversations."""

from db.audit_books import FINAL
from db.feed import DISPUTE, MESSAGE, OF_NO_ORDER, PAST, STEP, TRANSFER

# What the feed has an entry of, in its journal or in the books: nobody else's, and as what it is.
_IN_FEED = f"CASE f.order_id WHEN '{OF_NO_ORDER}' THEN 'the feed' ELSE 'order ' || f.order_id END"

# Of a dispute whose beginning cannot be read, the order's: a cast that fails would end the query.
_OPENED_AT = """
    CASE WHEN pg_input_is_valid(o.doc->'dispute'->>'opened_at', 'timestamptz')
         THEN (o.doc->'dispute'->>'opened_at')::timestamptz ELSE o.created_at END
"""

# Of an open order; what cannot be read is looked up by nothing, and for another check.
_LAST_SAFE_AT = f"""
    CASE WHEN o.state NOT IN {FINAL}
          AND pg_input_is_valid(o.doc->'holding'->>'last_safe_at', 'timestamptz')
         THEN (o.doc->'holding'->>'last_safe_at')::timestamptz END
"""

OF_RECORDS = {
    # The order's row, its document and its journal say the same.
    "differing-versions": """
    SELECT 'order ' || o.id, format('row %s v%s, document %s v%s, journal %s v%s', o.state,
        o.version, o.doc->>'state', o.doc->>'version', e.state, e.version)
    FROM orders o
    LEFT JOIN LATERAL (SELECT state, version FROM events
                       WHERE order_id = o.id AND accepted ORDER BY seq DESC LIMIT 1) e ON true
    WHERE (o.state, o.version::text) IS DISTINCT FROM (o.doc->>'state', o.doc->>'version')
       OR (o.state, o.version) IS DISTINCT FROM (e.state, e.version)
    """,
    "differing-people": """
    SELECT 'order ' || o.id, 'is of other people by its row than by its document'
    FROM orders o
    WHERE (o.buyer_id, o.seller_id) IS DISTINCT FROM (o.doc->>'buyer_id', o.doc->>'seller_id')
    """,
    "wrong-outcome": f"""
    SELECT 'order ' || o.id, format('is %s and has %s', o.state,
                                    CASE WHEN o.doc->>'outcome' IS NULL THEN 'no' ELSE 'an' END
                                    || ' outcome')
    FROM orders o WHERE (o.state IN {FINAL}) = (o.doc->>'outcome' IS NULL)
    """,
    "incomplete-journal": """
    SELECT 'order ' || o.id, format('its journal has %s entries, %s were written', count(e),
                                    o.events)
    FROM orders o LEFT JOIN events e ON e.order_id = o.id
    GROUP BY o.id, o.events HAVING count(e) <> o.events
    """,
    # What lists look in beside the rows: kept by triggers, so that somebody took these away.
    "differing-list": f"""
    SELECT 'order ' || o.id, 'is looked up by something else than its row says'
    FROM orders o LEFT JOIN listed_orders l ON l.order_id = o.id
    LEFT JOIN sought_orders f ON f.order_id = o.id
    LEFT JOIN disputed_orders d ON d.order_id = o.id
    WHERE (o.buyer_id, o.seller_id, o.state, o.created_at, o.updated_at, o.deadline_at)
          IS DISTINCT FROM (f.buyer_id, f.seller_id, f.state, f.created_at, f.updated_at,
                            f.deadline_at)
       OR f.last_safe_at IS DISTINCT FROM {_LAST_SAFE_AT}
       OR (o.seller_id, o.created_at, o.started_at IS NOT NULL, o.state = 'disputed')
          IS DISTINCT FROM (l.seller_id, l.created_at, l.started, l.disputed)
       OR (o.state IN {FINAL} AND (o.updated_at, o.doc->'outcome'->>'counts_as')
                                   IS DISTINCT FROM (l.ended_at, l.counts_as))
       OR (o.state NOT IN {FINAL} AND (l.ended_at, l.counts_as) IS DISTINCT FROM (NULL, NULL))
       OR d.opened_at IS DISTINCT FROM CASE WHEN o.state = 'disputed' THEN {_OPENED_AT} END
    """,
    # How many orders are in a state is counted as they move.
    "differing-counts": """
    SELECT format('all orders that are %s', state),
           format('are counted as %s, and are %s', coalesce(c.orders, 0), coalesce(o.orders, 0))
    FROM state_counts c
    FULL JOIN (SELECT state, count(*) AS orders FROM sought_orders GROUP BY state) o USING (state)
    WHERE coalesce(c.orders, 0) <> coalesce(o.orders, 0)
    """,
    # Reputations are counted as orders end, and services listed by them.
    "differing-reputation": """
    SELECT 'seller ' || coalesce(r.seller_id, c.seller_id), format(
        'counts %s completed and %s cancelled orders since %s, there are %s and %s',
        r.completed, r.cancelled, r.counted_from, coalesce(c.completed, 0),
        coalesce(c.cancelled, 0))
    FROM reputations r
    FULL JOIN (SELECT l.seller_id, count(*) FILTER (WHERE l.counts_as = 'completed') AS completed,
                      count(*) FILTER (WHERE l.counts_as = 'cancelled') AS cancelled,
                      min(l.ended_at) AS oldest_at
               FROM listed_orders l LEFT JOIN reputations k ON k.seller_id = l.seller_id
               WHERE l.counts_as IS NOT NULL
                 AND (k.seller_id IS NULL OR l.ended_at >= k.counted_from)
               GROUP BY l.seller_id) c ON c.seller_id = r.seller_id
    WHERE (r.completed, r.cancelled)
          IS DISTINCT FROM (coalesce(c.completed, 0), coalesce(c.cancelled, 0))
       OR (c.oldest_at IS NOT NULL AND r.oldest_at > c.oldest_at IS NOT FALSE)
    UNION ALL
    SELECT 'service ' || coalesce(s.id, l.service_id),
           'is listed by something else than it and its seller''s reputation say'
    FROM services s FULL JOIN listed_services l ON l.service_id = s.id
    LEFT JOIN reputations r ON r.seller_id = s.seller_id
    WHERE (s.seller_id, s.archived_at IS NOT NULL, s.created_at,
           visibility_of(r.completed, r.cancelled))
          IS DISTINCT FROM (l.seller_id, l.archived, l.created_at, l.visibility)
    """,
    # What nobody has read is looked for along an index, and beyond a mark.
    "differing-inbox": """
    SELECT 'order ' || n.order_id, format('notice %s of it is kept as %s, and is not', n.id,
                                          CASE WHEN n.unread THEN 'unread' ELSE 'read' END)
    FROM notices n
    LEFT JOIN notice_reads r ON r.notice_id = n.id AND r.user_id = n.user_id
    WHERE n.user_id IS NOT NULL AND n.unread = (r.notice_id IS NOT NULL)
    UNION ALL
    SELECT 'user ' || m.user_id, format('has not read notice %s for every %s', n.id, m.role)
    FROM inbox_marks m JOIN notices n ON n.user_id IS NULL AND n.role = m.role AND n.id <= m.up_to
    JOIN orders o ON o.id = n.order_id
    WHERE m.user_id NOT IN (o.buyer_id, o.seller_id) AND NOT EXISTS (
        SELECT FROM notices same JOIN notice_reads r ON r.notice_id = same.id
        WHERE same.order_id = n.order_id AND same.seq = n.seq AND same.user_id IS NULL
          AND r.user_id = m.user_id)
    """,
    "differing-queue": """
    SELECT 'order ' || r.order_id, CASE WHEN r.outcome IS NULL
        THEN format('its request %s waits and is not in the queue as it is', r.request_id)
        ELSE format('its request %s was decided and is still in the queue', r.request_id) END
    FROM requests r
    LEFT JOIN undecided u ON u.order_id = r.order_id AND u.request_id = r.request_id
    WHERE (r.outcome IS NULL) <> (u.order_id IS NOT NULL)
       OR (r.outcome IS NULL
           AND (r.actor_id, r.next_signal) IS DISTINCT FROM (u.actor_id, u.next_signal))
    """,
    # What happened stands in the feed or waits to, and nothing else does. While what is older than
    # the feed is being brought in, nobody can say what is missing.
    "differing-feed": f"""
    SELECT 'order ' || e.order_id, format('entry %s of its journal is not in the feed', e.seq)
    FROM events e
    LEFT JOIN feed f ON f.order_id = e.order_id AND f.source = '{STEP}' AND f.ref = e.seq
    LEFT JOIN (SELECT DISTINCT order_id, source, ref FROM unnumbered) u
           ON u.order_id = e.order_id AND u.source = '{STEP}' AND u.ref = e.seq
    WHERE e.accepted AND f.number IS NULL AND u.ref IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered WHERE source = '{PAST}')
    UNION ALL
    SELECT 'order ' || m.order_id, format('its message %s is not in the feed', m.number)
    FROM messages m
    LEFT JOIN feed f ON f.order_id = m.order_id AND f.source = '{MESSAGE}' AND f.ref = m.number
    LEFT JOIN (SELECT DISTINCT order_id, source, ref FROM unnumbered) u
           ON u.order_id = m.order_id AND u.source = '{MESSAGE}' AND u.ref = m.number
    WHERE f.number IS NULL AND u.ref IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered WHERE source = '{PAST}')
    UNION ALL
    SELECT 'posting ' || t.key, 'is not in the feed'
    FROM ledger.tx t
    LEFT JOIN feed f ON f.order_id = '{OF_NO_ORDER}' AND f.source = '{TRANSFER}' AND f.ref = t.id
    WHERE t.order_id IS NULL AND f.number IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered u WHERE u.source IN ('{TRANSFER}', '{PAST}')
                      AND (u.source = '{PAST}' OR u.ref = t.id))
    UNION ALL
    SELECT 'chargeback ' || c.id, format('its %s is not in the feed', e.kind)
    FROM provider_events e
    JOIN chargebacks c ON c.provider = e.provider AND c.reference = e.reference
    LEFT JOIN feed f ON f.order_id = '{OF_NO_ORDER}' AND f.source = '{DISPUTE}'
                    AND f.ref = e.number
    WHERE e.kind LIKE 'dispute\\_%' AND e.outcome = 'applied' AND f.number IS NULL
      AND NOT EXISTS (SELECT FROM public.unnumbered u WHERE u.source IN ('{DISPUTE}', '{PAST}')
                      AND (u.source = '{PAST}' OR u.ref = e.number))
    UNION ALL
    SELECT {_IN_FEED}, format('entry %s of the feed tells of something else, or of nothing',
                              f.number)
    FROM feed f
    LEFT JOIN events e ON e.order_id = f.order_id AND e.seq = f.ref AND e.accepted
                      AND f.source = '{STEP}'
    LEFT JOIN messages m ON m.order_id = f.order_id AND m.number = f.ref
                        AND f.source = '{MESSAGE}'
    LEFT JOIN ledger.tx t ON t.id = f.ref AND t.order_id IS NULL AND f.source = '{TRANSFER}'
    LEFT JOIN provider_events d ON d.number = f.ref AND d.outcome = 'applied'
                               AND f.source = '{DISPUTE}'
    WHERE f.type IS DISTINCT FROM CASE f.source
        WHEN '{STEP}' THEN coalesce(e.event, '')
        WHEN '{MESSAGE}' THEN CASE WHEN m.number IS NOT NULL THEN 'order.message' END
        WHEN '{TRANSFER}' THEN 'transfer.' || t.kind
        WHEN '{DISPUTE}' THEN 'payment.' || d.kind END
    """,
    # What is numbered after a restoration begins beyond what others were given before it.
    "unnoted-restoration": """
    SELECT 'the database', 'was restored or taken over, and its numbers go on as if it were not'
    FROM schema_place WHERE mark <> server_mark()
    """,
    # Each number comes after the one before it, from 1 on.
    "feed-gap": f"""
    SELECT {_IN_FEED}, format('entry %s of the feed comes after none', f.number)
    FROM feed f WHERE f.number <> 1
    AND NOT EXISTS (SELECT FROM public.feed b WHERE b.number = f.number - 1)
    """,
    # Messages are numbered without a gap, and what is unread is counted as they come.
    "incomplete-conversation": """
    SELECT 'order ' || order_id, format('its conversation has %s messages, %s were written',
                                        coalesce(m.found, 0), coalesce(c.messages, 0))
    FROM conversations c
    FULL JOIN (SELECT order_id, count(*) AS found, max(number) AS newest
               FROM messages GROUP BY order_id) m USING (order_id)
    WHERE coalesce(c.messages, 0) <> coalesce(m.found, 0)
       OR (c.messages <> m.newest
           AND NOT EXISTS (SELECT FROM restorations r WHERE m.newest > r.base))
    """,
    "miscounted-messages": """
    SELECT 'order ' || p.order_id, 'what somebody has not read of its messages is miscounted'
    FROM conversation_members p
    JOIN conversations c ON c.order_id = p.order_id
    LEFT JOIN messages m ON m.order_id = p.order_id AND m.author_id <> p.user_id
                        AND m.number > p.up_to
    GROUP BY p.order_id, p.user_id, p.own_beyond, p.up_to, c.messages
    HAVING count(m) <> c.messages - p.up_to - p.own_beyond
    """,
}
