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
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, CONCAT(COALESCE(h.username, ''), '@', COALESCE(h.domain, '')) AS aor,
       h.gone_at, h.first_seen AS online_since, h.contact, h.user_agent
FROM :coverage(location) v
     JOIN (SELECT h.node_id, CAST(LEFT(g.last_gone, 19) AS DATETIME) AS gone_at, h.first_seen, h.username, h.domain, h.contact, h.user_agent
           FROM (SELECT e.node_id, :aor_number(h) AS aor,
                        MAX(CONCAT(e.at, e.version_from, LPAD(CAST(~e.contact_id AS CHAR), 20, '0'))) AS last_gone
                 FROM :registration_events() e
                      STRAIGHT_JOIN location_version h ON h.node_id = e.node_id AND h.valid_from = e.version_from
                                                       AND h.contact_id = e.contact_id
                 WHERE e.what = 'went' AND (:domain IS NULL OR h.domain = :domain)
                 GROUP BY e.node_id, aor) g
                STRAIGHT_JOIN location_version h ON h.node_id = g.node_id AND h.valid_from = CAST(SUBSTRING(g.last_gone, 20, 19) AS DATETIME)
                                                 AND h.contact_id = ~CAST(SUBSTRING(g.last_gone, 39) AS UNSIGNED)) h ON h.node_id = v.node_id
WHERE NOT EXISTS (SELECT 1 FROM location_version x
                  WHERE x.node_id = h.node_id AND x.username <=> h.username AND x.domain <=> h.domain
                    AND x.valid_from >= CAST(DATE(:from) AS DATETIME) AND x.valid_from >= CAST(DATE(h.gone_at) AS DATETIME)
                    AND x.valid_to > h.gone_at)
ORDER BY v.node, h.gone_at DESC, aor
LIMIT :top
