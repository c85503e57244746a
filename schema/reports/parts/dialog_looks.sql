-- :dialog_looks(): a row a capture that read the dialogs, or an hour or day of them that was added up, with its step: calls up. Sum,
-- extremes and number of captures tell both alike.
(SELECT node_id, :step(captured_at) AS step, 1 AS looks, dialogs AS total, dialogs AS most, captured_at AS most_at
 FROM capture
 WHERE node_id IN (:node_ids) AND captured_at >= :captures_from AND captured_at < :to AND dialog_status = 'ok'
 UNION ALL
 SELECT node_id, :step(begins), looks, total, most, most_at
 FROM :captures
 WHERE node_id IN (:node_ids) AND day >= DATE(:from) AND day <= DATE(:captures_from - INTERVAL 1 SECOND) AND begins >= :from AND begins < :captures_from
   AND source = 'dialog')
