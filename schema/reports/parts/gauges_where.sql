-- :gauges_where(CONDITION on s): the same of all that meet the condition.
(SELECT s.node, :step(s.captured_at) AS step, s.`group`, s.name, 1 AS samples, s.value AS total, s.value AS lowest,
        s.captured_at AS lowest_at, s.value AS highest, s.captured_at AS highest_at
 FROM statistic_sample s
 WHERE s.node_id IN (:node_ids) AND s.day BETWEEN DATE(:rolled_to) AND DATE(:to) AND s.captured_at >= :rolled_to AND s.captured_at < :to
   AND s.flag < 3 AND (:argument)
 UNION ALL
 SELECT s.node, :step(s.begins), s.`group`, s.name, s.samples, s.total, s.lowest, s.lowest_at, s.highest, s.highest_at
 FROM :statistics s
 WHERE s.node_id IN (:node_ids) AND s.day >= DATE(:from) AND s.day <= DATE(:rolled_to - INTERVAL 1 SECOND) AND s.begins >= :from AND s.begins < :rolled_to
   AND s.samples > 0 AND (:argument))
