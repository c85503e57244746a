-- group: calls
-- question: Which calls rang, for how long, and what became of them?
-- by: all
-- range: -1h
-- note: From OpenSIPS's memory (dialog.source: mi or both), as often as a capture looked: a call that came and went between two is not
-- note: here. Of calls first seen when they were over, those without an answer, or answered since the capture before. Limited
-- note: to --top calls, the newest first.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which calls were read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column caller text: user@domain
-- column callee text: user@domain
-- column first_seen time: the first capture that saw the call
-- column first_state text: its state then: created, ringing or over
-- column rang seconds: for how long captures saw it created or ringing
-- column up_from time: the first that saw it up; empty: none did
-- column gone_at time: the first that did not see it up or ringing any more; empty: it goes on
-- column became text: answered (seen up or not); failed: seen over, without an answer; unknown: gone between two captures; empty: it rings
-- column callid text: Call-ID
WITH
-- Found by their class among all versions (schema.sql). Only the newest are then looked for in the versions that showed them up: those begin
-- at a capture or, where midnight cut them, there.
early AS (
  SELECT d.node_id, d.dlg_id, d.callid, MAX(CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, ''))) AS caller,
         MAX(CONCAT(COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, ''))) AS callee, MIN(d.began) AS first_seen,
         MIN(CONCAT(d.began, d.state)) AS first_state, MIN(d.valid_to) AS first_to,
         SUM(CASE WHEN d.state IN (1, 2) THEN TIMESTAMPDIFF(SECOND, GREATEST(d.valid_from, :from), LEAST(d.valid_to, :to)) ELSE 0 END) AS rang,
         MAX(CASE WHEN d.state = 5 THEN d.valid_from ELSE d.valid_to END) AS gone_at, MAX(COALESCE(d.start_time, 0)) AS answered_at,
         SUM(d.state = 5) AS ended, SUM(d.state IN (1, 2)) AS rung,
         MAX(CASE WHEN d.state = 5 AND d.start_time > 0
                  THEN EXISTS (SELECT 1 FROM capture c WHERE c.node_id = d.node_id AND c.captured_at < d.began AND c.dialog_status = 'ok'
                                AND c.captured_at >= CAST('1970-01-01' AS DATETIME) + INTERVAL d.start_time SECOND)
                    OR EXISTS (SELECT 1 FROM dialog_version u
                               WHERE u.node_id = d.node_id AND u.dlg_id = d.dlg_id
                                 AND u.valid_from = (SELECT c.captured_at FROM capture c WHERE c.node_id = d.node_id AND c.captured_at < d.began
                                                      AND c.dialog_status = 'ok' ORDER BY c.captured_at DESC LIMIT 1)) END) AS was_up
  FROM dialog_version m FORCE INDEX (length_class)
       STRAIGHT_JOIN dialog_state d ON d.node_id = m.node_id AND d.valid_from = m.valid_from AND d.dlg_id = m.dlg_id
  WHERE m.node_id IN (:node_ids) AND m.length_class IN (8, 9, 10, 11, 12, 13, 14)
    AND m.valid_from >= CAST(DATE(:from) AS DATETIME) AND m.valid_from < :to
    AND d.valid_to > :from AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
  GROUP BY d.node_id, d.dlg_id, d.callid HAVING rung > 0 OR COALESCE(was_up, 0) = 0),
newest AS (SELECT e.* FROM early e JOIN node n ON n.node_id = e.node_id ORDER BY e.first_seen DESC, n.node, e.callid LIMIT :top),
moment AS (
  SELECT node_id, captured_at AS at FROM capture
  WHERE node_id IN (:node_ids) AND captured_at >= CAST(DATE(:from) AS DATETIME) AND captured_at < :to
  UNION
  SELECT node_id, CAST(DATE(captured_at) AS DATETIME) FROM capture
  WHERE node_id IN (:node_ids) AND captured_at >= CAST(DATE(:from) AS DATETIME) AND captured_at < :to),
course AS (
  SELECT e.*, u.up_from, GREATEST(e.gone_at, COALESCE(u.valid_to, e.gone_at)) AS last_at
  FROM newest e
       LEFT JOIN (SELECT x.node_id, x.dlg_id, x.callid, MIN(d.began) AS up_from, MAX(d.valid_to) AS valid_to
                  FROM newest x
                       STRAIGHT_JOIN moment t ON t.node_id = x.node_id AND t.at >= x.first_to
                       STRAIGHT_JOIN dialog_state d ON d.node_id = x.node_id AND d.valid_from = t.at AND d.dlg_id = x.dlg_id
                  WHERE d.callid <=> x.callid AND d.state IN (3, 4)
                  GROUP BY x.node_id, x.dlg_id, x.callid) u ON u.node_id = e.node_id AND u.dlg_id = e.dlg_id AND u.callid <=> e.callid)
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, c.caller, c.callee, c.first_seen,
       CASE SUBSTRING(c.first_state, 20) WHEN 1 THEN 'created' WHEN 2 THEN 'ringing' ELSE 'over' END AS first_state, c.rang, c.up_from,
       CASE WHEN c.last_at < '9999-12-31' THEN c.last_at END AS gone_at,
       CASE WHEN c.up_from IS NOT NULL OR c.answered_at > 0 THEN 'answered' WHEN c.ended > 0 THEN 'failed'
            WHEN c.last_at < '9999-12-31' THEN 'unknown' ELSE '' END AS became,
       c.callid
FROM :coverage(dialog) v JOIN course c ON c.node_id = v.node_id
ORDER BY c.first_seen DESC, v.node, c.callid
