-- :minutes_where(CONDITION on c): minutes of the domain and direction that the condition names, each looked up by them: those of all other
-- domains lie between two.
(SELECT c.*
 FROM (SELECT DISTINCT x.node_id, x.minute FROM cdr_minute x WHERE x.node_id IN (:node_ids) AND x.minute >= :from AND x.minute < :to) m
      STRAIGHT_JOIN cdr_minute c ON c.node_id = m.node_id AND c.minute = m.minute AND :argument)
