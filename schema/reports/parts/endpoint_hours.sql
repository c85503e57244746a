-- :endpoint_hours(): rows h of the hours that begin in the range, without those of its whole days.
(SELECT DISTINCT node_id, hour FROM cdr_endpoint_hour
 WHERE node_id IN (:node_ids)
   AND ((hour >= :from AND hour < LEAST(CAST(DATE(:from + INTERVAL 86399 SECOND) AS DATETIME), :to))
        OR (hour >= GREATEST(CAST(DATE(:to) AS DATETIME), :from) AND hour < :to))) h
