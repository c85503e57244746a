-- :looked(STATUS): a row a node: the capture of the minute asked for, if it read the source whose status column is named.
(SELECT n.node_id, n.node, c.captured_at, c.versions_from
 FROM node n JOIN capture c ON c.node_id = n.node_id
 WHERE n.node_id IN (:node_ids) AND c.:argument = 'ok'
   AND c.captured_at = (SELECT MAX(x.captured_at) FROM capture x
                        WHERE x.node_id = n.node_id AND x.captured_at <= :at
                          AND x.captured_at > :at - INTERVAL :interval SECOND AND x.:argument = 'ok'))
