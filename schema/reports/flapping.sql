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
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, :aor(f) AS aor,
       f.came,
       f.went
       + (SELECT COUNT(*)
        FROM location_history y LEFT JOIN :pauses() p ON p.node_id = y.node_id AND p.stopped = y.valid_to
             LEFT JOIN location_version x ON x.node_id = y.node_id AND x.valid_from = COALESCE(p.went_on, y.valid_to)
                       AND x.contact_id = y.contact_id AND x.first_seen = y.first_seen
        WHERE y.node_id = f.node_id AND y.username <=> f.username AND y.domain <=> f.domain AND y.valid_from < :to
          AND COALESCE(p.went_on, y.valid_to) > :from AND COALESCE(p.went_on, y.valid_to) <= :to
          AND (COALESCE(p.went_on, y.valid_to) <= :first_whole_day()
               OR COALESCE(p.went_on, y.valid_to) > GREATEST(:first_whole_day(), CAST(DATE(:rolled_to) AS DATETIME)))
          AND x.node_id IS NULL) AS went,
       f.user_agent, f.last_came_at
-- FORCE INDEX: just after a day was added up, MariaDB may not know yet how few rows one address of record has.
FROM :coverage(location) v
     JOIN (SELECT g.node_id, MAX(h.username) AS username, MAX(h.domain) AS domain, g.came, g.went, MAX(COALESCE(h.user_agent, '')) AS user_agent,
                  g.last_came_at
           FROM (SELECT t.node_id, t.aor, t.came, COALESCE(t.went, 0) AS went,
                        COALESCE(GREATEST(t.edge_came_at, t.day_came_at), t.edge_came_at, t.day_came_at) AS last_came_at
                 FROM (SELECT c.node_id, c.aor, c.came, c.edge_came_at,
                              (SELECT SUM(r.went) FROM aor_roll_up r FORCE INDEX (aor)
                               WHERE r.node_id = c.node_id AND r.aor = c.aor AND r.day >= DATE(:first_whole_day()) AND r.day < DATE(:rolled_to)) AS went,
                              (SELECT MAX(r.last_came_at) FROM aor_roll_up r FORCE INDEX (aor)
                               WHERE r.node_id = c.node_id AND r.aor = c.aor AND r.day >= DATE(:first_whole_day()) AND r.day < DATE(:rolled_to)) AS day_came_at
                       FROM (SELECT s.node_id, s.aor, SUM(s.came) AS came, MAX(s.edge_came_at) AS edge_came_at
                             FROM (SELECT r.node_id, r.aor, SUM(r.came) AS came, NULL AS edge_came_at
                                   FROM aor_roll_up r CROSS JOIN (SELECT :user AS username, :domain AS domain) u
                                   WHERE r.node_id IN (:node_ids) AND r.day >= DATE(:first_whole_day()) AND r.day < DATE(:rolled_to)
                                     AND (:domain IS NULL OR r.domain = :domain_number(:domain)) AND (:user IS NULL OR r.aor = :aor_number(u))
                                   GROUP BY r.node_id, r.aor
                                   UNION ALL
                                   SELECT h.node_id, :aor_number(h), 1, h.valid_from
                                   FROM :registrations_begun(x.valid_from > :from AND x.valid_from <= :to
                                                             AND (x.valid_from <= :first_whole_day() OR x.valid_from
                                                                  > GREATEST(:first_whole_day(), CAST(DATE(:rolled_to) AS DATETIME))))
                                        JOIN :first_look(location_status) n ON n.node_id = h.node_id
                                   WHERE h.valid_from = h.began AND h.valid_from = h.first_seen AND h.valid_from > n.first_at
                                     AND :registration_asked(h)) s
                             GROUP BY s.node_id, s.aor
                             HAVING came > 0
                             ORDER BY came DESC, s.aor LIMIT :top) c) t) g
                LEFT JOIN aor_roll_up q ON q.node_id = g.node_id AND q.aor = g.aor AND q.day = DATE(g.last_came_at - INTERVAL 1 SECOND)
                                        AND q.last_came_at = g.last_came_at
                STRAIGHT_JOIN location_version h ON h.node_id = g.node_id AND h.valid_from = g.last_came_at
                     AND h.contact_id = COALESCE(q.last_contact_id,
                                                 (SELECT MAX(z.contact_id) FROM location_version z
                                                  WHERE z.node_id = g.node_id AND z.valid_from = g.last_came_at
                                                    AND z.first_seen = g.last_came_at AND :aor_number(z) = g.aor))
           GROUP BY g.node_id, g.aor, g.came, g.went, g.last_came_at) f ON f.node_id = v.node_id
ORDER BY v.node, f.came DESC, f.username, f.domain
