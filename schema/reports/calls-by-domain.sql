-- group: calls
-- question: Which domains made and took how many calls, with what success?
-- by: all
-- range: -24h
-- note: From the call records; one row for calls out of the domain, one for calls in to it. --top limits the domains.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked that lie between the first call record and the last look at them
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column domain text: empty where the URI tells none
-- column direction text: out of the domain, or in to it
-- column attempts count: INVITEs
-- column answered count: calls answered
-- column asr percent: answered of those that were answered or failed
-- column failed count: calls that failed, without those cancelled
-- column cancelled count: the caller gave up
-- column talked seconds: talked in the time asked for
-- column peak count: the most calls up in one second
-- column peak_at time: the first such second
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, d.domain, d.direction, d.attempts, d.answered,
       ROUND(100.000000 * d.answered / NULLIF(d.answered + d.failed + d.cancelled, 0), 2) AS asr,
       d.failed, d.cancelled, d.talked, COALESCE(d.peaks DIV 10000000000, 0) AS peak,
       :time_of(d.peaks) AS peak_at
FROM :calls_known() v
     JOIN (SELECT t.*, DENSE_RANK() OVER (PARTITION BY node_id ORDER BY total DESC, domain) AS place
           FROM (SELECT m.*, SUM(attempts) OVER (PARTITION BY node_id, domain) AS total
                 FROM (SELECT node_id, domain, direction, SUM(attempts) AS attempts, SUM(answered) AS answered, SUM(failed) AS failed,
                              SUM(cancelled) AS cancelled, SUM(talked) AS talked, MAX(peaks) AS peaks
                       FROM :hours_where(direction <> 'all' AND (:domain IS NULL OR domain = :domain)) u
                       GROUP BY node_id, domain, direction) m) t) d ON d.node_id = v.node_id AND d.place <= :top
ORDER BY v.node, d.place, d.direction DESC
