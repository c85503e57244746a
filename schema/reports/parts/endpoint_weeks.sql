-- :endpoint_weeks(): rows w of the weeks that lie in the range as a whole.
(SELECT DISTINCT node_id, week FROM cdr_endpoint_week
 WHERE node_id IN (:node_ids) AND week >= :first_monday() AND week < :last_monday()) w
