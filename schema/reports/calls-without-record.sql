-- group: calls
-- question: Which calls were seen up, and have no call record?
-- by: all
-- range: -24h
-- note: Calls that left OpenSIPS's dialog table in the time asked for; records must have been read from before their end to beyond it, or
-- note: nobody could tell. OpenSIPS loses some records (see calls.md). UTC days that `sipkeep retain` has added up are told at once; of
-- note: any other time each call is read, which takes seconds where they are hundreds of thousands.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked that lie between the first call record and the last look at them
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them: calls that it ends so may have no record
-- column answered time: when the call was answered
-- column gone_at time: the first capture without it
-- column caller text: user@domain
-- column callee text: user@domain
-- column callid text: Call-ID
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts,
       CAST('1970-01-01 00:00:00' AS DATETIME) + INTERVAL d.start_time SECOND AS answered, d.valid_to AS gone_at,
       CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, '')) AS caller,
       CONCAT(COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, '')) AS callee, d.callid
FROM :calls_known() v
     JOIN (SELECT DISTINCT h.node_id, h.dlg_id, h.callid, h.from_tag, h.start_time, h.from_user, h.from_domain, h.to_user, h.to_domain,
                  h.valid_to AS last_seen_to, COALESCE(p.went_on, h.valid_to) AS valid_to
           FROM (SELECT u.node_id, u.valid_from, u.dlg_id
                 FROM call_without_record u
                 WHERE u.node_id IN (:node_ids) AND u.valid_from < :rolled_to
                   AND u.valid_from >= (SELECT LEAST(CAST(DATE(:from) AS DATETIME), COALESCE(CAST(DATE(MIN(b.newest)) AS DATETIME), :from))
                                        FROM (SELECT MAX(captured_at) AS newest FROM capture
                                              WHERE node_id IN (:node_ids) AND captured_at < CAST(DATE(:from) AS DATETIME) + INTERVAL 1 DAY
                                              GROUP BY node_id) b)
                 UNION ALL
                 SELECT r.node_id, r.valid_from, r.dlg_id
                 FROM :calls_unrecorded(COALESCE(p.went_on, h.valid_to) > :from AND COALESCE(p.went_on, h.valid_to) <= :to) r) c
                STRAIGHT_JOIN dialog_history h ON h.node_id = c.node_id AND h.valid_from = c.valid_from AND h.dlg_id = c.dlg_id
                LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
           WHERE COALESCE(p.went_on, h.valid_to) > :from AND COALESCE(p.went_on, h.valid_to) <= :to
             AND (:domain IS NULL OR :domain IN (h.from_domain, h.to_domain))) d ON d.node_id = v.node_id
     JOIN (SELECT n.node_id, (SELECT a.ended_at FROM acc_history a WHERE a.node_id = n.node_id AND a.ended_at >= '1971-01-01 00:00:00'
                              ORDER BY a.ended_at LIMIT 1) AS first_end
           FROM node n WHERE n.node_id IN (:node_ids)) f ON f.node_id = v.node_id AND f.first_end < d.last_seen_to
     LEFT JOIN dialog_history x ON x.node_id = d.node_id AND x.valid_from = d.valid_to AND x.dlg_id = d.dlg_id
               AND x.callid = d.callid AND x.from_tag = d.from_tag AND x.start_time = d.start_time
     LEFT JOIN acc_history a FORCE INDEX (callid) ON a.node_id = d.node_id AND a.callid = d.callid AND a.method = 'INVITE'
WHERE v.minutes_seen > 0
  AND d.valid_to + INTERVAL 2 MINUTE < (SELECT MAX(c.captured_at) FROM capture c WHERE c.node_id = v.node_id AND c.acc_status = 'ok')
  AND x.node_id IS NULL AND a.node_id IS NULL
ORDER BY v.node, d.valid_to, d.callid
