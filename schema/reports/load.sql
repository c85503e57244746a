-- group: server
-- question: How busy was OpenSIPS, and what was slow?
-- by: hour
-- range: -24h
-- note: load is the share of time in which the workers were busy, in percent.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column load_mean number: load over the last minute (load1m), mean of the captures
-- column load_most number: .. the most
-- column load_most_at time: the first capture with that
-- column load_now_most number: load at the moment of a capture (load), the most
-- column waiting_most number: bytes waiting in the UDP sockets, the most
-- column slow_messages count: messages that took longer than the threshold of the script
-- column slow_sql count: slow database queries
-- column slow_dns count: slow DNS queries
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, u.load_mean, u.load_most, u.load_most_at, u.load_now_most,
       u.waiting_most, r.slow_messages, r.slow_sql, r.slow_dns
FROM :coverage(mi) v
     LEFT JOIN (SELECT u.node, u.step, ROUND(SUM(CASE WHEN u.name = 'load1m' THEN 1.000000 * u.total END)
                                                / SUM(CASE WHEN u.name = 'load1m' THEN u.samples END), 1) AS load_mean,
                       MAX(CASE WHEN u.name = 'load1m' THEN u.highest END) AS load_most,
                       MIN(CASE WHEN u.name = 'load1m' AND u.place = 1 THEN u.highest_at END) AS load_most_at,
                       MAX(CASE WHEN u.name = 'load' THEN u.highest END) AS load_now_most,
                       MAX(CASE WHEN u.name = 'waiting_udp' THEN u.highest END) AS waiting_most
                FROM (SELECT x.*, ROW_NUMBER() OVER (PARTITION BY x.node, x.step, x.name ORDER BY x.highest DESC, x.highest_at) AS place
                      FROM :gauges(('load', 'load1m'), ('load', 'load'), ('net', 'waiting_udp')) x) u
                GROUP BY u.node, u.step) u ON u.node = v.node AND u.step = v.begins
     LEFT JOIN (SELECT g.node, g.step, :increase(slow_messages) AS slow_messages, :increase(sql_slow_queries) AS slow_sql,
                       :increase(dns_slow_queries) AS slow_dns
                FROM :growth(('core', 'slow_messages'), ('sql', 'sql_slow_queries'), ('dns', 'dns_slow_queries')) g
                GROUP BY g.node, g.step) r ON r.node = v.node AND r.step = v.begins
ORDER BY v.node, v.begins
