-- :endpoint_days(): rows d of the UTC days that lie in the range as a whole, without those of its whole weeks.
(SELECT DISTINCT node_id, day FROM cdr_endpoint_day
 WHERE node_id IN (:node_ids)
   AND ((day >= DATE(:from + INTERVAL 86399 SECOND) AND day < LEAST(:first_monday(), DATE(:to)))
        OR (day >= GREATEST(:last_monday(), DATE(:from + INTERVAL 86399 SECOND)) AND day < DATE(:to)))) d
