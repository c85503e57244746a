-- :coverage(SOURCE): a row a node and step: how many of its minutes some capture read the source, or was there at all (any), and how
-- often OpenSIPS started in it, as far as a later capture could tell.
(SELECT n.node_id, n.node, s.begins, s.ends,
        ROUND(TIMESTAMPDIFF(SECOND, s.begins, s.ends) / 60) AS minutes_asked,
        LEAST(ROUND((COALESCE(c.looks, 0) + COALESCE(u.looks, 0)) * :interval / 60), ROUND(TIMESTAMPDIFF(SECOND, s.begins, s.ends) / 60))
          AS minutes_seen,
        COALESCE(r.restarts, 0) AS restarts
 FROM node n CROSS JOIN :steps s
      LEFT JOIN (SELECT node_id, :step(captured_at) AS step, COUNT(*) AS looks
                 FROM capture
                 WHERE node_id IN (:node_ids) AND captured_at >= :captures_from AND captured_at < :to AND :status(:argument) = 'ok'
                 GROUP BY node_id, step) c ON c.node_id = n.node_id AND c.step = s.begins
      LEFT JOIN (SELECT node_id, :step(begins) AS step, SUM(looks) AS looks
                 FROM :captures
                 WHERE node_id IN (:node_ids) AND day >= DATE(:from) AND day <= DATE(:captures_from - INTERVAL 1 SECOND) AND begins >= :from AND begins < :captures_from
                   AND source = ':argument'
                 GROUP BY node_id, step) u ON u.node_id = n.node_id AND u.step = s.begins
      LEFT JOIN :restarts() r ON r.node_id = n.node_id AND r.step = s.begins
 WHERE n.node_id IN (:node_ids))
