-- group: registrations
-- question: Which phones came and went most often?
-- by: all
-- range: -24h
-- note: A phone that expires late and registers again flaps; so does one that takes another contact each time.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column aor text: address of record
-- column came count: times that a registration of it came
-- column went count: times that one went
-- column user_agent text: User-Agent of the last one
-- column last_came_at time: when one came last
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, CONCAT(COALESCE(f.username, ''), '@', COALESCE(f.domain, '')) AS aor,
       f.came, f.went, f.user_agent, f.last_came_at
FROM :coverage(location) v
     JOIN (SELECT e.node_id, h.username, h.domain, SUM(e.what = 'came') AS came, SUM(e.what = 'went') AS went,
                  SUBSTRING(MAX(CASE WHEN e.what = 'came' THEN CONCAT(e.at, COALESCE(h.user_agent, '')) END), 20) AS user_agent,
                  MAX(CASE WHEN e.what = 'came' THEN e.at END) AS last_came_at
           FROM :registration_events() e
                STRAIGHT_JOIN location_version h ON h.node_id = e.node_id AND h.valid_from = e.version_from AND h.contact_id = e.contact_id
           WHERE e.what <> 'changed' AND (:domain IS NULL OR h.domain = :domain) AND (:user IS NULL OR h.username = :user)
           GROUP BY e.node_id, h.username, h.domain
           HAVING came > 0
           ORDER BY came DESC, h.username, h.domain LIMIT :top) f ON f.node_id = v.node_id
ORDER BY v.node, f.came DESC, f.username, f.domain
