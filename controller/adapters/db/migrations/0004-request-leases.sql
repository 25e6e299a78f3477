ALTER TABLE requests ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN lease_owner TEXT;
ALTER TABLE requests ADD COLUMN lease_until INTEGER;
ALTER TABLE requests ADD COLUMN wake_at INTEGER;
ALTER TABLE requests ADD COLUMN wake_on TEXT;
ALTER TABLE requests ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
CREATE INDEX requests_by_wake ON requests (wake_at) WHERE state = 'WAITING';
CREATE INDEX requests_by_cause ON requests (wake_on, created_at) WHERE state = 'WAITING';
CREATE INDEX requests_by_lease ON requests (lease_owner) WHERE state = 'RUNNING';

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until INTEGER NOT NULL,
  token INTEGER NOT NULL
) STRICT;
