-- :restarts(): how often OpenSIPS started in each step of a node, as far as a capture up to a day later could tell.
(SELECT node_id, :step(epoch_started_at) AS step, COUNT(DISTINCT epoch_started_at) AS restarts
 FROM (SELECT node_id, epoch_started_at
       FROM capture
       WHERE node_id IN (:node_ids) AND captured_at >= :captures_from AND captured_at < :to + INTERVAL 1 DAY
         AND epoch_started_at >= :from AND epoch_started_at < :to
       UNION ALL
       SELECT node_id, epoch_started_at
       FROM epoch
       WHERE node_id IN (:node_ids) AND first_seen >= :from AND first_seen < :captures_from
         AND epoch_started_at >= :from AND epoch_started_at < :to) told
 GROUP BY node_id, step)
