-- group: server
-- question: How available was each gateway, how often did it fail, and how long until it was back?
-- by: all
-- range: -24h
-- note: Of the captures that read the dispatcher. An outage begins with the first capture that saw the destination Inactive or
-- note: Probing, and ends with the first that saw it Active again.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the dispatcher was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column set_id text: set (partition:set where it is not the default partition)
-- column uri text: destination
-- column captures count: captures in which it was listed
-- column available percent: of these, it was Active
-- column outages count: outages, one that was under way at the start included
-- column down seconds: not Active, together
-- column repair seconds: mean time to repair, of the outages that ended
-- column longest seconds: longest outage, or as long as it has lasted
-- column state text: as last seen
WITH version AS (
  SELECT h.node_id, h.partition_name, h.set_id, h.uri, h.occurrence, h.state, GREATEST(h.valid_from, :from) AS begins,
         LEAST(h.valid_to, :to) AS ends, h.valid_to, CASE WHEN h.state = 'Active' THEN 0 ELSE 1 END AS down,
         LAG(CASE WHEN h.state = 'Active' THEN 0 ELSE 1 END) OVER w AS down_before, LAG(h.valid_to) OVER w AS reached
  FROM :destination_states() h
  WHERE h.valid_to > :from
  WINDOW w AS (PARTITION BY h.node_id, h.partition_name, h.set_id, h.uri, h.occurrence ORDER BY h.valid_from)),
numbered AS (
  SELECT version.*, SUM(CASE WHEN down = down_before AND reached = begins THEN 0 ELSE 1 END)
                      OVER (PARTITION BY node_id, partition_name, set_id, uri, occurrence ORDER BY begins) AS number
  FROM version),
stretch AS (
  SELECT node_id, partition_name, set_id, uri, occurrence, number, down, MIN(begins) AS begins, MAX(ends) AS ends,
         MAX(valid_to) AS valid_to, MAX(CONCAT(begins, state)) AS last_state
  FROM numbered GROUP BY node_id, partition_name, set_id, uri, occurrence, number, down),
looks AS (
  SELECT node_id, partition_name, set_id, uri, occurrence, SUM(captures) AS captures, SUM(active) AS active
  FROM (SELECT s.node_id, s.partition_name, s.set_id, s.uri, s.occurrence, COUNT(*) AS captures, SUM(1 - s.down) AS active
        FROM stretch s JOIN capture c ON c.node_id = s.node_id AND c.captured_at >= :captures_from AND c.captured_at >= s.begins
                                      AND c.captured_at < s.ends AND c.dispatcher_status = 'ok'
        GROUP BY s.node_id, s.partition_name, s.set_id, s.uri, s.occurrence
        UNION ALL
        SELECT node_id, partition_name, set_id, uri, occurrence, captures, active
        FROM :destinations
        WHERE node_id IN (:node_ids) AND day >= DATE(:from) AND day <= DATE(:captures_from - INTERVAL 1 SECOND) AND begins >= :from
          AND begins < :captures_from) told
  GROUP BY node_id, partition_name, set_id, uri, occurrence)
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts,
       CONCAT(CASE WHEN s.partition_name = 'default' THEN '' ELSE CONCAT(s.partition_name, ':') END, s.set_id) AS set_id, s.uri,
       l.captures, ROUND(100.000000 * l.active / l.captures, 3) AS available, s.outages, s.down, s.repair, s.longest, s.state
FROM :coverage(dispatcher) v
     JOIN (SELECT node_id, partition_name, set_id, uri, occurrence, SUM(down) AS outages,
                  SUM(CASE WHEN down = 1 THEN TIMESTAMPDIFF(SECOND, begins, ends) ELSE 0 END) AS down,
                  ROUND(AVG(CASE WHEN down = 1 AND valid_to < :to THEN 1.000000 * TIMESTAMPDIFF(SECOND, begins, ends) END)) AS repair,
                  MAX(CASE WHEN down = 1 THEN TIMESTAMPDIFF(SECOND, begins, ends) END) AS longest,
                  SUBSTRING(MAX(last_state), 20) AS state
           FROM stretch GROUP BY node_id, partition_name, set_id, uri, occurrence) s ON s.node_id = v.node_id
     JOIN looks l ON l.node_id = s.node_id AND l.partition_name = s.partition_name AND l.set_id = s.set_id AND l.uri = s.uri
                  AND l.occurrence = s.occurrence
ORDER BY v.node, s.partition_name, s.set_id, s.uri, s.occurrence
