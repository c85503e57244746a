-- group: server
-- question: What was refused, malformed or dropped, and what did the script count?
-- by: hour
-- range: -24h
-- note: Growth of the counters that scans and attacks move, and of each that the script keeps (statistics module). Only steps
-- note: and counters in which something grew; a step in which nothing was seen is in coverage.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column statistic text: group:name
-- column increase count: growth between captures that were looked at
-- column per_second number: the same a second
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, CONCAT(g.`group`, ':', g.name) AS statistic, g.increase,
       ROUND(1.000000 * g.increase / g.seconds, 3) AS per_second
FROM (SELECT g.node, g.step, g.`group`, g.name, SUM(g.increase) AS increase, SUM(g.seconds) AS seconds
      FROM :growth_where((s.`group`, s.name) IN (('registrar', 'rejected_regs'), ('core', 'bad_URIs_rcvd'), ('core', 'bad_msg_hdr'),
                           ('core', 'drop_requests'), ('core', 'drop_replies'), ('core', 'err_requests'), ('core', 'err_replies'),
                           ('sl', '4xx_replies'))
                         OR (s.kind = 'counter'
                             AND s.`group` NOT IN ('cdb', 'core', 'dialog', 'dns', 'load', 'nat_traversal', 'net', 'pkmem',
                                                   'registrar', 'rpmem', 'shmem', 'sl', 'sql', 'tm', 'usrloc'))) g
      GROUP BY g.node, g.step, g.`group`, g.name HAVING SUM(g.increase) > 0) g
     -- DISTINCT takes nothing away: the steps are put together once, and found by their beginning.
     STRAIGHT_JOIN (SELECT DISTINCT v.* FROM :coverage(mi) v) v ON v.node = g.node AND v.begins = g.step
ORDER BY v.node, v.begins, statistic
