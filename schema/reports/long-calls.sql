-- group: calls
-- question: Which calls had been up for longest, and which of them are stuck?
-- range: at
-- column node text: OpenSIPS server
-- column captured_at time: the capture that saw them
-- column up seconds: since the call was answered
-- column answered time: when it was answered
-- column caller text: user@domain
-- column callee text: user@domain
-- column times_out time: when OpenSIPS's dialog timeout ends it
-- column stuck text: overdue: beyond its timeout; ended: a call record says that it had ended; empty: neither
-- column callid text: Call-ID
SELECT l.node, l.captured_at, l.up, l.answered, l.caller, l.callee, l.times_out,
       CASE WHEN l.times_out < l.captured_at THEN 'overdue'
            WHEN EXISTS (SELECT 1 FROM acc_history a FORCE INDEX (callid)
                         WHERE a.node_id = l.node_id AND a.callid = l.callid AND a.from_tag = l.from_tag AND a.method = 'INVITE'
                           AND a.sip_code < '300' AND a.ended_at > l.answered AND a.ended_at < l.captured_at - INTERVAL 60 SECOND)
            THEN 'ended' ELSE '' END AS stuck, l.callid
FROM (SELECT d.node_id, d.node, d.captured_at,
             TIMESTAMPDIFF(SECOND, CAST('1970-01-01 00:00:00' AS DATETIME), d.captured_at) - d.start_time AS up,
             CAST('1970-01-01 00:00:00' AS DATETIME) + INTERVAL d.start_time SECOND AS answered,
             CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, '')) AS caller,
             CONCAT(COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, '')) AS callee,
             CAST('1970-01-01 00:00:00' AS DATETIME) + INTERVAL d.timeout SECOND AS times_out, d.callid, d.from_tag
      FROM :calls_up() d
      WHERE (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
      ORDER BY d.start_time, d.callid LIMIT :top) l
ORDER BY l.answered, l.callid
