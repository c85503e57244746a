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
-- column gone_at time: the first that did not see it up or ringing any more; empty: none in the time asked for
-- column became text: answered (seen up or not); failed: seen over, without an answer; unknown: gone between two captures; empty: it still rang
-- column callid text: Call-ID
WITH
-- The captures that read calls, each with the one before it.
look AS (
  SELECT node_id, captured_at, LAG(captured_at) OVER (PARTITION BY node_id ORDER BY captured_at) AS before_it
  FROM (SELECT node_id, captured_at FROM capture
        WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to AND dialog_status = 'ok'
        UNION ALL
        SELECT n.node_id, (SELECT c.captured_at FROM capture c WHERE c.node_id = n.node_id AND c.captured_at < :from AND c.dialog_status = 'ok'
                           ORDER BY c.captured_at DESC LIMIT 1)
        FROM node n WHERE n.node_id IN (:node_ids)) c),
-- From when on at least as many calls as are asked for began to ring, told by the key alone (dialog_version.length_class): none of those before is
-- shown. Where midnight cut a version, it may have begun before.
since AS (
  SELECT CASE WHEN :domain IS NULL AND COUNT(*) = :top THEN MIN(r.began) END AS at
  FROM (SELECT MIN(m.valid_from) AS began
        FROM node n STRAIGHT_JOIN dialog_version m FORCE INDEX (length_class) ON m.node_id = n.node_id
        WHERE (n.pending_at IS NULL OR m.valid_from <> n.pending_at) AND (n.importing IS NULL OR DATE(m.valid_from) <> n.importing)
          AND m.node_id IN (:node_ids) AND m.length_class IN (8, 9, 10, 11, 12, 13, 14)
          AND m.valid_from >= GREATEST(CAST(DATE(:from) AS DATETIME), :to - INTERVAL 2 DAY) AND m.valid_from < :to
        GROUP BY m.node_id, m.dlg_id HAVING began > GREATEST(:from, :to - INTERVAL 1 DAY) AND TIME(began) > '00:00:00'
        ORDER BY began DESC LIMIT :top) r),
-- What rang or was over and only in memory began at one of these; the longest that a version of its class lasted.
moment AS (
  SELECT DISTINCT c.node_id, CASE WHEN k.cut = 1 THEN CAST(DATE(c.captured_at) AS DATETIME) ELSE c.captured_at END AS at
  FROM capture c CROSS JOIN (SELECT 0 AS cut UNION ALL SELECT 1) k
  WHERE c.node_id IN (:node_ids) AND c.captured_at >= CAST(DATE(:from) AS DATETIME) AND c.captured_at < :to),
kind AS (
  SELECT s.state + l.length AS length_class, 60 << 2 * l.length AS longest
  FROM (SELECT 8 AS state UNION ALL SELECT 24) s
       CROSS JOIN (SELECT 0 AS length UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6) l),
early AS (
  SELECT d.node_id, d.dlg_id, d.callid, MAX(CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, ''))) AS caller,
         MAX(CONCAT(COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, ''))) AS callee, MIN(d.began) AS first_seen,
         MIN(CONCAT(d.began, d.state)) AS first_state, MIN(d.valid_to) AS first_to,
         SUM(CASE WHEN d.state IN (1, 2) THEN TIMESTAMPDIFF(SECOND, GREATEST(d.valid_from, :from), LEAST(d.valid_to, :to)) ELSE 0 END) AS rang,
         MAX(CASE WHEN d.state = 5 THEN d.valid_from ELSE d.valid_to END) AS gone_at, MAX(COALESCE(d.start_time, 0)) AS answered_at,
         MAX(d.state = 5) AS ended, MAX(d.state IN (1, 2)) AS rung,
         MAX(CASE WHEN d.state = 5 AND d.start_time > 0
                  THEN d.began < :from OR l.before_it >= CAST('1970-01-01' AS DATETIME) + INTERVAL d.start_time SECOND
                    OR EXISTS (SELECT 1 FROM dialog_version u WHERE u.node_id = d.node_id AND u.valid_from = l.before_it AND u.dlg_id = d.dlg_id)
                  ELSE 0 END) AS was_up, MAX(s.at) AS newest_from
  FROM since s
       STRAIGHT_JOIN kind k
       STRAIGHT_JOIN moment t ON t.at >= COALESCE(s.at, :from) - INTERVAL k.longest SECOND
       STRAIGHT_JOIN dialog_version m FORCE INDEX (length_class)
                     ON m.node_id = t.node_id AND m.length_class = k.length_class AND m.valid_from = t.at
       STRAIGHT_JOIN dialog_state d ON d.node_id = m.node_id AND d.valid_from = m.valid_from AND d.dlg_id = m.dlg_id
       LEFT JOIN look l ON l.node_id = m.node_id AND l.captured_at = d.began
  WHERE d.valid_to > :from AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
  GROUP BY d.node_id, d.dlg_id, d.callid
  HAVING (rung = 1 OR COALESCE(was_up, 0) = 0) AND (newest_from IS NULL OR first_seen >= newest_from)
  ORDER BY first_seen DESC, d.node_id, d.callid LIMIT :top),
-- The versions that showed the newest ones up: they begin at a capture or, where midnight cut them, there.
course AS (
  SELECT e.node_id, e.dlg_id, e.callid, MAX(e.caller) AS caller, MAX(e.callee) AS callee, MAX(e.first_seen) AS first_seen,
         MAX(e.first_state) AS first_state, MAX(e.rang) AS rang, MAX(e.answered_at) AS answered_at, MAX(e.ended) AS ended,
         MIN(CASE WHEN d.state IN (3, 4) THEN d.began END) AS up_from,
         GREATEST(MAX(e.gone_at), COALESCE(MAX(CASE WHEN d.state IN (3, 4) THEN d.valid_to END), MAX(e.gone_at))) AS gone_at
  FROM early e
       LEFT JOIN moment t ON t.node_id = e.node_id AND t.at >= e.first_to
       LEFT JOIN dialog_state d ON d.node_id = e.node_id AND d.valid_from = t.at AND d.dlg_id = e.dlg_id AND d.callid <=> e.callid
  GROUP BY e.node_id, e.dlg_id, e.callid)
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, c.caller, c.callee, c.first_seen,
       CASE SUBSTRING(c.first_state, 20) WHEN 1 THEN 'created' WHEN 2 THEN 'ringing' ELSE 'over' END AS first_state, c.rang, c.up_from,
       CASE WHEN c.gone_at < :to AND p.stopped IS NULL THEN c.gone_at END AS gone_at,
       CASE WHEN c.up_from IS NOT NULL OR c.answered_at > 0 THEN 'answered' WHEN c.ended = 1 THEN 'failed'
            WHEN c.gone_at < :to AND p.stopped IS NULL THEN 'unknown' ELSE '' END AS became,
       c.callid
FROM :coverage(dialog) v JOIN course c ON c.node_id = v.node_id
     LEFT JOIN :pauses() p ON p.node_id = c.node_id AND p.stopped = c.gone_at AND p.went_on >= :to
ORDER BY c.first_seen DESC, v.node, c.callid
