CREATE TABLE agents (
  cid TEXT PRIMARY KEY,
  cluster_name TEXT NOT NULL,
  bus_port INTEGER NOT NULL,
  boot_generation INTEGER NOT NULL DEFAULT 1,
  credentials_expire_at INTEGER NOT NULL,
  revoked_at INTEGER,
  db_id TEXT,
  inc INTEGER NOT NULL DEFAULT 0,
  run INTEGER NOT NULL DEFAULT 0,
  acked INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX agents_by_revocation ON agents (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE agent_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cid TEXT NOT NULL,
  cluster_name TEXT NOT NULL,
  inc INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body_json TEXT NOT NULL,
  UNIQUE (cid, inc, seq)
) STRICT;

CREATE INDEX agent_events_by_time ON agent_events (at);

CREATE TABLE snapshots (
  key TEXT PRIMARY KEY,
  cid TEXT NOT NULL,
  value_json TEXT NOT NULL,
  event_id INTEGER NOT NULL
) STRICT;

CREATE INDEX snapshots_by_event ON snapshots (event_id);

CREATE TABLE hub_facts (
  name TEXT PRIMARY KEY,
  value_json TEXT NOT NULL
) STRICT;
