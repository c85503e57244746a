-- :gauges((GROUP, NAME), ..): a row a value, or an hour or day that was rolled up, with its step. Sum, extremes and number of values
-- tell both alike.
:gauges_where((s.`group`, s.name) IN (:argument))
