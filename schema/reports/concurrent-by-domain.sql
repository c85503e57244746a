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
WITH series AS (
  SELECT m.node_id, m.minute, :step(m.minute) AS step, COALESCE(t.domain, '(the rest)') AS domain,
         SUM(m.seconds_talked) AS talked, SUM(m.concurrent) AS concurrent
  FROM cdr_minute m
       LEFT JOIN (SELECT node_id, domain,
                         ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY SUM(seconds_talked) DESC, domain) AS place
                  FROM cdr_minute
                  WHERE node_id IN (:node_ids) AND minute >= :from AND minute < :to AND direction = 'out' GROUP BY node_id, domain) t
            ON t.node_id = m.node_id AND t.domain = m.domain AND t.place <= :top
  WHERE m.minute >= :from AND m.minute < :to AND m.direction = 'out' AND (:domain IS NULL OR m.domain = :domain)
  GROUP BY m.node_id, m.minute, COALESCE(t.domain, '(the rest)'))
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, s.domain,
       ROUND(s.talked / (NULLIF(v.minutes_seen, 0) * 60), 2) AS erlangs, s.most, s.most_at
FROM :calls_known() v
     LEFT JOIN (SELECT node_id, step, domain, SUM(talked) AS talked, MAX(concurrent) AS most,
                       MIN(CASE WHEN place = 1 THEN minute END) AS most_at
                FROM (SELECT series.*, ROW_NUMBER() OVER (PARTITION BY node_id, step, domain
                                                          ORDER BY concurrent DESC, minute) AS place
                      FROM series) ranked
                GROUP BY node_id, step, domain) s ON s.node_id = v.node_id AND s.step = v.begins
ORDER BY v.node, v.begins, s.domain = '(the rest)', s.talked DESC, s.domain
