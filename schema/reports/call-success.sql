-- group: calls
-- question: How many of the calls were answered, for how long, and how did the others fail?
-- by: hour
-- range: -24h
-- note: From the call records. Calls that were answered or failed in the step; the caller's domain with --domain.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step between the first call record and the last look at them
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column settled count: calls that were answered or failed
-- column answered count: calls answered
-- column asr percent: answer-seizure ratio, answered of settled
-- column acd seconds: average call duration: what was talked in the step by calls answered in it
-- column failed_3xx count: redirected
-- column failed_4xx count: refused with 4xx, other than 487
-- column failed_5xx count: failed with 5xx
-- column failed_6xx count: refused with 6xx
-- column cancelled count: 487, the caller gave up
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts,
       m.answered + m.failed_3xx + m.failed_4xx + m.failed_5xx + m.failed_6xx + m.cancelled AS settled, m.answered,
       ROUND(100.000000 * m.answered / NULLIF(m.answered + m.failed_3xx + m.failed_4xx + m.failed_5xx + m.failed_6xx + m.cancelled, 0), 2)
         AS asr,
       ROUND(m.talked / NULLIF(m.answered, 0), 1) AS acd,
       m.failed_3xx, m.failed_4xx, m.failed_5xx, m.failed_6xx, m.cancelled
FROM :calls_known() v
     LEFT JOIN (SELECT node_id, :step(minute) AS step, SUM(answered) AS answered, SUM(seconds_talked) AS talked,
                       SUM(failed_3xx) AS failed_3xx, SUM(failed_4xx) AS failed_4xx, SUM(failed_5xx) AS failed_5xx,
                       SUM(failed_6xx) AS failed_6xx, SUM(cancelled) AS cancelled
                FROM :minutes_where(c.domain = COALESCE(:domain, '*') AND c.direction = CASE WHEN :domain IS NULL THEN 'all' ELSE 'out' END) c
                GROUP BY node_id, step) m ON m.node_id = v.node_id AND m.step = v.begins
ORDER BY v.node, v.begins
