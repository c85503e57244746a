-- group: archive
-- question: When did nobody look?
-- by: all
-- range: -7d
-- note: Times between two captures of which at least one is missing, and times in which one source failed in every capture.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked that have a capture
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column missing text: everything, or the source that failed
-- column from_time time: first moment not seen
-- column to_time time: the next that was; empty: none yet in the time asked for
-- column seconds seconds: between the two
-- column error text: what the first failed capture said
WITH look AS (
  SELECT c.node_id, c.captured_at, LEAD(c.captured_at) OVER (PARTITION BY c.node_id ORDER BY c.captured_at) AS next_at
  FROM capture c
  WHERE c.node_id IN (:node_ids) AND c.captured_at >= :from AND c.captured_at < :to),
unseen AS (
  SELECT node_id, 'everything' AS missing, captured_at + INTERVAL :interval SECOND AS from_time, next_at AS to_time, NULL AS error
  FROM look WHERE COALESCE(next_at, :to) > captured_at + INTERVAL :interval SECOND
  UNION ALL
  SELECT n.node_id, 'everything', CAST(:from AS DATETIME), MIN(c.captured_at), NULL
  FROM node n LEFT JOIN capture c ON c.node_id = n.node_id AND c.captured_at >= :from AND c.captured_at < :to
  WHERE n.node_id IN (:node_ids)
  GROUP BY n.node_id HAVING MIN(c.captured_at) IS NULL OR MIN(c.captured_at) >= CAST(:from AS DATETIME) + INTERVAL :interval SECOND),
status AS (
  SELECT c.node_id, c.captured_at, s.source, c.error,
         CASE s.source WHEN 'mi' THEN c.mi_status WHEN 'dispatcher' THEN c.dispatcher_status WHEN 'dialog' THEN c.dialog_status
                       WHEN 'location' THEN c.location_status ELSE c.acc_status END AS was
  FROM capture c
       CROSS JOIN (SELECT 'mi' AS source UNION ALL SELECT 'dispatcher' UNION ALL SELECT 'dialog' UNION ALL SELECT 'location'
                   UNION ALL SELECT 'acc') s
  WHERE c.node_id IN (:node_ids) AND c.captured_at >= :from AND c.captured_at < :to),
turn AS (
  SELECT status.*, SUM(was <> 'failed') OVER (PARTITION BY node_id, source ORDER BY captured_at) AS number,
         LEAD(captured_at) OVER (PARTITION BY node_id, source ORDER BY captured_at) AS next_at
  FROM status)
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, g.missing, g.from_time, g.to_time,
       TIMESTAMPDIFF(SECOND, g.from_time, COALESCE(g.to_time, :to)) AS seconds, g.error
FROM :coverage(any) v
     JOIN (SELECT * FROM unseen
           UNION ALL
           SELECT node_id, source, MIN(captured_at), CASE WHEN SUM(next_at IS NULL) = 0 THEN MAX(next_at) END,
                  SUBSTRING(MIN(CONCAT(captured_at, COALESCE(error, ''))), 20)
           FROM turn WHERE was = 'failed' GROUP BY node_id, source, number) g ON g.node_id = v.node_id
ORDER BY v.node, g.from_time, g.missing
