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
WITH
-- MariaDB runs a CTE once for each place that names it, so each that reads versions has one: what changed is added up once. A number stands for
-- each domain (two of one number, one pair in 10^19, would be one): tables of 140,000 rows hold a name at its full width.
rolled AS (
  SELECT r.node_id, r.domain, :domain_number(r.domain) AS d, r.begins, :step(r.begins) AS step, r.at_start, r.least, r.most, r.came, r.went
  FROM :registrations r
  WHERE r.node_id IN (:node_ids) AND r.day >= DATE(:from) AND r.day <= DATE(:rolled_to - INTERVAL 1 SECOND) AND r.begins >= :from
    AND r.begins < :rolled_to AND (:domain IS NULL OR r.domain = :domain)),
named AS (
  SELECT node_id, d, MIN(domain) AS domain, ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY MIN(domain)) AS turn
  FROM (SELECT h.node_id, :domain_number(h.domain) AS d, MIN(h.domain) AS domain
        FROM :registrations_begun(x.valid_from >= :held_from AND x.valid_from <= :to)
        WHERE h.valid_to > :held_from AND (:domain IS NULL OR h.domain = :domain)
        GROUP BY d, h.node_id
        UNION ALL
        SELECT node_id, d, MIN(domain) FROM rolled GROUP BY d, node_id) n
  GROUP BY node_id, d),
change_of AS (
  SELECT e.node_id, e.d, GREATEST(COALESCE(p.went_on, e.at), :rolled_to) AS at, CAST(e.both_ends AS SIGNED) - 2 * e.ended AS net,
         e.fresh AS came, 2 * e.ended + e.fresh - CAST(e.both_ends AS SIGNED) AS went
  FROM (SELECT CASE WHEN k.is_end = 1 THEN h.valid_to ELSE GREATEST(h.valid_from, :rolled_to) END AS at, :domain_number(h.domain) AS d, h.node_id,
               COUNT(*) AS both_ends, COUNT(CASE WHEN k.is_end = 1 THEN 1 END) AS ended,
               COUNT(CASE WHEN k.is_end = 0 AND h.valid_from = h.first_seen THEN 1 END) AS fresh
        FROM :registrations_begun(x.valid_from >= :held_from AND x.valid_from <= :to)
             CROSS JOIN (SELECT 0 AS is_end UNION ALL SELECT 1) k
        WHERE h.valid_to > :held_from AND (k.is_end = 0 OR h.valid_to <= :to) AND (:domain IS NULL OR h.domain = :domain)
        GROUP BY at, d, h.node_id) e
       LEFT JOIN :pauses() p ON p.node_id = e.node_id AND p.stopped = e.at AND e.ended > 0),
course AS (
  SELECT x.*, CAST(SUM(net) OVER (PARTITION BY node_id, d ORDER BY at) AS SIGNED) AS level
  FROM (SELECT node_id, d, at, 0 AS is_rolled, net, came, went, NULL AS at_start, NULL AS least, NULL AS most
        FROM change_of WHERE at <= :to
        UNION ALL
        SELECT node_id, d, begins, 1, 0, came, went, at_start, least, most FROM rolled) x),
placed AS (
  SELECT p.*, n.domain, n.turn, DENSE_RANK() OVER (PARTITION BY p.node_id ORDER BY p.peak DESC, n.turn) AS place
  FROM (SELECT c.*, FIRST_VALUE(highest) OVER (PARTITION BY node_id, d ORDER BY highest DESC) AS peak
        FROM (SELECT c.*, CASE WHEN is_rolled = 1 THEN COALESCE(most, 0) ELSE level END AS highest FROM course c) c) p
       JOIN named n ON n.node_id = p.node_id AND n.d = p.d),
-- minutes_from: from when on the level is known by the minute.
moment AS (
  SELECT m.*, SUM(net) OVER (PARTITION BY node_id, name ORDER BY at) AS level,
         FIRST_VALUE(CASE WHEN known > 0 THEN at END) OVER (PARTITION BY node_id, step ORDER BY CASE WHEN known > 0 THEN 0 ELSE 1 END, at) AS known_from
  FROM (SELECT m.*, CASE WHEN shown = 0 THEN '(the rest)' ELSE domain END AS name, :step(at) AS step
        FROM (SELECT p.node_id, CASE WHEN p.place <= :top THEN p.turn ELSE 0 END AS shown, p.at, p.is_rolled, MIN(p.domain) AS domain,
                     GREATEST(n.first_at, :rolled_to) AS minutes_from, MAX(p.place) AS place, SUM(p.net) AS net,
                     SUM(CASE WHEN p.is_rolled = 1 OR p.at > n.first_at THEN p.came ELSE 0 END) AS came, SUM(p.went) AS went,
                     SUM(p.at_start) AS at_start, COUNT(p.at_start) AS known, MIN(p.least) AS least, MAX(p.most) AS most
              FROM placed p JOIN :first_look(location_status) n ON n.node_id = p.node_id
              GROUP BY p.node_id, shown, p.at, p.is_rolled, n.first_at) m) m),
-- early: what the capture at the end of a step saw happened within it, and is the level of the next one.
seen AS (
  SELECT m.node_id, m.name, CASE WHEN k.early = 1 THEN :step(m.at - INTERVAL 1 SECOND) ELSE m.step END AS step, m.at, m.is_rolled, k.early,
         m.place, m.known_from, m.at_start, m.least, m.most,
         CASE WHEN m.is_rolled = 1 OR k.early = 1 OR m.at > GREATEST(m.step, m.minutes_from) THEN m.came ELSE 0 END AS came,
         CASE WHEN m.is_rolled = 1 OR k.early = 1 OR m.at > GREATEST(m.step, m.minutes_from) THEN m.went ELSE 0 END AS went,
         CASE WHEN m.is_rolled = 0 THEN m.level - k.early * m.net END AS level,
         CASE WHEN m.is_rolled = 0 AND k.early = 0 AND m.at = GREATEST(m.step, m.minutes_from) THEN m.level END AS opening
  FROM moment m JOIN (SELECT 0 AS early UNION ALL SELECT 1) k
       ON CASE WHEN k.early = 0 THEN m.at < :to ELSE m.is_rolled = 0 AND m.at > m.minutes_from AND (m.at = m.step OR m.at = :to) END),
cell AS (
  SELECT node_id, name, step, MAX(place) AS place, SUM(came) AS came, SUM(went) AS went, MAX(opening) AS opening, MIN(level) AS lowest,
         MAX(level) AS highest, MAX(CASE WHEN place_in = 1 THEN level END) AS closing, COUNT(least) AS seen, MIN(least) AS least,
         MAX(most) AS most, SUM(CASE WHEN is_rolled = 1 AND at = known_from THEN at_start
                                     WHEN is_rolled = 1 AND at < known_from THEN CAST(went AS SIGNED) - CAST(came AS SIGNED) END) AS at_start
  FROM (SELECT s.*, ROW_NUMBER() OVER (PARTITION BY node_id, name, step ORDER BY is_rolled, at DESC, early DESC) AS place_in FROM seen s) s
  GROUP BY node_id, name, step),
-- Each step of a name: those in which something moved, those after one of them, and those before the first.
filled AS (
  SELECT c.node_id, c.name, s.begins AS step, s.ends, c.many,
         CASE WHEN s.begins = c.step THEN COALESCE(c.opening, c.prior, 0) WHEN s.begins > c.step THEN COALESCE(c.closing, c.prior, 0)
              ELSE 0 END AS opening,
         CASE WHEN s.begins = c.step THEN c.lowest END AS lowest, CASE WHEN s.begins = c.step THEN c.highest END AS highest,
         CASE WHEN s.begins = c.step THEN c.came ELSE 0 END AS came, CASE WHEN s.begins = c.step THEN c.went ELSE 0 END AS went,
         CASE WHEN s.begins = c.step THEN c.seen ELSE 0 END AS seen, CASE WHEN s.begins = c.step THEN c.least END AS least,
         CASE WHEN s.begins = c.step THEN c.most END AS most, CASE WHEN s.begins = c.step THEN c.at_start END AS at_start
  FROM (SELECT c.*, FIRST_VALUE(place) OVER (PARTITION BY node_id, name ORDER BY place DESC) > :top + 1 AS many,
               LAG(closing) OVER (PARTITION BY node_id, name ORDER BY step) AS prior,
               CASE WHEN ROW_NUMBER() OVER (PARTITION BY node_id, name ORDER BY step) = 1 THEN :from ELSE step END AS fills_from,
               COALESCE(LEAD(step) OVER (PARTITION BY node_id, name ORDER BY step), :to) AS next_step
        FROM cell c) c
       JOIN :steps s ON s.begins >= c.fills_from AND s.begins < c.next_step),
-- A domain without rows in an hour of others had none then. Where a step begins in a pause, what was last seen is what the next hour
-- known began with, less what came up to it. One extreme of several domains together can't be told.
told AS (
  SELECT f.node_id, f.name, f.step, f.ends, f.came, f.went, f.opening, LEAST(f.opening, COALESCE(f.lowest, f.opening)) AS lowest,
         GREATEST(f.opening, COALESCE(f.highest, f.opening)) AS highest,
         CASE WHEN h.known > 0 THEN COALESCE(f.at_start, 0) END AS rolled_at_start,
         CASE WHEN f.many = 1 THEN NULL WHEN f.seen < h.seen THEN 0 ELSE f.least END AS rolled_least,
         CASE WHEN f.many = 1 THEN NULL ELSE COALESCE(f.most, 0) END AS rolled_most
  FROM filled f LEFT JOIN (SELECT node_id, step, COUNT(DISTINCT CASE WHEN least IS NOT NULL THEN begins END) AS seen, COUNT(at_start) AS known
                           FROM rolled GROUP BY node_id, step) h ON h.node_id = f.node_id AND h.step = f.step),
-- DISTINCT takes nothing away: MySQL puts the answer together once, and not anew for each step.
answer AS (
  SELECT DISTINCT t.node_id, t.name, t.step, t.came, t.went,
         CASE WHEN n.first_at > t.step THEN NULL WHEN t.step >= :rolled_to THEN t.opening ELSE t.rolled_at_start END AS at_start,
         CASE WHEN t.step >= :rolled_to THEN t.lowest WHEN t.ends <= :rolled_to THEN t.rolled_least
              ELSE LEAST(t.lowest, t.rolled_least) END AS least,
         CASE WHEN t.step >= :rolled_to THEN t.highest WHEN t.ends <= :rolled_to THEN t.rolled_most
              ELSE GREATEST(t.highest, t.rolled_most) END AS most
  FROM told t JOIN :first_look(location_status) n ON n.node_id = t.node_id AND n.first_at < t.ends)
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, a.name AS domain,
       CASE WHEN v.minutes_seen > 0 THEN a.at_start END AS at_start, CASE WHEN v.minutes_seen > 0 THEN a.least END AS least,
       CASE WHEN v.minutes_seen > 0 THEN a.most END AS most, CASE WHEN v.minutes_seen > 0 THEN a.came END AS came,
       CASE WHEN v.minutes_seen > 0 THEN a.went END AS went
FROM :coverage(location) v LEFT JOIN answer a ON a.node_id = v.node_id AND a.step = v.begins
ORDER BY v.node, v.begins, a.name = '(the rest)', a.name
