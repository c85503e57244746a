-- :registrations_begun(CONDITION on x.valid_from): h, the registrations in versions that began then, joined with m, these moments.
:moments(location_version x WHERE x.node_id IN (:node_ids) AND :argument) m
STRAIGHT_JOIN location_history h ON h.node_id = m.node_id AND h.valid_from = m.valid_from
