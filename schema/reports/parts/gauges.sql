-- :gauges((GROUP, NAME), ..): a row a value, with its step.
(SELECT s.node, :step(s.captured_at) AS step, s.`group`, s.name, s.captured_at, s.value
 FROM statistic_sample s
 WHERE s.node IN (:nodes) AND s.day BETWEEN DATE(:from) AND DATE(:to) AND s.captured_at >= :from AND s.captured_at < :to AND s.flag < 3
   AND (s.`group`, s.name) IN (:argument))
