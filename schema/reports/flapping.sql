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
FROM :coverage(location_status) v
     JOIN (SELECT h.node_id, h.username, h.domain,
                  SUM(CASE WHEN h.valid_from = h.first_seen AND h.valid_from > :from AND h.valid_from > n.first_at THEN 1 ELSE 0 END) AS came,
                  SUM(CASE WHEN h.valid_to <= :to THEN 1 ELSE 0 END)
                    - SUM(CASE WHEN h.valid_from > h.first_seen AND h.valid_from > :from THEN 1 ELSE 0 END) AS went,
                  SUBSTRING(MAX(CONCAT(h.valid_from, COALESCE(h.user_agent, ''))), 20) AS user_agent,
                  MAX(CASE WHEN h.valid_from = h.first_seen AND h.valid_from > n.first_at THEN h.valid_from END) AS last_came_at
           FROM location_history h JOIN :first_look(location_status) n ON n.node_id = h.node_id
           WHERE h.valid_from >= CAST(DATE(:from) AS DATETIME) AND h.valid_from <= :to AND h.valid_to > :from
             AND (:domain IS NULL OR h.domain = :domain) AND (:user IS NULL OR h.username = :user)
           GROUP BY h.node_id, h.username, h.domain
           HAVING came > 0
           ORDER BY came DESC, h.username, h.domain LIMIT :top) f ON f.node_id = v.node_id
ORDER BY v.node, f.came DESC, f.username, f.domain
