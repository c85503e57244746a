-- group: archive
-- question: Which rows of OpenSIPS's tables were not in its memory?
-- by: all
-- range: -24h
-- note: Calls and registrations that the table shows and OpenSIPS does not know: nobody will end them. Found by captures that read both
-- note: (dialog.source or location.source: both). A row that is gone from memory stays in the table for up to some 10 s: one that only one
-- note: capture saw is no ghost yet. Limited to --top rows, the longest first.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which commands of MI were read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column what text: call, or registration
-- column who text: caller and callee, or address of record
-- column row_id text: dlg_id, or contact_id
-- column from_time time: the first capture that found it so
-- column to_time time: the first that did not; empty: none yet
-- column seconds seconds: between the two, or to the end of the time asked for
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, g.what,
       CASE g.what WHEN 'call'
            THEN (SELECT MAX(CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, ''), ' > ', COALESCE(d.to_user, ''), '@',
                                    COALESCE(d.to_domain, '')))
                  FROM dialog_history d WHERE d.node_id = g.node_id AND d.dlg_id = CAST(g.row_key AS UNSIGNED)
                   AND d.valid_from >= CAST(DATE(g.last_from) AS DATETIME) AND d.valid_from <= g.last_from AND d.valid_to > g.last_from)
            ELSE (SELECT MAX(:aor(l))
                  FROM location_version l WHERE l.node_id = g.node_id AND l.contact_id = CAST(g.row_key AS UNSIGNED)
                   AND l.valid_from >= CAST(DATE(g.last_from) AS DATETIME) AND l.valid_from <= g.last_from AND l.valid_to > g.last_from)
       END AS who, g.row_key AS row_id, g.from_time, CASE WHEN g.to_time < '9999-12-31' THEN g.to_time END AS to_time,
       TIMESTAMPDIFF(SECOND, g.from_time, LEAST(g.to_time, :to)) AS seconds
FROM :coverage(mi_rows) v
     JOIN (SELECT h.node_id, CASE h.name WHEN 'dialog_ghost' THEN 'call' ELSE 'registration' END AS what, h.row_key, h.began AS from_time,
                  MAX(h.valid_from) AS last_from, MAX(h.valid_to) AS to_time
           FROM mi_row_history h
           WHERE h.node_id IN (:node_ids) AND h.name IN ('dialog_ghost', 'location_ghost')
             AND h.valid_from >= CAST(DATE(:from) AS DATETIME) AND h.valid_from < :to AND h.valid_to > :from
           GROUP BY h.node_id, what, h.row_key, h.began) g ON g.node_id = v.node_id
ORDER BY seconds DESC, v.node, g.what, g.from_time, g.row_key
LIMIT :top
