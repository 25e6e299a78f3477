-- An attempt lives until its machines are proven gone. What ended before that was known is asked for once more.
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
  id, cid, request_id, 1, placement_json,
  CASE
    WHEN state = 'made' AND EXISTS (SELECT 1 FROM clusters WHERE clusters.cid = attempts.cid AND removed_at IS NULL) THEN 'adopted'
    WHEN state = 'intended' THEN 'creating'
    ELSE 'removing'
  END,
  started_at, NULL,
  CASE
    WHEN failure IS NULL THEN NULL
    ELSE json_object('kind', 'unknown', 'reach', 'offer', 'message', failure, 'hint', '', 'at', coalesce(ended_at, started_at))
  END,
  NULL
FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_next RENAME TO attempts;
CREATE INDEX attempts_by_cluster ON attempts (cid, started_at);
CREATE INDEX attempts_open ON attempts (state) WHERE state <> 'removed';
