-- group: server
-- question: Which processes came closest to the end of their private memory?
-- by: all
-- range: -24h
-- note: A process is the number that MI's ps gives it; after a restart the same number may do other work.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which MI was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column process text: number of the process
-- column total bytes: its private memory
-- column used_most bytes: used with its overhead (real_used_size), the most at a capture
-- column used_most_at time: the first capture with that
-- column peak bytes: the most since the process started (max_used_size)
-- column headroom percent: of the total, left when most was used
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, p.process, p.total, p.used_most, p.used_most_at, p.peak,
       ROUND(100.000000 * (p.total - GREATEST(p.used_most, COALESCE(p.peak, 0))) / NULLIF(p.total, 0), 2) AS headroom
FROM :coverage(mi) v
     JOIN (SELECT s.node, SUBSTRING_INDEX(s.name, '-', 1) AS process, MAX(CASE WHEN s.what = 'total_size' THEN s.highest END) AS total,
                  MAX(CASE WHEN s.what = 'real_used_size' THEN s.highest END) AS used_most,
                  MIN(CASE WHEN s.what = 'real_used_size' AND s.place = 1 THEN s.highest_at END) AS used_most_at,
                  MAX(CASE WHEN s.what = 'max_used_size' THEN s.highest END) AS peak
           FROM (SELECT x.node, x.name, x.highest, x.highest_at, SUBSTRING_INDEX(x.name, '-', -1) AS what,
                        ROW_NUMBER() OVER (PARTITION BY x.node, x.name ORDER BY x.highest DESC, x.highest_at) AS place
                 FROM :gauges_where(s.`group` = 'pkmem'
                                    AND SUBSTRING_INDEX(s.name, '-', -1) IN ('total_size', 'real_used_size', 'max_used_size')) x) s
           GROUP BY s.node, SUBSTRING_INDEX(s.name, '-', 1)) p ON p.node = v.node
WHERE p.total > 0
ORDER BY v.node, headroom, CAST(p.process AS UNSIGNED)
LIMIT :top
