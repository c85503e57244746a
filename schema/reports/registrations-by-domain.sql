-- group: registrations
-- question: How many registrations did the largest domains have over time, and all others together?
-- by: hour
-- range: -24h
-- note: The largest are those with the most registrations at once in the time asked for. came and went also count a phone
-- note: that registered under another contact; what the capture at the end of a step saw, happened within the step.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which the table was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column domain text: the domain, or (the rest)
-- column at_start count: registrations at the beginning of the step, as last seen; empty: nobody had looked yet
-- column least count: the fewest at once
-- column most count: the most at once
-- column came count: registrations that came
-- column went count: registrations that went
WITH change_of AS (
  SELECT h.node_id, h.domain, CASE WHEN e.is_end = 1 THEN h.valid_to ELSE GREATEST(h.valid_from, :from) END AS at,
         SUM(CASE WHEN e.is_end = 1 THEN -1 ELSE 1 END) AS net,
         SUM(CASE WHEN e.is_end = 0 AND h.valid_from > :from AND h.valid_from = h.first_seen AND h.valid_from > n.first_at THEN 1 ELSE 0 END)
           AS came,
         SUM(CASE WHEN e.is_end = 1 THEN 1 WHEN h.valid_from > :from AND h.valid_from > h.first_seen THEN -1 ELSE 0 END) AS went
  FROM location_history h JOIN :first_look(location_status) n ON n.node_id = h.node_id
       CROSS JOIN (SELECT 0 AS is_end UNION ALL SELECT 1) e
  WHERE h.valid_from >= CAST(DATE(:from) AS DATETIME) AND h.valid_from <= :to AND h.valid_to > :from
    AND (:domain IS NULL OR h.domain = :domain) AND (e.is_end = 0 OR h.valid_to <= :to)
  GROUP BY h.node_id, h.domain, at),
placed AS (
  SELECT node_id, domain, ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY MAX(level) DESC, domain) AS place
  FROM (SELECT node_id, domain, SUM(net) OVER (PARTITION BY node_id, domain ORDER BY at) AS level FROM change_of) levels
  GROUP BY node_id, domain),
moment AS (
  SELECT node_id, name, at, SUM(net) AS net, SUM(came) AS came, SUM(went) AS went
  FROM (SELECT c.node_id, CASE WHEN p.place <= :top THEN p.domain ELSE '(the rest)' END AS name, c.at, c.net, c.came, c.went
        FROM change_of c JOIN placed p ON p.node_id = c.node_id AND p.domain <=> c.domain
        UNION ALL
        SELECT DISTINCT p.node_id, CASE WHEN p.place <= :top THEN p.domain ELSE '(the rest)' END, s.begins, 0, 0, 0
        FROM placed p JOIN :first_look(location_status) n ON n.node_id = p.node_id JOIN :steps s ON s.begins >= n.first_at
        UNION ALL
        SELECT DISTINCT p.node_id, CASE WHEN p.place <= :top THEN p.domain ELSE '(the rest)' END, n.first_at, 0, 0, 0
        FROM placed p JOIN :first_look(location_status) n ON n.node_id = p.node_id
        WHERE n.first_at >= :from AND n.first_at < :to) e
  GROUP BY node_id, name, at),
course AS (
  SELECT node_id, name, at, came, went, SUM(net) OVER (PARTITION BY node_id, name ORDER BY at) AS level FROM moment)
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, l.name AS domain,
       CASE WHEN v.minutes_seen > 0 THEN l.at_start END AS at_start, CASE WHEN v.minutes_seen > 0 THEN l.least END AS least,
       CASE WHEN v.minutes_seen > 0 THEN l.most END AS most, CASE WHEN v.minutes_seen > 0 AND l.name IS NOT NULL THEN COALESCE(f.came, 0) END AS came,
       CASE WHEN v.minutes_seen > 0 AND l.name IS NOT NULL THEN COALESCE(f.went, 0) END AS went
FROM :coverage(location_status) v
     LEFT JOIN (SELECT node_id, name, :step(at) AS step, MAX(CASE WHEN at = :step(at) THEN level END) AS at_start,
                       MIN(level) AS least, MAX(level) AS most
                FROM course WHERE at < :to GROUP BY node_id, name, :step(at)) l
          ON l.node_id = v.node_id AND l.step = v.begins
     LEFT JOIN (SELECT node_id, name, :step(at - INTERVAL 1 SECOND) AS step, SUM(came) AS came, SUM(went) AS went
                FROM course WHERE at > :from GROUP BY node_id, name, :step(at - INTERVAL 1 SECOND)) f
          ON f.node_id = l.node_id AND f.step = l.step AND f.name <=> l.name
ORDER BY v.node, v.begins, l.name = '(the rest)', l.name
