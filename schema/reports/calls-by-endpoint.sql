-- group: calls
-- question: Which endpoints made and took the most calls?
-- by: all
-- range: -24h
-- note: From the call records, by the hour of the INVITE: hours that begin in the time asked for.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked that lie between the first call record and the last look at them
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column endpoint text: user@domain
-- column calls_out count: calls made
-- column calls_in count: calls to it
-- column answered count: of both, those answered
-- column failed count: of both, those that failed or were cancelled
-- column talked seconds: whole calls, however long they went on
-- column shortest seconds: of the answered ones
-- column longest seconds: of the answered ones
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, e.endpoint, e.calls_out, e.calls_in, e.answered, e.failed, e.talked,
       e.shortest, e.longest
FROM :calls_known() v
     JOIN (SELECT n.node_id, n.endpoint, SUM(COALESCE(h.calls_out, d.calls_out, w.calls_out)) AS calls_out,
                  SUM(COALESCE(h.calls_in, d.calls_in, w.calls_in)) AS calls_in, SUM(COALESCE(h.answered, d.answered, w.answered)) AS answered,
                  SUM(COALESCE(h.failed, d.failed, w.failed)) AS failed,
                  SUM(COALESCE(h.seconds_talked, d.seconds_talked, w.seconds_talked)) AS talked,
                  MIN(COALESCE(h.shortest, d.shortest, w.shortest)) AS shortest, MAX(COALESCE(h.longest, d.longest, w.longest)) AS longest,
                  ROW_NUMBER() OVER (PARTITION BY n.node_id
                                     ORDER BY SUM(COALESCE(h.calls_out + h.calls_in, d.calls_out + d.calls_in, w.calls_out + w.calls_in)) DESC,
                                              n.endpoint) AS place
           FROM :endpoints_first() n
                STRAIGHT_JOIN (SELECT h.node_id, h.hour, NULL AS day, NULL AS week FROM :endpoint_hours()
                               UNION ALL
                               SELECT d.node_id, NULL, d.day, NULL FROM :endpoint_days()
                               UNION ALL
                               SELECT w.node_id, NULL, NULL, w.week FROM :endpoint_weeks()) s ON s.node_id = n.node_id
                LEFT JOIN cdr_endpoint_hour h ON h.node_id = s.node_id AND h.hour = s.hour AND h.endpoint = n.endpoint
                LEFT JOIN cdr_endpoint_day d ON d.node_id = s.node_id AND d.day = s.day AND d.number = n.number
                LEFT JOIN cdr_endpoint_week w ON w.node_id = s.node_id AND w.week = s.week AND w.number = n.number
           GROUP BY n.node_id, n.endpoint) e ON e.node_id = v.node_id AND e.place <= :top
ORDER BY v.node, e.place
