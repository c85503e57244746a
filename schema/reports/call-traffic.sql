-- group: calls
-- question: How many calls were tried, answered and ended, how much was talked, and what was the peak to the second?
-- by: hour
-- range: -24h
-- note: From the call records; a call counts once it has ended, so the newest hours lack calls that are still up.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step between the first call record and the last look at them
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column attempts count: INVITEs that came
-- column answered count: calls answered
-- column ended count: answered calls that ended
-- column talked seconds: talked within the step, by calls of any age
-- column erlangs number: talked, by the seconds of the step that are known: the mean number of calls up
-- column peak count: the most calls up in one second
-- column peak_at time: the first such second
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts,
       CASE WHEN v.minutes_seen > 0 THEN COALESCE(m.attempts, 0) END AS attempts,
       CASE WHEN v.minutes_seen > 0 THEN COALESCE(m.answered, 0) END AS answered,
       CASE WHEN v.minutes_seen > 0 THEN COALESCE(m.ended, 0) END AS ended,
       CASE WHEN v.minutes_seen > 0 THEN COALESCE(m.talked, 0) END AS talked,
       CASE WHEN v.minutes_seen > 0 THEN ROUND(COALESCE(m.talked, 0) / (v.minutes_seen * 60), 2) END AS erlangs,
       CASE WHEN v.minutes_seen > 0 THEN COALESCE(m.peak, 0) END AS peak, m.peak_at
FROM :calls_known() v
     LEFT JOIN (SELECT node_id, step, SUM(attempts) AS attempts, SUM(answered) AS answered, SUM(ended) AS ended,
                       SUM(seconds_talked) AS talked, MAX(peak) AS peak, MIN(CASE WHEN place = 1 THEN peak_at END) AS peak_at
                FROM (SELECT node_id, :step(minute) AS step, attempts, answered, ended, seconds_talked, peak, peak_at,
                             ROW_NUMBER() OVER (PARTITION BY node_id, :step(minute) ORDER BY peak DESC, minute) AS place
                      FROM :minutes_where(c.domain = '*' AND c.direction = 'all') c) ranked
                GROUP BY node_id, step) m ON m.node_id = v.node_id AND m.step = v.begins
ORDER BY v.node, v.begins
