CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  lane TEXT NOT NULL CHECK (lane IN ('long', 'short')),
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  body_json TEXT NOT NULL,
  user_hash TEXT NOT NULL,
  user_name TEXT NOT NULL,
  cluster_name TEXT,
  client_api INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  runs INTEGER NOT NULL,
  cancel_asked INTEGER NOT NULL,
  value_json TEXT,
  failure_json TEXT,
  status_message TEXT
) STRICT;
CREATE INDEX requests_by_state ON requests (state, created_at);
CREATE INDEX requests_by_age ON requests (created_at);
CREATE INDEX requests_by_cluster ON requests (cluster_name, created_at);

CREATE TABLE locks (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  acquired_at INTEGER NOT NULL
) STRICT;
CREATE INDEX locks_by_holder ON locks (holder);

CREATE TABLE uploads (
  user_hash TEXT NOT NULL,
  blob_id TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (user_hash, blob_id)
) STRICT;

CREATE TABLE clusters (
  cid TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('INIT', 'UP', 'AUTOSTOPPING', 'STOPPED')),
  user_hash TEXT NOT NULL,
  user_name TEXT NOT NULL,
  workspace TEXT NOT NULL,
  node_count INTEGER NOT NULL,
  placement_json TEXT,
  resources_json TEXT NOT NULL,
  instances_json TEXT NOT NULL,
  autostop_json TEXT,
  ever_up INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  launched_at INTEGER NOT NULL,
  status_updated_at INTEGER NOT NULL,
  last_use TEXT NOT NULL,
  last_creation_yaml TEXT,
  last_creation_command TEXT,
  config_hash TEXT,
  head_paths_json TEXT,
  removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX clusters_living_name ON clusters (name) WHERE removed_at IS NULL;
CREATE INDEX clusters_removed ON clusters (removed_at);

CREATE TABLE cluster_events (
  id INTEGER PRIMARY KEY,
  cid TEXT NOT NULL,
  cluster_name TEXT NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  reason TEXT NOT NULL,
  request_id TEXT
) STRICT;
CREATE INDEX cluster_events_by_cluster ON cluster_events (cid, id);

CREATE TABLE cost_intervals (
  id INTEGER PRIMARY KEY,
  cid TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  price_usd_per_hour REAL NOT NULL,
  node_count INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX cost_intervals_open ON cost_intervals (cid) WHERE ended_at IS NULL;
CREATE INDEX cost_intervals_by_cluster ON cost_intervals (cid, started_at);

CREATE TABLE attempts (
  id TEXT PRIMARY KEY,
  cid TEXT NOT NULL,
  request_id TEXT NOT NULL,
  placement_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'made', 'failed')),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  failure TEXT
) STRICT;
CREATE INDEX attempts_by_cluster ON attempts (cid, started_at);
