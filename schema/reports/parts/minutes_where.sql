-- :minutes_where(CONDITION on c): minutes of the domain and direction that the condition names, each looked up by them: those of all other
-- domains lie between two.
(SELECT c.*
 FROM node n STRAIGHT_JOIN :minutes m
      STRAIGHT_JOIN cdr_minute c ON c.node_id = n.node_id AND c.minute = m.minute AND :argument
 WHERE n.node_id IN (:node_ids))
