-- :records_never_live(): keys of records of answered calls that ended in the part of the range that is not added up, and of whose Call-ID no
-- version began on the UTC day of the end or on the day before.
(SELECT a.node_id, a.ended_at, a.life, a.id
 FROM acc_history a
      LEFT JOIN (SELECT DISTINCT d.node_id, DATE(d.valid_from) AS day, :text_number(d.callid) AS call_number
                 FROM :moments(dialog_version x WHERE x.node_id IN (:node_ids) AND :rolled_to < :to
                                                AND x.valid_from >= CAST(DATE(:rolled_to) AS DATETIME) - INTERVAL 1 DAY
                                                AND x.valid_from < CAST(DATE(:to - INTERVAL 1 SECOND) AS DATETIME) + INTERVAL 1 DAY) m
                      STRAIGHT_JOIN dialog_history d ON d.node_id = m.node_id AND d.valid_from = m.valid_from) l
           ON l.node_id = a.node_id AND l.call_number = :text_number(a.callid)
              AND l.day BETWEEN DATE(a.ended_at) - INTERVAL 1 DAY AND DATE(a.ended_at)
 WHERE a.node_id IN (:node_ids) AND a.ended_at >= :rolled_to AND a.ended_at < :to
   AND a.method = 'INVITE' AND a.sip_code < '300' AND l.node_id IS NULL)
