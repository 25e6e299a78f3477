-- An attempt lives until its machines are proven gone. Before, machines carried no key of their attempt: those of a living
-- cluster belong to its last attempt, and those of an ended one are found by the cluster's mark.
CREATE TABLE attempts_next (
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
INSERT INTO attempts_next
SELECT
  -- Clouds carry letters, digits and dashes.
  replace(id, '/', '-'), cid, request_id, 1, placement_json,
  CASE
    WHEN state = 'failed' OR NOT EXISTS (SELECT 1 FROM clusters WHERE clusters.cid = attempts.cid AND removed_at IS NULL) THEN 'removed'
    WHEN state = 'made' THEN 'adopted'
    ELSE 'creating'
  END,
  started_at, ended_at,
  CASE
    WHEN failure IS NULL THEN NULL
    ELSE json_object('kind', 'unknown', 'reach', 'offer', 'message', failure, 'hint', '', 'at', coalesce(ended_at, started_at))
  END,
  NULL
FROM attempts;
UPDATE attempts_next SET ended_at = CASE WHEN state = 'removed' THEN coalesce(ended_at, started_at) END;
DROP TABLE attempts;
ALTER TABLE attempts_next RENAME TO attempts;
CREATE INDEX attempts_by_cluster ON attempts (cid, started_at);
CREATE INDEX attempts_open ON attempts (state) WHERE state <> 'removed';
