-- :location_looks(): the same of registrations, and how many were refreshed.
(SELECT node_id, :step(captured_at) AS step, 1 AS looks, contacts AS total, contacts AS least, captured_at AS least_at, contacts AS most,
        captured_at AS most_at, refreshed
 FROM capture
 WHERE node_id IN (:node_ids) AND captured_at >= :captures_from AND captured_at < :to AND location_status = 'ok'
 UNION ALL
 SELECT node_id, :step(begins), looks, total, least, least_at, most, most_at, refreshed
 FROM :captures
 WHERE node_id IN (:node_ids) AND day >= DATE(:from) AND day <= DATE(:captures_from - INTERVAL 1 SECOND) AND begins >= :from AND begins < :captures_from
   AND source = 'location')
