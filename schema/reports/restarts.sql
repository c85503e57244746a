-- group: server
-- question: When did OpenSIPS start, and how long was each of its lives seen?
-- range: -30d
-- by: all
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which MI was read
-- column minutes_asked count: minutes asked
-- column started_at time: start of OpenSIPS
-- column last_before time: the last capture that saw the life before it; empty: nobody knows of one
-- column first_seen time: the first capture that saw this one
-- column last_seen time: the last one that did, of the time asked for
-- column up seconds: from its start to that
SELECT v.node, v.minutes_seen, v.minutes_asked, e.started_at, e.last_before, e.first_seen, e.last_seen,
       TIMESTAMPDIFF(SECOND, e.started_at, e.last_seen) AS up
FROM :coverage(mi) v
     JOIN (SELECT node_id, epoch_started_at AS started_at, MIN(captured_at) AS first_seen, MAX(captured_at) AS last_seen,
                  LAG(MAX(captured_at)) OVER (PARTITION BY node_id ORDER BY MIN(captured_at)) AS last_before
           FROM capture
           WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to AND mi_status = 'ok' AND epoch_started_at IS NOT NULL
           GROUP BY node_id, epoch_started_at) e ON e.node_id = v.node_id
ORDER BY v.node, e.first_seen
