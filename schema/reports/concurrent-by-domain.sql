-- group: calls
-- question: How many calls did the busiest domains have up at once, and all others together?
-- by: hour
-- range: -24h
-- note: From the call records, by the caller's domain. The busiest are those that talked most in the time asked for.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step between the first call record and the last look at them
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column domain text: the domain, or (the rest)
-- column erlangs number: the mean number of calls up
-- column most count: the most calls up in the first second of a minute
-- column most_at time: the first such minute
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, CASE WHEN s.place = 0 THEN '(the rest)' ELSE b.domain END AS domain,
       ROUND(s.talked / (NULLIF(v.minutes_seen, 0) * 60), 2) AS erlangs, s.peaks DIV 10000000000 AS most,
       :time_of(s.peaks) AS most_at
FROM :calls_known() v
     LEFT JOIN (SELECT node_id, step, place, SUM(talked) AS talked,
                       MAX(concurrent * 10000000000 :and_early(minute)) AS peaks
                FROM (SELECT node_id, :step(minute) AS step, minute, place,
                             CASE WHEN place = 0 THEN others_talked ELSE seconds_talked END AS talked,
                             CASE WHEN place = 0 THEN others ELSE concurrent END AS concurrent
                      FROM (SELECT c.node_id, c.minute, t.place, c.seconds_talked, c.concurrent,
                                   SUM(CASE WHEN t.place = 0 THEN c.seconds_talked ELSE -c.seconds_talked END)
                                     OVER (PARTITION BY c.node_id, c.minute) AS others_talked,
                                   SUM(CASE WHEN t.place = 0 THEN c.concurrent ELSE -c.concurrent END)
                                     OVER (PARTITION BY c.node_id, c.minute) AS others
                            FROM (SELECT node_id, domain, 'out' AS direction, place FROM :busiest_domains() b
                                  UNION ALL
                                  SELECT node_id, '*', 'all', 0 FROM node WHERE node_id IN (:node_ids) AND :domain IS NULL) t
                                 STRAIGHT_JOIN cdr_minute c FORCE INDEX (domain)
                                               ON c.node_id = t.node_id AND c.direction = t.direction AND c.domain = t.domain
                                               AND c.minute >= :from AND c.minute < :to) looked_up) series
                WHERE place > 0 OR talked > 0 OR concurrent > 0
                GROUP BY node_id, step, place) s ON s.node_id = v.node_id AND s.step = v.begins
     LEFT JOIN :busiest_domains() b ON b.node_id = s.node_id AND b.place = s.place
ORDER BY v.node, v.begins, s.place = 0, s.talked DESC, domain
