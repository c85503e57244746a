-- :events_unrolled(): a row a registration and time after :rolled_to, up to :to, at which it came, changed (another version) or went
-- (the first capture without it). version_from leads to its version, by node_id and contact_id: the new one, or the last one.
-- No condition on `at` from outside: MySQL 9.7 pushes it in and then loses those that went.
(SELECT h.node_id, h.valid_from AS at, CASE WHEN h.valid_from > h.first_seen THEN 'changed' ELSE 'came' END AS what, h.contact_id,
        h.valid_from AS version_from, :aor_number(h) AS aor
 FROM location_history h JOIN :first_look(location_status) n ON n.node_id = h.node_id
 WHERE h.node_id IN (:node_ids) AND h.valid_from > :rolled_to AND h.valid_from <= :to AND h.valid_from = h.began
   AND (h.valid_from > h.first_seen OR h.valid_from > n.first_at)
 UNION ALL
 SELECT g.node_id, g.at, 'went', g.contact_id, g.version_from, g.aor FROM :gone_unrolled() g)
