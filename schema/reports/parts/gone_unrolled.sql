-- :gone_unrolled(): a row a registration that went after :rolled_to, up to :to: when no capture saw it any more, and the way to its last
-- version. What was rolled up is in registration_event. Versions that go on with another are few: found among themselves, not in the table.
(SELECT h.node_id, h.ended_at AS at, h.contact_id, h.valid_from AS version_from, h.first_seen, h.aor
 FROM (SELECT h.node_id, h.contact_id, h.valid_from, h.first_seen, COALESCE(p.went_on, h.valid_to) AS ended_at, :aor_number(h) AS aor
       FROM :registrations_begun(x.valid_from >= :held_from AND x.valid_from < :to)
            LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
       WHERE h.valid_to <= :to) h
      LEFT JOIN (SELECT DISTINCT s.node_id, s.valid_from, s.contact_id, s.first_seen
                 FROM :moments(location_version x WHERE x.node_id IN (:node_ids) AND x.valid_from > :rolled_to AND x.valid_from <= :to) m
                      STRAIGHT_JOIN location_version s ON s.node_id = m.node_id AND s.valid_from = m.valid_from
                 WHERE s.valid_from > s.first_seen) x
           ON x.node_id = h.node_id AND x.valid_from = h.ended_at AND x.contact_id = h.contact_id AND x.first_seen = h.first_seen
 WHERE h.ended_at > :rolled_to AND h.ended_at <= :to AND x.node_id IS NULL)
