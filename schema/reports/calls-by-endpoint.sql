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
     JOIN (SELECT e.node_id, e.endpoint, SUM(e.calls_out) AS calls_out, SUM(e.calls_in) AS calls_in, SUM(e.answered) AS answered,
                  SUM(e.failed) AS failed, SUM(e.seconds_talked) AS talked, MIN(e.shortest) AS shortest, MAX(e.longest) AS longest,
                  ROW_NUMBER() OVER (PARTITION BY e.node_id ORDER BY SUM(e.calls_out) + SUM(e.calls_in) DESC, e.endpoint) AS place
           FROM cdr_endpoint_hour e
                STRAIGHT_JOIN (SELECT DISTINCT node_id, number
                               FROM (SELECT node_id, number, RANK() OVER (PARTITION BY node_id ORDER BY calls DESC) AS place
                                     FROM (SELECT e.node_id, :text_number(e.endpoint) AS number, SUM(e.calls_out + e.calls_in) AS calls
                                           FROM cdr_endpoint_hour e WHERE :endpoint_hours() GROUP BY e.node_id, number) a) b
                               WHERE place <= :top) n ON n.node_id = e.node_id AND n.number = :text_number(e.endpoint)
           WHERE :endpoint_hours()
           GROUP BY e.node_id, e.endpoint) e ON e.node_id = v.node_id AND e.place <= :top
ORDER BY v.node, e.place
