-- A transaction of its own: services are read while it looks through them.
CREATE UNIQUE INDEX one_service_per_external_id ON services (external_id)
    WHERE external_id IS NOT NULL;
