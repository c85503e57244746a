-- group: registrations
-- question: Which phones moved: other address, contact, phone or socket?
-- range: -24h
-- by: all
-- note: A registration that changed, and one that replaced another of the same address of record and +sip.instance between
-- note: two captures (a new contact). Limited to --top rows, the newest first.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column aor text: address of record
-- column moved_at time: the first capture that saw it there
-- column what text: what changed
-- column contact_before text: Contact
-- column contact text: Contact
-- column received_before text: address that the registration came from
-- column received text: address that the registration came from
-- column user_agent_before text: User-Agent
-- column user_agent text: User-Agent
-- column socket_before text: socket of OpenSIPS
-- column socket text: socket of OpenSIPS
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, :aor(m) AS aor,
       m.moved_at, m.what, m.contact_before, m.contact, m.received_before, m.received, m.user_agent_before, m.user_agent,
       m.socket_before, m.socket
FROM :coverage(location) v
     JOIN (SELECT b.node_id, b.username, b.domain, b.valid_from AS moved_at,
                  CONCAT_WS(', ', CASE WHEN NOT a.contact <=> b.contact THEN 'contact' END, CASE WHEN NOT a.received <=> b.received THEN 'received' END,
                            CASE WHEN NOT a.user_agent <=> b.user_agent THEN 'user agent' END,
                            CASE WHEN NOT a.socket <=> b.socket THEN 'socket' END) AS what,
                  a.contact AS contact_before, b.contact, a.received AS received_before, b.received,
                  a.user_agent AS user_agent_before, b.user_agent, a.socket AS socket_before, b.socket
           FROM (SELECT r.node_id, r.at, r.contact_id
                 FROM registration_event r
                 WHERE r.node_id IN (:node_ids) AND r.what = 'moved' AND r.at > :from AND r.at <= :rolled_to AND r.at < :to
                 UNION ALL
                 SELECT h.node_id, h.valid_from, h.contact_id
                 FROM :registrations_begun(x.valid_from > :rolled_to AND x.valid_from < :to)
                      LEFT JOIN (SELECT DISTINCT g.node_id, g.at, g.aor FROM :gone_unrolled() g) g
                           ON g.node_id = h.node_id AND g.at = h.valid_from AND g.aor = :aor_number(h)
                 WHERE h.valid_from = h.began
                   AND (h.valid_from > h.first_seen OR g.node_id IS NOT NULL)) e
                STRAIGHT_JOIN location_version b ON b.node_id = e.node_id AND b.valid_from = e.at AND b.contact_id = e.contact_id
                LEFT JOIN :pauses() p ON p.node_id = b.node_id AND p.went_on = b.valid_from
                STRAIGHT_JOIN location_version a ON a.node_id = b.node_id AND a.username <=> b.username AND a.domain <=> b.domain
                             AND a.valid_from >= COALESCE(p.stopped, CAST(DATE(b.valid_from) AS DATETIME) + INTERVAL 1 DAY) - INTERVAL 2 DAY
                             AND a.valid_from < b.valid_from
                             AND a.valid_from >= LEAST(CAST(DATE(:from) AS DATETIME), :held_from) - INTERVAL 2 DAY AND a.valid_from < :to
                             AND a.valid_to IN (b.valid_from, p.stopped)
                             AND (a.contact_id = b.contact_id OR a.sip_instance = b.sip_instance)
           WHERE :registration_asked(b)
             AND NOT (a.contact <=> b.contact AND a.received <=> b.received AND a.user_agent <=> b.user_agent AND a.socket <=> b.socket)
           ORDER BY e.at DESC, e.contact_id LIMIT :top) m ON m.node_id = v.node_id
ORDER BY m.moved_at DESC, v.node, aor
