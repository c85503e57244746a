-- group: server
-- question: How much shared memory was used, and how much was left at the peak?
-- by: hour
-- range: -24h
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column total bytes: shared memory
-- column used_mean bytes: used with its overhead (real_used_size), mean of the captures
-- column used_most bytes: .. the most
-- column used_most_at time: the first capture with that
-- column peak bytes: the most since OpenSIPS started (max_used_size), as last seen
-- column headroom percent: of the total, left when most was used: at any moment since the start
-- column fragments count: free fragments, the most
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, u.total, u.used_mean, u.used_most, u.used_most_at, u.peak,
       ROUND(100.000000 * (u.total - GREATEST(u.used_most, COALESCE(u.peak, 0))) / NULLIF(u.total, 0), 2) AS headroom, u.fragments
FROM :coverage(mi) v
     LEFT JOIN (SELECT u.node, u.step, MAX(CASE WHEN u.name = 'total_size' THEN u.highest END) AS total,
                       ROUND(SUM(CASE WHEN u.name = 'real_used_size' THEN 1.000000 * u.total END)
                             / SUM(CASE WHEN u.name = 'real_used_size' THEN u.samples END)) AS used_mean,
                       MAX(CASE WHEN u.name = 'real_used_size' THEN u.highest END) AS used_most,
                       MIN(CASE WHEN u.name = 'real_used_size' AND u.place = 1 THEN u.highest_at END) AS used_most_at,
                       MAX(CASE WHEN u.name = 'max_used_size' THEN u.highest END) AS peak,
                       MAX(CASE WHEN u.name = 'fragments' THEN u.highest END) AS fragments
                FROM (SELECT x.*, ROW_NUMBER() OVER (PARTITION BY x.node, x.step, x.name ORDER BY x.highest DESC, x.highest_at) AS place
                      FROM :gauges(('shmem', 'total_size'), ('shmem', 'real_used_size'), ('shmem', 'max_used_size'),
                                   ('shmem', 'fragments')) x) u
                GROUP BY u.node, u.step) u ON u.node = v.node AND u.step = v.begins
ORDER BY v.node, v.begins
