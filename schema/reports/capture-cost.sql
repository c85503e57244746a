-- group: archive
-- question: What did the captures cost, and what did they keep?
-- by: hour
-- range: -24h
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step that have a capture
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column mean_ms number: milliseconds a capture took, mean
-- column slowest_ms count: .. the slowest
-- column slowest_at time: that capture
-- column mi_mean_ms number: milliseconds that MI was at work for one, mean
-- column mi_slowest_ms count: .. the longest
-- column thinned count: captures that asked less, since mi.budget was overdrawn
-- column samples count: values kept
-- column opened count: versions that began
-- column closed count: versions that ended
-- column refreshed count: registrations refreshed
-- column calls count: call records taken
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, c.mean_ms, c.slowest_ms, c.slowest_at, c.mi_mean_ms,
       c.mi_slowest_ms, c.thinned, c.samples, c.opened,
       c.closed, c.refreshed, c.calls
FROM :coverage(any) v
     LEFT JOIN (SELECT node_id, step, ROUND(AVG(1.000000 * elapsed_ms), 1) AS mean_ms, MAX(elapsed_ms) AS slowest_ms,
                       MIN(CASE WHEN place = 1 THEN captured_at END) AS slowest_at, ROUND(AVG(1.000000 * mi_ms), 1) AS mi_mean_ms,
                       MAX(mi_ms) AS mi_slowest_ms, SUM(FIND_IN_SET('mi_thinned', flags) > 0) AS thinned, SUM(samples) AS samples, SUM(opened) AS opened,
                       SUM(closed) AS closed, SUM(refreshed) AS refreshed, SUM(calls) AS calls
                FROM (SELECT node_id, captured_at, elapsed_ms, mi_ms, flags, samples, opened, closed, refreshed, calls, :step(captured_at) AS step,
                             ROW_NUMBER() OVER (PARTITION BY node_id, :step(captured_at)
                                                ORDER BY elapsed_ms DESC, captured_at) AS place
                      FROM capture WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to) ranked
                GROUP BY node_id, step) c ON c.node_id = v.node_id AND c.step = v.begins
ORDER BY v.node, v.begins
