-- :looked(STATUS): a row a node: the capture of the minute asked for, if it read the source whose status column is named. What
-- MI had told before is no fact of a capture that did not ask it: see the conditions on dialog_source and location_source.
(SELECT n.node_id, n.node, c.captured_at, c.versions_from, c.dialog_source, c.location_source
 FROM node n JOIN capture c ON c.node_id = n.node_id
 WHERE n.node_id IN (:node_ids) AND c.:argument = 'ok'
   AND c.captured_at = (SELECT MAX(x.captured_at) FROM capture x
                        WHERE x.node_id = n.node_id AND x.captured_at <= :at
                          AND x.captured_at > :at - INTERVAL :interval SECOND AND x.:argument = 'ok'))
