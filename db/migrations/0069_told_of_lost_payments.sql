-- Who pays for a payment that was lost is told so, also where their wallet is empty: such a notice has its dispute, how
-- much of it they make good, and the posting by which their wallet paid at once, where it held something.
-- NOT VALID: what was written before keeps to a narrower one.
-- harmless: told_of_one_thing, since it allows all that it allowed before
ALTER TABLE wallet_notices DROP CONSTRAINT told_of_one_thing,
    ADD CONSTRAINT told_of_one_thing CHECK (
        num_nonnulls(chargeback_id, told, amount) IN (0, 3) AND told IN ('opened', 'won', 'lost') AND amount > 0
        AND (told IS NOT DISTINCT FROM 'lost' OR num_nonnulls(tx_id, chargeback_id) = 1)) NOT VALID;

-- A provider may speak of an account before whoever opens it has written it down. Such an event is found along this
-- when it is known whose the account is (know_payout_account); until now it stayed for a person.
CREATE INDEX provider_events_of_unknown_accounts ON provider_events (provider, reference)
    WHERE kind = 'account_changed' AND outcome = 'theirs_only';

UPDATE provider_events e SET outcome = 'nothing_new' FROM payout_accounts a
WHERE e.kind = 'account_changed' AND e.outcome = 'theirs_only'
  AND a.provider = e.provider AND a.reference = e.reference;

-- Disputes of payments stand in the feed, as each is opened, won or lost. What was said of them until now comes into it
-- behind what is there; as with steps and postings, a trigger, so that functions of before feed it too.
CREATE FUNCTION feed_dispute() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM append_to_feed('dispute', '00000000-0000-0000-0000-000000000000', NEW.number, 'payment.' || NEW.kind);
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION feed_dispute() FROM PUBLIC;

CREATE TRIGGER fed AFTER UPDATE OF outcome ON provider_events FOR EACH ROW
    WHEN (NEW.outcome = 'applied' AND OLD.outcome IS DISTINCT FROM 'applied' AND NEW.kind LIKE 'dispute\_%')
    EXECUTE FUNCTION feed_dispute();
ALTER TABLE provider_events ENABLE ALWAYS TRIGGER fed;

INSERT INTO unnumbered (source, order_id, ref, type)
SELECT 'dispute', '00000000-0000-0000-0000-000000000000', number, 'payment.' || kind
FROM provider_events WHERE kind LIKE 'dispute\_%' AND outcome = 'applied' ORDER BY number;
