-- :calls_known(): a row a node and step: how many of its minutes lie between the first call that was taken from OpenSIPS's
-- accounting and the last time that it was read, and how often OpenSIPS started in it.
(SELECT n.node_id, n.node, s.begins, s.ends,
        ROUND(TIMESTAMPDIFF(SECOND, s.begins, s.ends) / 60) AS minutes_asked,
        CASE WHEN k.first_minute IS NULL OR k.known_to IS NULL THEN 0
             ELSE GREATEST(0, ROUND(TIMESTAMPDIFF(SECOND, GREATEST(s.begins, k.first_minute), LEAST(s.ends, k.known_to)) / 60))
        END AS minutes_seen,
        COALESCE(r.restarts, 0) AS restarts
 FROM node n CROSS JOIN :steps s
      LEFT JOIN (SELECT p.node_id,
                        (SELECT m.minute FROM cdr_minute m WHERE m.node_id = p.node_id ORDER BY m.minute LIMIT 1) AS first_minute,
                        GREATEST(COALESCE(p.newest_end, p.backfill_end), COALESCE(p.backfill_end, p.newest_end),
                                 COALESCE((SELECT c.captured_at FROM capture c
                                           WHERE c.node_id = p.node_id AND c.acc_status = 'ok' ORDER BY c.captured_at DESC LIMIT 1),
                                          p.newest_end, p.backfill_end)) AS known_to
                 FROM acc_position p WHERE p.source = 'acc') k ON k.node_id = n.node_id
      LEFT JOIN :restarts() r ON r.node_id = n.node_id AND r.step = s.begins
 WHERE n.node_id IN (:node_ids))
