-- :first_look(STATUS): a row a node: the first capture ever that read the source whose status column is named. What it saw was
-- there before: nobody knows since when.
(SELECT n.node_id, n.node, (SELECT c.captured_at FROM capture c WHERE c.node_id = n.node_id AND c.:argument = 'ok'
                            ORDER BY c.captured_at LIMIT 1) AS first_at
 FROM node n WHERE n.node_id IN (:node_ids))
