-- :destination_states(): how long destinations were in a state, from those in force at :from on, each as long as nobody saw another. What
-- was rolled up tells the states at the start of a day, and what changed since.
(SELECT node_id, partition_name, set_id, uri, occurrence, state, at AS valid_from,
        COALESCE(next_at, CAST('9999-12-31 00:00:00' AS DATETIME)) AS valid_to
 FROM (SELECT told.*, LEAD(at) OVER (PARTITION BY node_id, partition_name, set_id, uri, occurrence ORDER BY at) AS next_at
       FROM (SELECT r.node_id, CAST(r.day AS DATETIME) AS at, r.partition_name, r.set_id, r.uri, r.occurrence, r.state_at_start AS state
             FROM (SELECT node_id, MAX(day) AS day FROM dispatcher_roll_up
                   WHERE node_id IN (:node_ids) AND day <= :from AND day < :rolled_to AND :from < :rolled_to GROUP BY node_id) f
                  STRAIGHT_JOIN dispatcher_roll_up r ON r.node_id = f.node_id AND r.day = f.day
             WHERE r.state_at_start IS NOT NULL
             UNION ALL
             SELECT e.node_id, e.at, e.partition_name, e.set_id, e.uri, e.occurrence, e.state
             FROM dispatcher_event e
                  LEFT JOIN (SELECT node_id, MAX(day) AS day FROM dispatcher_roll_up
                             WHERE node_id IN (:node_ids) AND day <= :from AND day < :rolled_to GROUP BY node_id) f ON f.node_id = e.node_id
             WHERE e.node_id IN (:node_ids) AND :from < :rolled_to AND e.at < :to AND e.at <= :rolled_to
               AND (f.day IS NULL OR e.at > f.day)
             UNION ALL
             SELECT d.node_id, GREATEST(d.valid_from, :rolled_to), d.partition_name, d.set_id, d.uri, d.occurrence, d.state
             FROM dispatcher_history d LEFT JOIN :pauses() p ON p.node_id = d.node_id AND p.stopped = d.valid_to
             WHERE d.node_id IN (:node_ids) AND d.valid_from >= :held_from AND d.valid_from < :to
               AND COALESCE(p.went_on, d.valid_to) > :rolled_to
             UNION ALL
             SELECT d.node_id, d.ended_at, d.partition_name, d.set_id, d.uri, d.occurrence, NULL
             FROM (SELECT v.node_id, v.partition_name, v.set_id, v.uri, v.occurrence, COALESCE(p.went_on, v.valid_to) AS ended_at
                   FROM dispatcher_history v LEFT JOIN :pauses() p ON p.node_id = v.node_id AND p.stopped = v.valid_to
                   WHERE v.node_id IN (:node_ids) AND v.valid_from >= :held_from AND v.valid_from < :to AND v.valid_to < :to) d
                  LEFT JOIN dispatcher_version x ON x.node_id = d.node_id AND x.valid_from = d.ended_at AND x.partition_name = d.partition_name
                       AND x.set_id = d.set_id AND x.uri = d.uri AND x.occurrence = d.occurrence
             WHERE d.ended_at > :rolled_to AND d.ended_at < :to AND x.node_id IS NULL) told) stretch
 WHERE state IS NOT NULL)
