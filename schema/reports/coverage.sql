-- group: archive
-- question: How complete is the record?
-- by: day
-- range: -14d
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step that have a capture
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column seen percent: the one of the other
-- column mi_failed count: captures that could not read the statistics
-- column dispatcher_failed count: .. the dispatcher
-- column dialog_failed count: .. the dialog table
-- column location_failed count: .. the location table
-- column acc_failed count: .. the call records
-- column from_spool count: captures that had waited in the spool
-- column backfilled count: captures put in afterwards (dumps, OpenSIPS Control Panel)
-- column flagged count: captures with a flag, see the table capture
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, ROUND(100.000000 * v.minutes_seen / v.minutes_asked, 2) AS seen,
       c.mi_failed, c.dispatcher_failed, c.dialog_failed, c.location_failed, c.acc_failed, c.from_spool, c.backfilled, c.flagged
FROM :coverage(any) v
     LEFT JOIN (SELECT node_id, :step(captured_at) AS step, SUM(mi_status = 'failed') AS mi_failed,
                       SUM(dispatcher_status = 'failed') AS dispatcher_failed, SUM(dialog_status = 'failed') AS dialog_failed,
                       SUM(location_status = 'failed') AS location_failed, SUM(acc_status = 'failed') AS acc_failed,
                       SUM(provenance = 'spool') AS from_spool, SUM(provenance NOT IN ('live', 'spool')) AS backfilled,
                       SUM(flags <> '') AS flagged
                FROM capture WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to
                GROUP BY node_id, step) c ON c.node_id = v.node_id AND c.step = v.begins
ORDER BY v.node, v.begins
