-- group: registrations
-- question: How many registrations did the largest domains have over time, and all others together?
-- by: hour
-- range: -24h
-- note: The largest are those with the most registrations at once in the time asked for. came and went also count a phone
-- note: that registered under another contact; what the capture at the end of a step saw, happened within the step. How few or
-- note: many all others had at once is known by the minute only, not where hours or days are added up.
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
WITH piece AS (
  SELECT h.node_id, h.domain, h.valid_from, h.first_seen, COALESCE(p.went_on, h.valid_to) AS ended_at
  FROM location_history h LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
  WHERE h.node_id IN (:node_ids) AND h.valid_from >= :held_from AND h.valid_from <= :to AND h.valid_to > :held_from
    AND (:domain IS NULL OR h.domain = :domain)),
change_of AS (
  SELECT h.node_id, h.domain, CASE WHEN e.is_end = 1 THEN h.ended_at ELSE GREATEST(h.valid_from, :rolled_to) END AS at,
         SUM(CASE WHEN e.is_end = 1 THEN -1 ELSE 1 END) AS net,
         SUM(CASE WHEN e.is_end = 0 AND h.valid_from > :rolled_to AND h.valid_from = h.first_seen AND h.valid_from > n.first_at
                  THEN 1 ELSE 0 END) AS came,
         SUM(CASE WHEN e.is_end = 1 THEN 1 WHEN h.valid_from > :rolled_to AND h.valid_from > h.first_seen THEN -1 ELSE 0 END) AS went
  FROM piece h JOIN :first_look(location_status) n ON n.node_id = h.node_id
       CROSS JOIN (SELECT 0 AS is_end UNION ALL SELECT 1) e
  WHERE h.ended_at > :rolled_to AND (e.is_end = 0 OR h.ended_at <= :to)
  GROUP BY h.node_id, h.domain, at),
rolled AS (
  SELECT r.node_id, r.domain, :step(r.begins) AS step, r.begins, r.at_start, r.least, r.most, r.came, r.went
  FROM :registrations r
  WHERE r.node_id IN (:node_ids) AND r.day >= DATE(:from) AND r.day <= DATE(:rolled_to - INTERVAL 1 SECOND) AND r.begins >= :from
    AND r.begins < :rolled_to AND (:domain IS NULL OR r.domain = :domain)),
placed AS (
  SELECT node_id, domain, ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY MAX(level) DESC, domain) AS place
  FROM (SELECT node_id, domain, SUM(net) OVER (PARTITION BY node_id, domain ORDER BY at) AS level FROM change_of
        UNION ALL SELECT node_id, domain, COALESCE(most, 0) FROM rolled) levels
  GROUP BY node_id, domain),
named AS (
  SELECT node_id, domain, CASE WHEN place <= :top THEN domain ELSE '(the rest)' END AS name FROM placed),
moment AS (
  SELECT node_id, name, at, SUM(net) AS net, SUM(came) AS came, SUM(went) AS went
  FROM (SELECT c.node_id, p.name, c.at, c.net, c.came, c.went
        FROM change_of c JOIN named p ON p.node_id = c.node_id AND p.domain <=> c.domain
        UNION ALL
        SELECT DISTINCT p.node_id, p.name, s.begins, 0, 0, 0
        FROM named p JOIN :first_look(location_status) n ON n.node_id = p.node_id
             JOIN :steps s ON s.begins >= n.first_at AND s.begins >= :rolled_to
        UNION ALL
        SELECT DISTINCT p.node_id, p.name, n.first_at, 0, 0, 0
        FROM named p JOIN :first_look(location_status) n ON n.node_id = p.node_id
        WHERE n.first_at >= :rolled_to AND n.first_at < :to) e
  GROUP BY node_id, name, at),
course AS (
  SELECT node_id, name, at, came, went, SUM(net) OVER (PARTITION BY node_id, name ORDER BY at) AS level FROM moment),
level_of AS (
  SELECT node_id, name, :step(at) AS step, MAX(CASE WHEN at = :step(at) THEN level END) AS at_start, MIN(level) AS least, MAX(level) AS most
  FROM course WHERE at < :to GROUP BY node_id, name, :step(at)
  UNION ALL
  -- A domain without rows in an hour of others had none then. Where a step begins in a pause, what was last seen is what the
  -- next hour known began with, less what came up to it. One extreme of several domains together can't be told.
  SELECT c.node_id, c.name, c.step, CASE WHEN c.first_at <= c.step AND c.known_from IS NOT NULL THEN c.at_start END,
         CASE WHEN c.domains > 1 OR c.hours > c.seen THEN NULL WHEN c.seen < c.all_seen THEN 0 ELSE c.least END,
         CASE WHEN c.domains > 1 OR c.hours > c.seen THEN NULL ELSE c.most END
  FROM (SELECT p.node_id, p.name, s.begins AS step, n.first_at, h.known_from, h.seen AS all_seen,
               COUNT(DISTINCT COALESCE(CONCAT('=', p.domain), '')) AS domains, COUNT(r.least) AS hours,
               COUNT(DISTINCT CASE WHEN r.least IS NOT NULL THEN r.begins END) AS seen,
               COALESCE(SUM(CASE WHEN r.begins = h.known_from THEN r.at_start
                                 WHEN r.begins < h.known_from THEN CAST(r.went AS SIGNED) - CAST(r.came AS SIGNED) END), 0) AS at_start,
               MIN(r.least) AS least, COALESCE(MAX(r.most), 0) AS most
        FROM named p JOIN :first_look(location_status) n ON n.node_id = p.node_id
             JOIN :steps s ON s.ends > n.first_at AND s.begins < :rolled_to
             LEFT JOIN (SELECT node_id, step, COUNT(DISTINCT CASE WHEN least IS NOT NULL THEN begins END) AS seen,
                               MIN(CASE WHEN at_start IS NOT NULL THEN begins END) AS known_from
                        FROM rolled GROUP BY node_id, step) h ON h.node_id = p.node_id AND h.step = s.begins
             LEFT JOIN rolled r ON r.node_id = p.node_id AND r.step = s.begins AND r.domain <=> p.domain
        GROUP BY p.node_id, p.name, s.begins, n.first_at, h.known_from, h.seen) c),
flow_of AS (
  SELECT node_id, name, :step(at - INTERVAL 1 SECOND) AS step, came, went FROM course WHERE at > :rolled_to
  UNION ALL
  SELECT r.node_id, p.name, r.step, r.came, r.went FROM rolled r JOIN named p ON p.node_id = r.node_id AND p.domain <=> r.domain)
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, l.name AS domain,
       CASE WHEN v.minutes_seen > 0 THEN l.at_start END AS at_start, CASE WHEN v.minutes_seen > 0 THEN l.least END AS least,
       CASE WHEN v.minutes_seen > 0 THEN l.most END AS most, CASE WHEN v.minutes_seen > 0 AND l.name IS NOT NULL THEN COALESCE(f.came, 0) END AS came,
       CASE WHEN v.minutes_seen > 0 AND l.name IS NOT NULL THEN COALESCE(f.went, 0) END AS went
FROM :coverage(location_status) v
     LEFT JOIN (SELECT node_id, name, step, MAX(at_start) AS at_start, CASE WHEN SUM(least IS NULL) = 0 THEN MIN(least) END AS least,
                       CASE WHEN SUM(most IS NULL) = 0 THEN MAX(most) END AS most
                FROM level_of GROUP BY node_id, name, step) l
          ON l.node_id = v.node_id AND l.step = v.begins
     LEFT JOIN (SELECT node_id, name, step, SUM(came) AS came, SUM(went) AS went FROM flow_of GROUP BY node_id, name, step) f
          ON f.node_id = l.node_id AND f.step = l.step AND f.name <=> l.name
ORDER BY v.node, v.begins, l.name = '(the rest)', l.name
