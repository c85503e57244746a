-- group: server
-- question: When were counters set back without a restart?
-- by: all
-- range: -24h
-- note: Somebody ran reset_statistics, or a counter that the script keeps was counted down.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which MI was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them; these are no resets
-- column reset_at time: the first capture that saw it lower
-- column statistic text: group:name
-- column before number: value at the capture before
-- column after number: value at that capture
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, r.captured_at AS reset_at, CONCAT(r.`group`, ':', r.name) AS statistic,
       r.value_before AS `before`, r.value AS `after`
FROM :coverage(mi) v
     JOIN (SELECT n.node_id, p.captured_at, p.`group`, p.name, p.value_before, p.value
           FROM (SELECT s.node, s.`group`, s.name, s.captured_at, s.value, s.flag,
                        LAG(s.captured_at) OVER w AS since, LAG(s.value) OVER w AS value_before, LAG(s.flag) OVER w AS flag_before
                 FROM statistic_sample s
                 WHERE s.node_id IN (:node_ids) AND s.day BETWEEN DATE(:rolled_to) AND DATE(:to) AND s.captured_at >= :rolled_to
                   AND s.captured_at < :to AND s.kind = 'counter'
                 WINDOW w AS (PARTITION BY s.node, s.`group`, s.name ORDER BY s.captured_at)) p
                STRAIGHT_JOIN node n ON n.node = p.node
                STRAIGHT_JOIN capture c ON c.node_id = n.node_id AND c.captured_at = p.captured_at
                STRAIGHT_JOIN capture b ON b.node_id = n.node_id AND b.captured_at = p.since
           WHERE p.value < p.value_before AND p.flag < 2 AND p.flag_before < 2 AND c.epoch_started_at = b.epoch_started_at
           UNION ALL
           SELECT k.node_id, k.captured_at, t.`group`, t.name, k.value_before, k.value
           FROM counter_reset k JOIN statistic t ON t.statistic_id = k.statistic_id
           WHERE k.node_id IN (:node_ids) AND k.captured_at >= :from AND k.captured_at <= :rolled_to AND k.captured_at < :to
             AND k.since >= :from AND k.since < :rolled_to) r ON r.node_id = v.node_id
ORDER BY v.node, r.captured_at, statistic
