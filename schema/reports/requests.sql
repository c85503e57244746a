-- group: server
-- question: How many requests and replies came, and how many failed?
-- by: hour
-- range: -24h
-- note: Per second, between captures next to each other; never across a restart, a reset or a gap that leaves the step.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column requests number: requests received a second
-- column replies number: replies received a second
-- column requests_forwarded number: requests forwarded statelessly a second
-- column requests_dropped number: requests dropped a second
-- column replies_dropped number: replies dropped a second
-- column bogus_requests number: bogus requests (err_requests) a second
-- column bogus_replies number: bogus replies (err_replies) a second
-- column bogus percent: bogus requests, of all requests
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, r.requests, r.replies, r.requests_forwarded,
       r.requests_dropped, r.replies_dropped, r.bogus_requests, r.bogus_replies, r.bogus
FROM :coverage(mi) v
     LEFT JOIN (SELECT g.node, g.step, :rate(rcv_requests) AS requests, :rate(rcv_replies) AS replies,
                       :rate(fwd_requests) AS requests_forwarded, :rate(drop_requests) AS requests_dropped,
                       :rate(drop_replies) AS replies_dropped, :rate(err_requests) AS bogus_requests,
                       :rate(err_replies) AS bogus_replies,
                       ROUND(100.000000 * :increase(err_requests) / NULLIF(:increase(rcv_requests), 0), 3) AS bogus
                FROM :growth(('core', 'rcv_requests'), ('core', 'rcv_replies'), ('core', 'fwd_requests'), ('core', 'drop_requests'),
                             ('core', 'drop_replies'), ('core', 'err_requests'), ('core', 'err_replies')) g
                GROUP BY g.node, g.step) r ON r.node = v.node AND r.step = v.begins
ORDER BY v.node, v.begins
