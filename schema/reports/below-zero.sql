-- group: server
-- question: Which of OpenSIPS's statistics stood below zero?
-- by: all
-- range: -24h
-- note: OpenSIPS counts without a sign: a value from 2^63 up was counted down once too often, and is kept as the negative number it is.
-- note: Only from samples: days that are only added up no longer tell.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which MI was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column statistic text: group:name
-- column samples count: captures in which it stood below zero
-- column lowest number: the lowest value; empty: OpenSIPS printed it rounded
-- column first_at time: the first of these captures
-- column last_at time: the last one
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, CONCAT(b.`group`, ':', b.name) AS statistic, b.samples, b.lowest, b.first_at,
       b.last_at
FROM :coverage(mi) v
     JOIN (SELECT s.node_id, s.`group`, s.name, COUNT(*) AS samples, MIN(CASE WHEN s.flag = 1 THEN s.value END) AS lowest,
                  MIN(s.captured_at) AS first_at, MAX(s.captured_at) AS last_at
           FROM statistic_sample s
           WHERE s.node_id IN (:node_ids) AND s.day BETWEEN DATE(:from) AND DATE(:to) AND s.captured_at >= :from AND s.captured_at < :to
             AND s.flag IN (1, 3) AND s.flagged = 1
           GROUP BY s.node_id, s.`group`, s.name) b ON b.node_id = v.node_id
ORDER BY v.node, b.samples DESC, statistic
