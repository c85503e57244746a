-- group: calls
-- question: How many calls were up at once, and when most?
-- by: hour
-- range: -24h
-- note: Counted in OpenSIPS's dialog table at each capture. call-traffic has the same from the call records.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which the table was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column mean number: calls up, mean of the captures
-- column most count: calls up in the capture with the most
-- column most_at time: that capture
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, d.mean, d.most, d.most_at
FROM :coverage(dialog) v
     LEFT JOIN (SELECT node_id, step, ROUND(1.000000 * SUM(total) / SUM(looks), 2) AS mean, MAX(most) AS most,
                       MIN(CASE WHEN place = 1 THEN most_at END) AS most_at
                FROM (SELECT l.*, ROW_NUMBER() OVER (PARTITION BY node_id, step ORDER BY most DESC, most_at) AS place
                      FROM :dialog_looks() l) ranked
                GROUP BY node_id, step) d ON d.node_id = v.node_id AND d.step = v.begins
ORDER BY v.node, v.begins
