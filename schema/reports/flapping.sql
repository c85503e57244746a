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
       f.came, f.went,
       (SELECT MAX(COALESCE(x.user_agent, '')) FROM location_version x
        WHERE x.node_id = f.node_id AND x.username <=> f.username AND x.domain <=> f.domain AND x.valid_from = f.last_came_at
          AND x.first_seen = f.last_came_at) AS user_agent,
       f.last_came_at
FROM :coverage(location) v
     JOIN (SELECT g.node_id, h.username, h.domain, g.came, g.went, g.last_came_at
           FROM (SELECT a.*, RANK() OVER (ORDER BY came DESC) AS place
                 FROM (SELECT e.node_id, :aor_number(h) AS aor, SUM(e.what = 'came') AS came, SUM(e.what = 'went') AS went,
                              MAX(CASE WHEN e.what = 'came' THEN e.at END) AS last_came_at,
                              MAX(CONCAT(e.version_from, e.contact_id)) AS last_version
                       FROM :registration_events() e
                            STRAIGHT_JOIN location_version h ON h.node_id = e.node_id AND h.valid_from = e.version_from
                                                             AND h.contact_id = e.contact_id
                       WHERE e.what <> 'changed' AND (:domain IS NULL OR h.domain = :domain) AND (:user IS NULL OR h.username = :user)
                       GROUP BY e.node_id, aor HAVING came > 0) a) g
                STRAIGHT_JOIN location_version h ON h.node_id = g.node_id AND h.valid_from = CAST(LEFT(g.last_version, 19) AS DATETIME)
                                                 AND h.contact_id = CAST(SUBSTRING(g.last_version, 20) AS UNSIGNED)
           WHERE g.place <= :top
           ORDER BY g.came DESC, h.username, h.domain LIMIT :top) f ON f.node_id = v.node_id
ORDER BY v.node, f.came DESC, f.username, f.domain
