-- group: calls
-- question: Which calls rang, for how long, and what became of them?
-- by: all
-- range: -1h
-- note: From OpenSIPS's memory (dialog.source: mi or both), as often as a capture looked: a call that came and went between two is not
-- note: here. Limited to --top calls, the newest first.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which calls were read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column caller text: user@domain
-- column callee text: user@domain
-- column first_seen time: the first capture that saw the call
-- column first_state text: its state then: created, ringing, answered, up or over
-- column rang seconds: for how long captures saw it created or ringing
-- column up_from time: the first that saw it up; empty: none did
-- column gone_at time: the first that did not see it up or ringing any more; empty: it goes on
-- column became text: answered (seen up or not); failed: seen over, without an answer; unknown: gone between two captures; empty: it rings
-- column callid text: Call-ID
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, c.caller, c.callee, c.first_seen,
       CASE SUBSTRING(c.first_state, 20) WHEN 1 THEN 'created' WHEN 2 THEN 'ringing' WHEN 3 THEN 'answered' WHEN 4 THEN 'up' ELSE 'over' END
         AS first_state,
       c.rang, c.up_from, CASE WHEN c.gone_at < '9999-12-31' THEN c.gone_at END AS gone_at,
       CASE WHEN c.answered_at > 0 THEN 'answered' WHEN c.ended > 0 THEN 'failed' WHEN c.gone_at < '9999-12-31' THEN 'unknown' ELSE '' END
         AS became,
       c.callid
FROM :coverage(dialog) v
     JOIN (SELECT d.node_id, d.dlg_id, d.callid, MAX(CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, ''))) AS caller,
                  MAX(CONCAT(COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, ''))) AS callee, MIN(d.began) AS first_seen,
                  MIN(CONCAT(d.began, d.state)) AS first_state,
                  COALESCE(SUM(CASE WHEN d.state IN (1, 2) AND d.source = 'mi'
                                    THEN TIMESTAMPDIFF(SECOND, GREATEST(d.valid_from, :from), LEAST(d.valid_to, :to)) END), 0) AS rang,
                  MIN(CASE WHEN d.state IN (3, 4) THEN d.began END) AS up_from,
                  MAX(CASE WHEN d.state = 5 THEN d.valid_from ELSE d.valid_to END) AS gone_at,
                  MAX(CASE WHEN d.state IN (3, 4) THEN 1 ELSE COALESCE(d.start_time, 0) END) AS answered_at, SUM(d.state = 5) AS ended,
                  SUM(d.source = 'mi' AND d.state IN (1, 2)) AS rung
           FROM dialog_state d
           WHERE d.node_id IN (:node_ids) AND d.valid_from >= CAST(DATE(:from) AS DATETIME) AND d.valid_from < :to AND d.valid_to > :from
             AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
           GROUP BY d.node_id, d.dlg_id, d.callid HAVING rung > 0 OR up_from IS NULL) c ON c.node_id = v.node_id
ORDER BY c.first_seen DESC, v.node, c.callid
LIMIT :top
