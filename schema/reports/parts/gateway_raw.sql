-- :gateway_raw(): whether versions x that began at a time are counted themselves: whole days before :rolled_to are in gateway_roll_up, which
-- knows no domains.
x.node_id IN (:node_ids) AND x.valid_from >= CAST(DATE(:from) AS DATETIME) AND x.valid_from < :to
AND (:domain IS NOT NULL OR x.valid_from < CAST(DATE(:from + INTERVAL 86399 SECOND) AS DATETIME) OR x.valid_from >= CAST(DATE(:rolled_to) AS DATETIME))
