-- :busiest_domains(): those that talked most in the time asked for, as callers, from 1 on; the one asked for.
(SELECT node_id, domain, place
 FROM (SELECT node_id, domain, ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY SUM(talked) DESC, domain) AS place
       FROM :hours_where(direction = 'out' AND (:domain IS NULL OR domain = :domain)) u GROUP BY node_id, domain) b
 WHERE place <= :top)
