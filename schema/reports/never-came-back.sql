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
       h.valid_to AS gone_at, h.first_seen AS online_since, h.contact, h.user_agent
FROM :coverage(location_status) v
     JOIN (SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.node_id, l.username, l.domain ORDER BY l.valid_to DESC, l.contact_id) AS place
           FROM (SELECT h.node_id, h.username, h.domain, h.valid_to, h.first_seen, h.contact, h.user_agent, h.contact_id
                 FROM location_history h JOIN node n ON n.node_id = h.node_id AND n.node_id IN (:node_ids)
                 WHERE h.valid_from >= CAST(DATE(:from) AS DATETIME) AND h.valid_from < :to
                   AND h.valid_to > :from AND h.valid_to <= :to AND (:domain IS NULL OR h.domain = :domain)) l) h
          ON h.node_id = v.node_id AND h.place = 1
WHERE NOT EXISTS (SELECT 1 FROM location_history x
                  WHERE x.node_id = h.node_id AND x.username <=> h.username AND x.domain <=> h.domain
                    AND x.valid_from >= CAST(DATE(h.valid_to) AS DATETIME) AND x.valid_to > h.valid_to)
ORDER BY v.node, h.valid_to DESC, aor
LIMIT :top
