-- :registered(): c, the capture of the minute asked for, joined with h, the registrations that it knew.
:looked(location_status) c
     STRAIGHT_JOIN :moments(location_version x WHERE x.node_id IN (:node_ids) AND x.valid_from BETWEEN :held_from AND :at) m
                   ON m.node_id = c.node_id AND m.valid_from BETWEEN c.versions_from AND c.captured_at
     STRAIGHT_JOIN location_history h ON h.node_id = m.node_id AND h.valid_from = m.valid_from AND h.valid_to > c.captured_at
                   AND (h.source = 'table' OR c.location_source <> 'table')
