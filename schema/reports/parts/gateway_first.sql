-- :gateway_first(): a row a node: the midnight behind its first day with calls. What that day found there counts; later on, it was there
-- the day before.
(SELECT n.node_id, CAST(DATE((SELECT x.valid_from FROM dialog_version x
                              WHERE x.node_id = n.node_id AND x.valid_from >= CAST(DATE(:from) AS DATETIME)
                              ORDER BY x.valid_from LIMIT 1)) AS DATETIME) + INTERVAL 1 DAY AS ends
 FROM node n WHERE n.node_id IN (:node_ids))
