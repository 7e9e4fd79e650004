-- How often somebody has had a message sent again. Whoever sets about it notes so afterwards, and only where
-- nobody has asked anew since they looked: what they have in hand may have come to its end before.
ALTER TABLE deliveries ADD COLUMN asked_again integer NOT NULL DEFAULT 0;
ALTER TABLE endpoint_tests ADD COLUMN asked_again integer NOT NULL DEFAULT 0;
GRANT UPDATE (asked_again) ON deliveries, endpoint_tests TO sequestre_app;
