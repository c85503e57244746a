-- :registration_events(): a row a registration and time after :from, up to :to, at which it came, changed (another version) or went
-- (the first capture without it). version_from leads to its version, by node_id and contact_id: the new one, or the last one.
-- No condition on `at` from outside: MySQL 9.7 pushes it in and then loses those that went.
(SELECT e.node_id, e.at, e.what, e.contact_id, e.version_from, e.first_seen
 FROM registration_event e
 WHERE e.node_id IN (:node_ids) AND e.at > :from AND e.at <= :rolled_to
 UNION ALL
 SELECT h.node_id, h.valid_from, CASE WHEN h.valid_from > h.first_seen THEN 'changed' ELSE 'came' END, h.contact_id, h.valid_from, h.first_seen
 FROM location_history h JOIN :first_look(location_status) n ON n.node_id = h.node_id
 WHERE h.node_id IN (:node_ids) AND h.valid_from > :rolled_to AND h.valid_from <= :to AND h.valid_from = h.began
   AND (h.valid_from > h.first_seen OR h.valid_from > n.first_at)
 UNION ALL
 SELECT h.node_id, h.ended_at, 'went', h.contact_id, h.valid_from, h.first_seen
 FROM (SELECT v.node_id, v.contact_id, v.valid_from, v.first_seen, COALESCE(p.went_on, v.valid_to) AS ended_at
       FROM location_history v LEFT JOIN :pauses() p ON p.node_id = v.node_id AND p.stopped = v.valid_to
       WHERE v.node_id IN (:node_ids) AND v.valid_from >= :held_from AND v.valid_from < :to AND v.valid_to <= :to) h
      LEFT JOIN location_version x ON x.node_id = h.node_id AND x.valid_from = h.ended_at AND x.contact_id = h.contact_id
                                  AND x.first_seen = h.first_seen
 WHERE h.ended_at > :rolled_to AND h.ended_at <= :to AND x.node_id IS NULL)
