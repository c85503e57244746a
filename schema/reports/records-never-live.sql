-- group: calls
-- question: Which answered calls have a record, and were never seen up?
-- by: all
-- range: -24h
-- note: Calls that ended in the time asked for, and that no capture saw up on the UTC day of their end or on the day before. Most are
-- note: short: OpenSIPS writes a call to its table up to some seconds after the answer, and a capture looks once an interval. Long ones fell
-- note: into a gap, or OpenSIPS could not write them. UTC days that `sipkeep retain` has added up are told at once; of any other time each
-- note: record is read, and each call back to the day before, which takes seconds where they are hundreds of thousands. --top: how many
-- note: are shown, the longest first.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the dialog table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column never_live count: all such records of the time asked for
-- column answered time: when the call was answered
-- column ended time: when it ended
-- column talked seconds: between the two
-- column captures count: captures that read the table meanwhile
-- column callid text: Call-ID
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, a.never_live, a.settled_at AS answered, a.ended_at AS ended, a.talked,
       (SELECT COUNT(*) FROM capture c WHERE c.node_id = v.node_id AND c.captured_at >= a.settled_at
          AND c.captured_at < a.ended_at AND c.dialog_status = 'ok') AS captures, a.callid
FROM :coverage(dialog) v
     JOIN (SELECT node_id, settled_at, ended_at, talked, callid, COUNT(*) OVER (PARTITION BY node_id) AS never_live,
                  ROW_NUMBER() OVER (PARTITION BY node_id ORDER BY talked DESC, settled_at, callid) AS place
           FROM (SELECT a.node_id, a.settled_at, a.ended_at, ROUND(COALESCE(a.ms_duration / 1000, a.duration), 1) AS talked, a.callid
                 FROM (SELECT u.node_id, u.ended_at, u.life, u.id
                       FROM record_never_live u
                       WHERE u.node_id IN (:node_ids) AND u.ended_at >= :from AND u.ended_at < :rolled_to
                       UNION ALL
                       SELECT r.node_id, r.ended_at, r.life, r.id
                       FROM :records_never_live() r) k
                      STRAIGHT_JOIN acc_history a ON a.node_id = k.node_id AND a.ended_at = k.ended_at AND a.life = k.life AND a.id = k.id) found
          ) a ON a.node_id = v.node_id AND a.place <= :top
ORDER BY v.node, a.place
