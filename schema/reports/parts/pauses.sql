-- :pauses(): a row a node and pause of a whole UTC day or more. What was in force when its last day ended has an end there in the
-- tables; it went on, as far as anybody saw, until the next day with a capture.
(SELECT d.node_id, d.day + INTERVAL 1 DAY AS stopped, COALESCE(d.next_day, CAST('9999-12-31 00:00:00' AS DATETIME)) AS went_on
 FROM (SELECT node_id, day, LEAD(day) OVER (PARTITION BY node_id ORDER BY day) AS next_day
       FROM (SELECT DISTINCT node_id, CAST(DATE(captured_at) AS DATETIME) AS day
             FROM capture
             WHERE node_id IN (:node_ids) AND captured_at < :to + INTERVAL 1 DAY
               AND captured_at >= (SELECT LEAST(:held_from, CAST(DATE(:from) AS DATETIME), COALESCE(CAST(DATE(MIN(b.newest)) AS DATETIME), :held_from))
                                   FROM (SELECT MAX(captured_at) AS newest FROM capture
                                         WHERE node_id IN (:node_ids) AND captured_at < :from GROUP BY node_id) b)) days) d
 WHERE d.next_day IS NULL OR d.next_day > d.day + INTERVAL 1 DAY)
