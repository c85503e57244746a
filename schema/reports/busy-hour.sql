-- group: calls
-- question: Which hour was the busiest of each day, and how busy?
-- by: day
-- range: -14d
-- note: Any 60 minutes in a row that begin in the step, of which at least 54 were seen. Counted in OpenSIPS's dialog table.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which the table was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column busy_from time: first minute of the busiest hour; the earliest, where several are as busy
-- column erlangs number: calls up in that hour, mean of its captures
-- column most count: calls up in its capture with the most
-- column hour_minutes_seen count: minutes of that hour that were seen
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, h.busy_from, h.erlangs, h.most, h.hour_minutes_seen
FROM :coverage(dialog) v
     LEFT JOIN (SELECT node_id, step, busy_from, erlangs, most, hour_minutes_seen,
                       ROW_NUMBER() OVER (PARTITION BY node_id, step ORDER BY erlangs DESC, busy_from) AS place
                FROM (SELECT node_id, captured_at AS busy_from, :step(captured_at) AS step,
                             ROUND(AVG(1.000000 * dialogs) OVER w, 2) AS erlangs, MAX(dialogs) OVER w AS most,
                             ROUND(COUNT(*) OVER w * :interval / 60) AS hour_minutes_seen
                      FROM capture
                      WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to AND dialog_status = 'ok'
                      WINDOW w AS (PARTITION BY node_id ORDER BY UNIX_TIMESTAMP(captured_at)
                                   RANGE BETWEEN CURRENT ROW AND 3599 FOLLOWING)) hours
                WHERE hour_minutes_seen >= 54) h
          ON h.node_id = v.node_id AND h.step = v.begins AND h.place = 1
ORDER BY v.node, v.begins
