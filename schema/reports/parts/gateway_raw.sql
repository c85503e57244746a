-- :gateway_raw(): whether a version d is counted itself: whole days before :rolled_to are in gateway_roll_up, which knows
-- no domains.
d.node_id IN (:node_ids) AND d.valid_from >= CAST(DATE(:from) AS DATETIME) AND d.valid_from < :to AND d.valid_to > :from
AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
AND (:domain IS NOT NULL OR d.valid_from < CAST(DATE(:from + INTERVAL 86399 SECOND) AS DATETIME) OR d.valid_from >= CAST(DATE(:rolled_to) AS DATETIME))
