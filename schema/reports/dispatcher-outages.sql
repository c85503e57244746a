-- group: server
-- question: When was which gateway not active, and for how long?
-- by: all
-- range: -7d
-- note: From the first capture that saw it so to the first that did not. One that was under way at the start is shown from there.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the dispatcher was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column set_id text: set (partition:set where it is not the default partition)
-- column uri text: destination
-- column from_time time: beginning of the outage
-- column to_time time: its end; empty: it was still under way
-- column down seconds: between the two, or until the end of the time asked for
-- column states text: what it was
WITH version AS (
  SELECT h.node_id, h.partition_name, h.set_id, h.uri, h.occurrence, h.state, GREATEST(h.valid_from, :from) AS begins,
         LEAST(h.valid_to, :to) AS ends, h.valid_to, LAG(h.valid_to) OVER w AS reached
  FROM :destination_states() h
  WHERE h.valid_to > :from AND h.state <> 'Active'
  WINDOW w AS (PARTITION BY h.node_id, h.partition_name, h.set_id, h.uri, h.occurrence ORDER BY h.valid_from)),
numbered AS (
  SELECT version.*, SUM(CASE WHEN reached = begins THEN 0 ELSE 1 END)
                      OVER (PARTITION BY node_id, partition_name, set_id, uri, occurrence ORDER BY begins) AS number
  FROM version)
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts,
       CONCAT(CASE WHEN o.partition_name = 'default' THEN '' ELSE CONCAT(o.partition_name, ':') END, o.set_id) AS set_id, o.uri,
       o.from_time, CASE WHEN o.valid_to < :to THEN o.valid_to END AS to_time, o.down, o.states
FROM :coverage(dispatcher) v
     JOIN (SELECT node_id, partition_name, set_id, uri, occurrence, number, MIN(begins) AS from_time, MAX(valid_to) AS valid_to,
                  SUM(TIMESTAMPDIFF(SECOND, begins, ends)) AS down,
                  GROUP_CONCAT(DISTINCT state ORDER BY state SEPARATOR ', ') AS states
           FROM numbered GROUP BY node_id, partition_name, set_id, uri, occurrence, number) o ON o.node_id = v.node_id
ORDER BY v.node, o.from_time, o.uri
