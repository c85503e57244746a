-- :endpoints_first(): numbers of the endpoints with the most calls, of as many as asked for; more where several have as many. Added up as
-- floating point numbers, whole up to 2^53: decimal ones take up more than memory has.
(SELECT DISTINCT node_id, number
 FROM (SELECT node_id, number, RANK() OVER (PARTITION BY node_id ORDER BY SUM(calls) DESC) AS place
       FROM (SELECT e.node_id, e.number, SUM(1e0 * (e.calls_out + e.calls_in)) AS calls
             FROM :endpoint_days() STRAIGHT_JOIN cdr_endpoint_day e ON e.node_id = d.node_id AND e.day = d.day
             WHERE :endpoint_asked() GROUP BY e.node_id, e.number
             UNION ALL
             SELECT e.node_id, :text_number(e.endpoint) AS number, SUM(1e0 * (e.calls_out + e.calls_in))
             FROM :endpoint_hours() STRAIGHT_JOIN cdr_endpoint_hour e ON e.node_id = h.node_id AND e.hour = h.hour
             WHERE :endpoint_asked() GROUP BY e.node_id, number) a
       GROUP BY node_id, number) b
 WHERE place <= :top)
