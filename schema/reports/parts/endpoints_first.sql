-- :endpoints_first(): the endpoints with the most calls, as many as asked for; more where several have as many. Found by their numbers: names of
-- hundreds of thousands do not fit into memory; each has its name in the sums of some day. Added up as floating point numbers, whole up to
-- 2^53: decimal ones do not fit either.
(SELECT n.node_id, n.number, MAX(e.endpoint) AS endpoint
 FROM (SELECT node_id, number
       FROM (SELECT node_id, number, RANK() OVER (PARTITION BY node_id ORDER BY SUM(calls) DESC) AS place
             FROM (SELECT e.node_id, :text_number(e.endpoint) AS number, SUM(1e0 * (e.calls_out + e.calls_in)) AS calls
                   FROM :endpoint_hours() STRAIGHT_JOIN cdr_endpoint_hour e ON e.node_id = h.node_id AND e.hour = h.hour
                   WHERE :endpoint_asked() GROUP BY e.node_id, number
                   UNION ALL
                   SELECT e.node_id, e.number, SUM(1e0 * (e.calls_out + e.calls_in))
                   FROM :endpoint_days() STRAIGHT_JOIN cdr_endpoint_day e ON e.node_id = d.node_id AND e.day = d.day
                   WHERE :endpoint_asked() GROUP BY e.node_id, e.number
                   UNION ALL
                   SELECT e.node_id, e.number, SUM(1e0 * (e.calls_out + e.calls_in))
                   FROM :endpoint_weeks() STRAIGHT_JOIN cdr_endpoint_week e ON e.node_id = w.node_id AND e.week = w.week
                   WHERE :endpoint_asked() GROUP BY e.node_id, e.number) a
             GROUP BY node_id, number) b
       WHERE place <= :top) n
      STRAIGHT_JOIN (SELECT DISTINCT node_id, day FROM cdr_endpoint_day
                     WHERE node_id IN (:node_ids) AND day >= DATE(:from) AND day <= DATE(:to)) d ON d.node_id = n.node_id
      STRAIGHT_JOIN cdr_endpoint_day e ON e.node_id = d.node_id AND e.day = d.day AND e.number = n.number
 GROUP BY n.node_id, n.number)
