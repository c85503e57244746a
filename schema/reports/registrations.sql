-- group: registrations
-- question: How many registrations were there over time?
-- by: hour
-- range: -24h
-- note: Rows of OpenSIPS's location table at each capture.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which the table was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column mean number: registrations, mean of the captures
-- column least count: in the capture with the fewest
-- column least_at time: that capture
-- column most count: in the capture with the most
-- column most_at time: that capture
-- column refreshes count: refreshes seen
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, l.mean, l.least, l.least_at, l.most, l.most_at, l.refreshes
FROM :coverage(location) v
     LEFT JOIN (SELECT node_id, step, ROUND(1.000000 * SUM(total) / SUM(looks), 1) AS mean, MIN(least) AS least, MAX(most) AS most,
                       MIN(CASE WHEN from_below = 1 THEN least_at END) AS least_at,
                       MIN(CASE WHEN from_above = 1 THEN most_at END) AS most_at, SUM(refreshed) AS refreshes
                FROM (SELECT l.*, ROW_NUMBER() OVER (PARTITION BY node_id, step ORDER BY least, least_at) AS from_below,
                             ROW_NUMBER() OVER (PARTITION BY node_id, step ORDER BY most DESC, most_at) AS from_above
                      FROM :location_looks() l) ranked
                GROUP BY node_id, step) l ON l.node_id = v.node_id AND l.step = v.begins
ORDER BY v.node, v.begins
