-- group: calls
-- question: With which codes did calls fail?
-- by: all
-- range: -24h
-- note: From the call records, by the minute in which the call failed.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked that lie between the first call record and the last look at them
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column code text: SIP code
-- column reason text: its commonest reason phrase
-- column calls count: calls that failed so
-- column share percent: of all calls that failed
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, f.code, f.reason, f.calls, f.share
FROM :calls_known() v
     JOIN (SELECT node_id, code, MIN(CASE WHEN place = 1 THEN reason END) AS reason, SUM(calls) AS calls,
                  ROUND(100.000000 * SUM(calls) / SUM(SUM(calls)) OVER (PARTITION BY node_id), 2) AS share
           FROM (SELECT node_id, code, reason, SUM(calls) AS calls,
                        ROW_NUMBER() OVER (PARTITION BY node_id, code ORDER BY SUM(calls) DESC, reason) AS place
                 FROM cdr_failure_minute
                 WHERE node_id IN (:node_ids) AND minute >= :from AND minute < :to
                 GROUP BY node_id, code, reason) ranked
           GROUP BY node_id, code) f ON f.node_id = v.node_id
ORDER BY v.node, f.calls DESC, f.code
