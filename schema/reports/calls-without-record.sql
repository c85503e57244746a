-- group: calls
-- question: Which calls were seen up, and have no call record?
-- by: all
-- range: -24h
-- note: Calls that left OpenSIPS's dialog table in the time asked for; records must have been read beyond their end, or
-- note: nobody could tell. OpenSIPS loses some records (see calls.md).
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
-- Records of about that time come first, all at once: most calls have one there. What is left is looked up one by one
-- (DISTINCT takes nothing away: it is put together first).
FROM :calls_known() v
     JOIN (SELECT DISTINCT h.node_id, h.dlg_id, h.callid, h.from_tag, h.start_time, h.from_user, h.from_domain, h.to_user, h.to_domain,
                  COALESCE(p.went_on, h.valid_to) AS valid_to
           FROM :moments(dialog_version x WHERE x.node_id IN (:node_ids) AND x.valid_from >= :held_from AND x.valid_from < :to) m
                STRAIGHT_JOIN dialog_history h ON h.node_id = m.node_id AND h.valid_from = m.valid_from
                LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
                LEFT JOIN (SELECT DISTINCT a.node_id, :text_number(a.callid) AS call_number
                           FROM acc_history a
                           WHERE a.node_id IN (:node_ids) AND a.method = 'INVITE'
                             AND a.ended_at >= :from - INTERVAL 1 HOUR AND a.ended_at < :to + INTERVAL 1 HOUR) k
                     ON k.node_id = h.node_id AND k.call_number = :text_number(h.callid)
           WHERE COALESCE(p.went_on, h.valid_to) > :from AND COALESCE(p.went_on, h.valid_to) <= :to
             AND (:domain IS NULL OR :domain IN (h.from_domain, h.to_domain)) AND k.node_id IS NULL) d ON d.node_id = v.node_id
     LEFT JOIN dialog_history x ON x.node_id = d.node_id AND x.valid_from = d.valid_to AND x.dlg_id = d.dlg_id
               AND x.callid = d.callid AND x.from_tag = d.from_tag AND x.start_time = d.start_time
     LEFT JOIN acc_history a ON a.node_id = d.node_id AND a.callid = d.callid AND a.method = 'INVITE'
WHERE v.minutes_seen > 0
  AND d.valid_to + INTERVAL 2 MINUTE < (SELECT MAX(c.captured_at) FROM capture c WHERE c.node_id = v.node_id AND c.acc_status = 'ok')
  AND x.node_id IS NULL AND a.node_id IS NULL
ORDER BY v.node, d.valid_to, d.callid
