-- group: server
-- question: What was going on, at a glance?
-- by: hour
-- range: -24h
-- note: Where to begin when somebody complains about yesterday at 14:00: ask it --by minute around that time, then the report
-- note: that tells more about the column that stands out.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step that have a capture (see gaps)
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it (see restarts)
-- column calls_most count: calls up in the capture with the most (see concurrent-calls)
-- column answered count: calls answered, from the call records (see call-success)
-- column asr percent: answered, of those that were answered or failed
-- column failed_5xx count: calls that failed with 5xx or 6xx (see failures-by-code)
-- column contacts_least count: registrations in the capture with the fewest (see registrations)
-- column contacts_most count: .. with the most
-- column requests number: requests a second (see requests)
-- column refused percent: transactions that ended with 4xx to 6xx (see replies)
-- column gateways_down count: destinations of the dispatcher not active at once, the most (see dispatcher-outages)
-- column load_most number: load over a minute, the most (see load)
-- column memory_most percent: shared memory used, the most (see memory)
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, l.calls_most, m.answered,
       ROUND(100.000000 * m.answered / NULLIF(m.settled, 0), 1) AS asr, m.failed_5xx, l.contacts_least, l.contacts_most, r.requests, r.refused,
       CASE WHEN l.dispatcher_looks > 0 THEN COALESCE(g.down, 0) END AS gateways_down, u.load_most, u.memory_most
FROM :coverage(any) v
     LEFT JOIN (SELECT node_id, :step(captured_at) AS step, MAX(CASE WHEN dialog_status = 'ok' THEN dialogs END) AS calls_most,
                       MIN(CASE WHEN location_status = 'ok' THEN contacts END) AS contacts_least,
                       MAX(CASE WHEN location_status = 'ok' THEN contacts END) AS contacts_most,
                       SUM(dispatcher_status = 'ok') AS dispatcher_looks
                FROM capture WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to GROUP BY node_id, step) l
          ON l.node_id = v.node_id AND l.step = v.begins
     LEFT JOIN (SELECT node_id, :step(minute) AS step, SUM(answered) AS answered, SUM(failed_5xx + failed_6xx) AS failed_5xx,
                       SUM(answered + failed_3xx + failed_4xx + failed_5xx + failed_6xx + cancelled) AS settled
                FROM :minutes_where(c.domain = '*' AND c.direction = 'all') c GROUP BY node_id, step) m
          ON m.node_id = v.node_id AND m.step = v.begins
     LEFT JOIN (SELECT g.node, g.step, :rate(rcv_requests) AS requests,
                       ROUND(100.000000 * (:increase(4xx_transactions) + :increase(5xx_transactions) + :increase(6xx_transactions))
                             / NULLIF(:increase(2xx_transactions) + :increase(3xx_transactions) + :increase(4xx_transactions)
                                      + :increase(5xx_transactions) + :increase(6xx_transactions), 0), 1) AS refused
                FROM :growth(('core', 'rcv_requests'), ('tm', '2xx_transactions'), ('tm', '3xx_transactions'),
                             ('tm', '4xx_transactions'), ('tm', '5xx_transactions'), ('tm', '6xx_transactions')) g
                GROUP BY g.node, g.step) r ON r.node = v.node AND r.step = v.begins
     LEFT JOIN (SELECT node_id, step, MAX(down) AS down
                FROM (SELECT c.node_id, :step(c.captured_at) AS step, c.captured_at, COUNT(*) AS down
                      FROM capture c JOIN dispatcher_history h
                           ON h.node_id = c.node_id AND h.valid_from >= CAST(DATE(:from) AS DATETIME) AND h.valid_from < :to
                           AND h.valid_from <= c.captured_at AND h.valid_to > c.captured_at AND h.state <> 'Active'
                      WHERE c.node_id IN (:node_ids) AND c.captured_at >= :from AND c.captured_at < :to AND c.dispatcher_status = 'ok'
                      GROUP BY c.node_id, step, c.captured_at) at_once
                GROUP BY node_id, step) g ON g.node_id = v.node_id AND g.step = v.begins
     LEFT JOIN (SELECT u.node, u.step, MAX(CASE WHEN u.name = 'load1m' THEN u.highest END) AS load_most,
                       ROUND(100.000000 * MAX(CASE WHEN u.name = 'real_used_size' THEN u.highest END)
                             / NULLIF(MAX(CASE WHEN u.name = 'total_size' THEN u.highest END), 0), 1) AS memory_most
                FROM :gauges(('load', 'load1m'), ('shmem', 'real_used_size'), ('shmem', 'total_size')) u
                GROUP BY u.node, u.step) u ON u.node = v.node AND u.step = v.begins
ORDER BY v.node, v.begins
