-- group: calls
-- question: Which answered calls have a record, and were never seen up?
-- by: all
-- range: -24h
-- note: Most are short: OpenSIPS writes a call to its table up to some seconds after the answer, and a capture looks once
-- note: an interval. Long ones fell into a gap, or OpenSIPS could not write them.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the dialog table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column answered time: when the call was answered
-- column ended time: when it ended
-- column talked seconds: between the two
-- column captures count: captures that read the table meanwhile
-- column callid text: Call-ID
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, a.settled_at AS answered, a.ended_at AS ended,
       ROUND(COALESCE(a.ms_duration / 1000, a.duration), 1) AS talked,
       (SELECT COUNT(*) FROM capture c WHERE c.node_id = v.node_id AND c.captured_at >= a.settled_at
          AND c.captured_at < a.ended_at AND c.dialog_status = 'ok') AS captures, a.callid
FROM :coverage(dialog) v
     JOIN acc_history a ON a.node_id = v.node_id AND a.settled_at >= :from AND a.settled_at < :to AND a.ended_at >= :from
     LEFT JOIN (SELECT DISTINCT d.node_id, :text_number(d.callid) AS call_number
                FROM :moments(dialog_version x WHERE x.node_id IN (:node_ids) AND x.valid_from >= CAST(DATE(:from) AS DATETIME)
                                               AND x.valid_from < :to + INTERVAL 1 HOUR) m
                     STRAIGHT_JOIN dialog_history d ON d.node_id = m.node_id AND d.valid_from = m.valid_from) l
          ON l.node_id = a.node_id AND l.call_number = :text_number(a.callid)
WHERE a.method = 'INVITE' AND a.sip_code < '300' AND l.node_id IS NULL
ORDER BY v.node, talked DESC, a.settled_at, a.callid
