-- :growth_where(CONDITION on s): a row a statistic and pair of captures next to each other, or an hour or day that was rolled up:
-- what it grew by, and the seconds between the two looks. The ledger comes last: a young one looks so small to the optimizer that
-- it would cross it with itself. No row across a restart or a reset, beside a rounded value, or where a step ends between
-- the two. What was rolled up has growth into it from before (a bridge) apart, as a step may end between.
(SELECT p.node, p.step, p.`group`, p.name, p.value - p.value_before AS increase,
        TIMESTAMPDIFF(MICROSECOND, b.started_at, c.started_at) / 1000000 AS seconds
 FROM (SELECT s.node, s.`group`, s.name, s.captured_at, s.value, s.flag,
              :step(s.captured_at - INTERVAL 1 SECOND) AS step,
              LAG(s.captured_at) OVER w AS since, LAG(s.value) OVER w AS value_before, LAG(s.flag) OVER w AS flag_before
       FROM statistic_sample s
       WHERE s.node_id IN (:node_ids) AND s.day BETWEEN DATE(:rolled_to) AND DATE(:to) AND s.captured_at >= :rolled_to
         AND s.captured_at <= :to AND (:argument)
       WINDOW w AS (PARTITION BY s.node, s.`group`, s.name ORDER BY s.captured_at)) p
      STRAIGHT_JOIN node n ON n.node = p.node
      STRAIGHT_JOIN capture c ON c.node_id = n.node_id AND c.captured_at = p.captured_at
      STRAIGHT_JOIN capture b ON b.node_id = n.node_id AND b.captured_at = p.since
 WHERE p.since IS NOT NULL AND c.epoch_started_at <=> b.epoch_started_at
   AND p.value >= p.value_before AND p.flag < 2 AND p.flag_before < 2 AND :step(p.since) = p.step
 UNION ALL
 SELECT s.node, :step(s.begins), s.`group`, s.name, CASE WHEN k.bridge = 1 THEN s.bridge_increase ELSE s.increase END,
        CASE WHEN k.bridge = 1 THEN s.bridge_ms ELSE s.growth_ms END / 1000
 FROM :statistics s CROSS JOIN (SELECT 0 AS bridge UNION ALL SELECT 1) k
 WHERE s.node_id IN (:node_ids) AND s.day >= DATE(:from) AND s.day <= DATE(:rolled_to - INTERVAL 1 SECOND) AND s.begins >= :from AND s.begins < :rolled_to
   AND (:argument)
   AND (k.bridge = 0 AND s.increase IS NOT NULL OR k.bridge = 1 AND s.bridge_since >= :from AND :step(s.bridge_since) = :step(s.begins)))
