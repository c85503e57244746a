-- group: registrations
-- question: Which kinds of phone were registered, over time?
-- by: day
-- range: -14d
-- note: As the last capture of each step saw them. The most frequent, and all others together.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which the table was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column captured_at time: the capture that is shown
-- column user_agent text: User-Agent
-- column registrations count: contacts
WITH last_look AS (
  SELECT node_id, :step(captured_at) AS step, MAX(captured_at) AS captured_at
  FROM capture WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to AND location_status = 'ok'
  GROUP BY node_id, step),
counted AS (
  SELECT c.node_id, c.step, c.captured_at, h.user_agent, COUNT(*) AS registrations
  FROM (SELECT l.node_id, l.step, l.captured_at, x.versions_from
        FROM last_look l
             JOIN capture x ON x.node_id = l.node_id AND x.captured_at = l.captured_at
        WHERE l.captured_at >= :rolled_to) c
       JOIN location_history h ON h.node_id = c.node_id AND h.valid_from BETWEEN c.versions_from AND c.captured_at
                               AND h.node_id IN (:node_ids) AND h.valid_from >= :held_from AND h.valid_from < :to
                               AND h.valid_to > c.captured_at
  WHERE (:domain IS NULL OR h.domain = :domain)
  GROUP BY c.node_id, c.step, c.captured_at, h.user_agent
  UNION ALL
  SELECT c.node_id, c.step, c.captured_at, a.user_agent, SUM(CAST(JSON_EXTRACT(a.hours, CONCAT('$[', HOUR(c.captured_at), ']')) AS UNSIGNED)) AS registrations
  FROM last_look c
       JOIN agent_roll_up a ON a.node_id = c.node_id AND a.day = DATE(c.captured_at)
  WHERE c.captured_at < :rolled_to AND (:domain IS NULL OR a.domain = :domain)
  GROUP BY c.node_id, c.step, c.captured_at, a.user_agent HAVING registrations > 0),
ranked AS (
  SELECT counted.*, DENSE_RANK() OVER (PARTITION BY node_id ORDER BY total DESC, user_agent) AS place
  FROM (SELECT counted.*, SUM(registrations) OVER (PARTITION BY node_id, user_agent) AS total FROM counted) counted)
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, r.captured_at, r.name AS user_agent, r.registrations
FROM :coverage(location) v
     LEFT JOIN (SELECT node_id, step, captured_at, CASE WHEN place <= :top THEN user_agent ELSE '(the rest)' END AS name,
                       SUM(registrations) AS registrations
                FROM ranked GROUP BY node_id, step, captured_at, name) r ON r.node_id = v.node_id AND r.step = v.begins
ORDER BY v.node, v.begins, COALESCE(r.name = '(the rest)', 0), r.registrations DESC, r.name
