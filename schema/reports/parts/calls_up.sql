-- :calls_up(): a row a call that the capture of the minute asked for saw up. Found by the class of its length: who lasted up to 240 s
-- and is up now began in the last 240 s.
(SELECT c.node_id, c.node, c.captured_at, d.start_time, d.timeout, d.from_user, d.from_domain, d.to_user, d.to_domain, d.caller_contact,
        d.callee_contact, d.callid, d.from_tag
 FROM :looked(dialog_status) c
      STRAIGHT_JOIN dialog_version v FORCE INDEX (length_class)
                    ON v.node_id = c.node_id AND v.node_id IN (:node_ids)
                    AND (:of_length(0) OR :of_length(1) OR :of_length(2) OR :of_length(3) OR :of_length(4) OR :of_length(5)
                         OR (v.length_class IN (6, 22) AND v.valid_from BETWEEN :held_from AND :at))
      STRAIGHT_JOIN dialog_history d ON d.node_id = v.node_id AND d.valid_from = v.valid_from AND d.dlg_id = v.dlg_id
 WHERE d.valid_from BETWEEN c.versions_from AND c.captured_at AND d.valid_to > c.captured_at
   AND (d.source = 'table' OR c.dialog_source <> 'table'))
