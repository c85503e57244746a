-- group: registrations
-- question: How long do registrations stay?
-- by: all
-- range: -24h
-- note: Registrations that went in the time asked for, from the first sight of the contact to the first capture without it.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column stayed text: for how long
-- column registrations count: that went after so long
-- column share percent: of those that went
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts,
       ELT(d.class, 'under 1 minute', '1 to 5 minutes', '5 to 15 minutes', '15 to 60 minutes', '1 to 4 hours', '4 to 24 hours',
           '1 to 7 days', '7 days and more', 'since before the first capture') AS stayed,
       d.registrations, d.share
FROM :coverage(location) v
     JOIN (SELECT node_id, class, SUM(registrations) AS registrations,
                  ROUND(100.000000 * SUM(registrations) / SUM(SUM(registrations)) OVER (PARTITION BY node_id), 2) AS share
           FROM (SELECT s.node_id, CASE WHEN s.known_from > CAST('1970-01-02' AS DATETIME) AND s.known_from <= n.first_at THEN 9 ELSE s.stayed END AS class,
                        s.registrations
                 FROM (SELECT r.node_id, r.known_from, r.stayed, r.registrations
                       FROM stay_roll_up r
                       WHERE r.node_id IN (:node_ids) AND r.day >= DATE(:first_whole_day()) AND r.day < DATE(:rolled_to)
                         AND (:domain IS NULL OR r.domain = :domain_number(:domain))
                       UNION ALL
                       SELECT e.node_id, e.first_seen, :stay_class(e), 1
                       FROM (SELECT r.node_id, r.at, r.contact_id, r.version_from, r.first_seen
                             FROM registration_event r
                             WHERE r.node_id IN (:node_ids) AND r.what IN ('went', 'left') AND r.at > :from AND r.at <= :rolled_to
                               AND (r.at <= :first_whole_day() OR r.at > GREATEST(:first_whole_day(), CAST(DATE(:rolled_to) AS DATETIME)))
                             UNION ALL
                             SELECT g.node_id, g.at, g.contact_id, g.version_from, g.first_seen FROM :gone_unrolled() g) e
                       WHERE :domain IS NULL
                          OR EXISTS (SELECT 1 FROM location_version h WHERE h.node_id = e.node_id AND h.valid_from = e.version_from
                                                                        AND h.contact_id = e.contact_id AND h.domain = :domain)) s
                      JOIN :first_look(location_status) n ON n.node_id = s.node_id) ended
           GROUP BY node_id, class) d ON d.node_id = v.node_id
ORDER BY v.node, d.class
