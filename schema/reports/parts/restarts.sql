-- :restarts(): how often OpenSIPS started in each step of a node, as far as a capture up to a day later could tell.
(SELECT node_id, :step(epoch_started_at) AS step, COUNT(DISTINCT epoch_started_at) AS restarts
 FROM capture
 WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to + INTERVAL 1 DAY
   AND epoch_started_at >= :from AND epoch_started_at < :to
 GROUP BY node_id, step)
