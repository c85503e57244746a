-- group: registrations
-- question: Which phones went, and have not come back since?
-- range: -24h
-- by: all
-- note: Addresses of record that were online in the time asked for, and that the newest capture of the node does not show.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column aor text: address of record
-- column gone_at time: first capture without it
-- column online_since time: when its last registration was first seen
-- column contact text: Contact of the last one
-- column user_agent text: User-Agent of the last one
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, :aor(h) AS aor,
       h.gone_at, h.first_seen AS online_since, h.contact, h.user_agent
FROM :coverage(location) v
     JOIN (SELECT h.node_id, l.at AS gone_at, h.first_seen, h.username, h.domain, h.contact, h.user_agent
           FROM (SELECT e.node_id, e.at, e.version_from, e.contact_id
                 FROM registration_event e
                 WHERE e.node_id IN (:node_ids) AND e.what = 'left' AND e.at > :from AND e.at <= :rolled_to
                   -- FORCE INDEX: as in flapping.
                   AND NOT EXISTS (SELECT 1 FROM aor_roll_up r FORCE INDEX (aor)
                                   WHERE r.node_id = e.node_id AND r.aor = e.aor
                                     AND r.day > DATE(e.at - INTERVAL 1 SECOND) AND r.came > 0)
                 UNION ALL
                 SELECT g.node_id, CAST(LEFT(g.newest, 19) AS DATETIME), CAST(SUBSTRING(g.newest, 20, 19) AS DATETIME),
                        ~CAST(SUBSTRING(g.newest, 39) AS UNSIGNED)
                 FROM (SELECT h.node_id, :aor_number(h) AS aor,
                              MAX(CONCAT(COALESCE(p.went_on, h.valid_to), h.valid_from, LPAD(CAST(~h.contact_id AS CHAR), 20, '0'))) AS newest
                       FROM :registrations_begun(:rolled_to < :to AND x.valid_from >= :held_from AND x.valid_from < :to)
                            LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
                       GROUP BY h.node_id, aor) g
                 WHERE LEFT(g.newest, 19) > CAST(:rolled_to AS CHAR) AND LEFT(g.newest, 19) <= CAST(:to AS CHAR)) l
                STRAIGHT_JOIN location_version h ON h.node_id = l.node_id AND h.valid_from = l.version_from AND h.contact_id = l.contact_id
           WHERE (:domain IS NULL OR h.domain = :domain)
             AND NOT EXISTS (SELECT 1 FROM location_version x
                             WHERE x.node_id = h.node_id AND x.username <=> h.username AND x.domain <=> h.domain
                               AND x.valid_from >= CAST(DATE(:rolled_to) AS DATETIME) AND x.valid_from >= CAST(DATE(l.at) AS DATETIME)
                               AND x.valid_to > l.at)
           ORDER BY l.at DESC, l.contact_id LIMIT :top) h ON h.node_id = v.node_id
ORDER BY h.gone_at DESC, v.node, aor
