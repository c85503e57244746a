-- group: calls
-- question: Through which gateways and hosts did calls go?
-- by: all
-- range: -24h
-- note: Calls seen in OpenSIPS's dialog table in the time asked for, by the host in the contact of either side. Where a
-- note: destination of the dispatcher has that host, its set is shown.
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
           FROM (SELECT node_id, side, gateway, COUNT(DISTINCT dlg_id, start_time) AS calls, SUM(seconds) AS seconds
                 FROM (SELECT d.node_id, k.side, d.dlg_id, d.start_time,
                              :host(CASE WHEN k.side = 'called' THEN d.callee_contact ELSE d.caller_contact END) AS gateway,
                              TIMESTAMPDIFF(SECOND, GREATEST(d.valid_from, :from), LEAST(d.valid_to, :to)) AS seconds
                       FROM dialog_history d CROSS JOIN (SELECT 'called' AS side UNION ALL SELECT 'calling') k
                       WHERE d.node_id IN (:node_ids) AND d.valid_from >= CAST(DATE(:from) AS DATETIME) AND d.valid_from < :to
                         AND d.valid_to > :from AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))) both_sides
                 GROUP BY node_id, side, gateway) counted) g ON g.node_id = v.node_id AND g.place <= :top
ORDER BY v.node, g.side, g.calls DESC, g.gateway
