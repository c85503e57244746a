-- group: calls
-- question: Through which gateways and hosts did calls go?
-- by: all
-- range: -24h
-- note: Calls seen in OpenSIPS's dialog table in the time asked for, by the host in the contact of either side. A call counts again
-- note: at a host that it had left and comes back to on another UTC day, and at one where it changes in the very capture of midnight.
-- note: Where a destination of the dispatcher has that host, its set is shown. Whole UTC days that `sipkeep retain` has added up are
-- note: told at once; of any other time each call is read, which takes seconds where they are hundreds of thousands.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column side text: called: calls sent there; calling: calls that came from there
-- column gateway text: host and port
-- column dispatcher text: sets of the dispatcher that hold it
-- column calls count: calls seen
-- column seconds seconds: for how long they were seen up, together
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, g.side, g.gateway,
       (SELECT GROUP_CONCAT(DISTINCT x.set_id ORDER BY x.set_id) FROM dispatcher_history x
        WHERE x.node_id = v.node_id AND x.valid_from >= CAST(DATE(:from) AS DATETIME) AND x.valid_from < :to AND x.valid_to > :from
          AND :host(x.uri) = g.gateway) AS dispatcher,
       g.calls, g.seconds
FROM :coverage(dialog) v
     JOIN (SELECT node_id, side, gateway, calls, seconds,
                  ROW_NUMBER() OVER (PARTITION BY node_id, side ORDER BY calls DESC, gateway) AS place
           FROM (SELECT s.node_id, s.side, s.calls, s.seconds,
                        CASE WHEN s.version IS NULL THEN r.gateway
                             ELSE :host(CASE WHEN s.side = 'called' THEN d.callee_contact ELSE d.caller_contact END) END AS gateway
                 FROM (SELECT node_id, side, host_number, SUM(calls) AS calls, SUM(seconds) AS seconds, MAX(version) AS version,
                              MAX(rolled_up) AS rolled_up, RANK() OVER (PARTITION BY node_id, side ORDER BY SUM(calls) DESC) AS place
                       FROM (SELECT node_id, side, host_number, at_start + began AS calls, seconds, version, NULL AS rolled_up
                             FROM :gateway_sums() raw
                             UNION ALL
                             SELECT u.node_id, u.side, u.host, SUM(u.began + CASE WHEN u.day < f.ends THEN u.at_start ELSE 0 END), SUM(u.seconds), NULL,
                                    MAX(u.day)
                             FROM gateway_roll_up u JOIN :gateway_first() f ON f.node_id = u.node_id
                             WHERE u.node_id IN (:node_ids) AND :domain IS NULL AND u.day >= DATE(:from + INTERVAL 86399 SECOND)
                               AND u.day < DATE(:rolled_to)
                             GROUP BY u.node_id, u.side, u.host) told
                       GROUP BY node_id, side, host_number) s
                      LEFT JOIN gateway_roll_up r ON r.node_id = s.node_id AND r.day = s.rolled_up AND r.side = s.side AND r.host = s.host_number
                      LEFT JOIN dialog_version d ON d.node_id = s.node_id AND d.valid_from = CAST(LEFT(s.version, 19) AS DATETIME)
                                                 AND d.dlg_id = CAST(SUBSTRING(s.version, 20) AS UNSIGNED)
                 WHERE s.place <= :top AND s.calls > 0) named) g ON g.node_id = v.node_id AND g.place <= :top
ORDER BY v.node, g.side, g.calls DESC, g.gateway
