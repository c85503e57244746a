-- group: archive
-- question: Do OpenSIPS's tables, its counters and its memory agree?
-- by: hour
-- range: -24h
-- note: Rows of the tables dialog and location against dialog:active_dialogs and usrloc:location-contacts of the same capture. OpenSIPS
-- note: writes its tables each 10 s or so, so that some difference is usual; one that stays is not. Which rows: ghosts, unseen.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step that have a capture
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column calls_compared count: captures that know both sides of calls
-- column calls_differ count: .. in which they differed
-- column calls_unseen_most count: the most calls that were counted and not in the table
-- column calls_ghost_most count: the most that were in the table and not counted
-- column contacts_compared count: captures that know both sides of registrations
-- column contacts_differ count: .. in which they differed
-- column contacts_unseen_most count: the most registrations that were counted and not in the table
-- column contacts_ghost_most count: the most that were in the table and not counted
-- column memory_asked count: captures that listed OpenSIPS's memory
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, c.calls_compared, c.calls_differ, c.calls_unseen_most,
       c.calls_ghost_most, c.contacts_compared, c.contacts_differ, c.contacts_unseen_most, c.contacts_ghost_most, c.memory_asked
FROM :coverage(any) v
     LEFT JOIN (SELECT node_id, :step(captured_at) AS step, COUNT(calls) AS calls_compared, SUM(calls <> 0) AS calls_differ,
                       GREATEST(0, MAX(calls)) AS calls_unseen_most, GREATEST(0, MAX(-calls)) AS calls_ghost_most,
                       COUNT(contacts) AS contacts_compared, SUM(contacts <> 0) AS contacts_differ,
                       GREATEST(0, MAX(contacts)) AS contacts_unseen_most, GREATEST(0, MAX(-contacts)) AS contacts_ghost_most,
                       SUM(COALESCE(dialog_source, 'table') <> 'table' OR COALESCE(location_source, 'table') <> 'table') AS memory_asked
                FROM (SELECT node_id, captured_at, dialog_source, location_source,
                             dialogs_counted - CAST(dialogs_in_table AS SIGNED) AS calls,
                             contacts_counted - CAST(contacts_in_table AS SIGNED) AS contacts
                      FROM capture WHERE node_id IN (:node_ids) AND captured_at >= :from AND captured_at < :to) looks
                GROUP BY node_id, step) c ON c.node_id = v.node_id AND c.step = v.begins
ORDER BY v.node, v.begins
