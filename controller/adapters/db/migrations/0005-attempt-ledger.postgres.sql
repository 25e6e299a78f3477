-- No database of this engine is older than this: there is nothing to bring along.
DROP TABLE attempts;
CREATE TABLE attempts (
  id TEXT PRIMARY KEY,
  cid TEXT NOT NULL,
  request_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  placement_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'creating', 'made', 'adopted', 'failed', 'removing', 'removed')),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  failure_json TEXT,
  removal_json TEXT
) STRICT;
CREATE INDEX attempts_by_cluster ON attempts (cid, started_at);
CREATE INDEX attempts_open ON attempts (state) WHERE state <> 'removed';
