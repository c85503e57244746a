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
     -- By their numbers first: names of hundreds of thousands do not fit into memory, those of the first few do.
     JOIN (SELECT node_id, endpoint, SUM(calls_out) AS calls_out, SUM(calls_in) AS calls_in, SUM(answered) AS answered, SUM(failed) AS failed,
                  SUM(talked) AS talked, MIN(shortest) AS shortest, MAX(longest) AS longest,
                  ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY SUM(calls_out) + SUM(calls_in) DESC, endpoint) AS place
           FROM (SELECT e.node_id, e.endpoint, e.calls_out, e.calls_in, e.answered, e.failed, e.seconds_talked AS talked, e.shortest, e.longest
                 FROM :endpoints_first() n
                      STRAIGHT_JOIN :endpoint_days() ON d.node_id = n.node_id
                      STRAIGHT_JOIN cdr_endpoint_day e ON e.node_id = d.node_id AND e.day = d.day AND e.number = n.number
                 WHERE :endpoint_asked()
                 UNION ALL
                 SELECT e.node_id, e.endpoint, e.calls_out, e.calls_in, e.answered, e.failed, e.seconds_talked, e.shortest, e.longest
                 FROM :endpoint_hours()
                      STRAIGHT_JOIN cdr_endpoint_hour e ON e.node_id = h.node_id AND e.hour = h.hour
                      STRAIGHT_JOIN :endpoints_first() n ON n.node_id = e.node_id AND n.number = :text_number(e.endpoint)
                 WHERE :endpoint_asked()) u
           GROUP BY node_id, endpoint) e ON e.node_id = v.node_id AND e.place <= :top
ORDER BY v.node, e.place
