-- group: archive
-- question: Which calls and registrations did OpenSIPS's tables never show?
-- by: all
-- range: -24h
-- note: Answered calls, and registrations, that only OpenSIPS's memory had when a capture asked it (dialog.source, location.source). Calls
-- note: that reach the table later are among them. Limited to --top rows, the newest first.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked that have a capture
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column what text: call, or registration
-- column who text: caller and callee, or address of record
-- column contact text: of the caller, or of the phone
-- column user_agent text: User-Agent of the phone
-- column from_time time: the first capture that found it in memory alone
-- column to_time time: the first that did not; empty: none in the time asked for
-- column reached_table text: yes: the table had it from then on
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, u.what, u.who, u.contact, u.user_agent, u.began AS from_time,
       CASE WHEN u.last_at < :to THEN u.last_at END AS to_time, u.reached_table
-- Found by what they are among all versions (schema.sql): they are few.
FROM :coverage(any) v
     JOIN (SELECT d.node_id, 'call' AS what, CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, ''), ' > ',
                                                    COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, '')) AS who,
                  d.caller_contact AS contact, NULL AS user_agent, d.began, COALESCE(p.went_on, d.valid_to) AS last_at,
                  CASE WHEN EXISTS (SELECT 1 FROM dialog_history t WHERE t.node_id = d.node_id AND t.valid_from = COALESCE(p.went_on, d.valid_to)
                                     AND t.dlg_id = d.dlg_id AND t.source = 'table') THEN 'yes' ELSE '' END AS reached_table
           FROM dialog_version m FORCE INDEX (length_class)
                STRAIGHT_JOIN dialog_history d ON d.node_id = m.node_id AND d.valid_from = m.valid_from AND d.dlg_id = m.dlg_id
                LEFT JOIN :pauses() p ON p.node_id = d.node_id AND p.stopped = d.valid_to
           WHERE m.node_id IN (:node_ids) AND (:lasted_into(16) OR :lasted_into(17) OR :lasted_into(18) OR :lasted_into(19)
                  OR :lasted_into(20) OR :lasted_into(21) OR :lasted_into(22))
             AND d.valid_to > :from AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
             AND (COALESCE(p.went_on, d.valid_to) >= :to OR NOT EXISTS (SELECT 1 FROM dialog_history t WHERE t.node_id = d.node_id AND t.valid_from = COALESCE(p.went_on, d.valid_to)
                                                   AND t.dlg_id = d.dlg_id AND t.began = d.began))
           UNION ALL
           SELECT l.node_id, 'registration', :aor(l), l.contact, l.user_agent, l.began,
                  COALESCE(p.went_on, l.valid_to),
                  CASE WHEN EXISTS (SELECT 1 FROM location_version t WHERE t.node_id = l.node_id AND t.valid_from = COALESCE(p.went_on, l.valid_to)
                                     AND t.contact_id = l.contact_id AND t.source IS NULL) THEN 'yes' ELSE '' END
           FROM location_version m FORCE INDEX (from_memory)
                STRAIGHT_JOIN location_history l ON l.node_id = m.node_id AND l.valid_from = m.valid_from AND l.contact_id = m.contact_id
                LEFT JOIN :pauses() p ON p.node_id = l.node_id AND p.stopped = l.valid_to
           WHERE m.node_id IN (:node_ids) AND m.from_memory = 1 AND m.valid_from >= CAST(DATE(:from) AS DATETIME) AND m.valid_from < :to
             AND l.valid_to > :from AND (:domain IS NULL OR l.domain = :domain)
             AND (COALESCE(p.went_on, l.valid_to) >= :to OR NOT EXISTS (SELECT 1 FROM location_version t WHERE t.node_id = l.node_id AND t.valid_from = COALESCE(p.went_on, l.valid_to)
                                                   AND t.contact_id = l.contact_id AND t.began = l.began))) u ON u.node_id = v.node_id
ORDER BY u.began DESC, v.node, u.what, u.who
LIMIT :top
