-- :calls_unrecorded(CONDITION on version h and its pause p): keys of versions of calls that began in the part of the range that is not added up,
-- and of whose Call-ID no record ended at about that time. Records come first, all at once: most calls have one there. What is left is few.
(SELECT DISTINCT h.node_id, h.valid_from, h.dlg_id
 FROM :moments(dialog_version x WHERE x.node_id IN (:node_ids) AND x.valid_from < :to
                                AND x.valid_from >= CASE WHEN :rolled_to > :from THEN :rolled_to ELSE :held_from END) m
      STRAIGHT_JOIN dialog_history h ON h.node_id = m.node_id AND h.valid_from = m.valid_from
      LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
      LEFT JOIN (SELECT DISTINCT a.node_id, :text_number(a.callid) AS call_number
                 FROM acc_history a
                 WHERE a.node_id IN (:node_ids) AND a.method = 'INVITE'
                   AND a.ended_at >= :rolled_to - INTERVAL 1 HOUR AND a.ended_at < :to + INTERVAL 1 HOUR) k
           ON k.node_id = h.node_id AND k.call_number = :text_number(h.callid)
 WHERE :argument AND k.node_id IS NULL)
