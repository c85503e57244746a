-- :gateway_sums(): calls by the host in the contact of either side, without those in gateway_roll_up; `version` leads to one that has it. A
-- call counts once a day and host: of the few that have several versions, what is too many is taken off. They are found by their
-- numbers alone, all of which stand in one key. One too many is found harmlessly.
(SELECT node_id, side, host_number, SUM(at_start) AS at_start, SUM(began) AS began, SUM(seconds) AS seconds, MAX(version) AS version
 FROM (SELECT t.node_id, t.side, :domain_number(t.host) AS host_number, t.at_start, t.began, t.seconds, t.version
       FROM (SELECT p.node_id, p.side, p.at_start, p.began, CAST(p.seconds AS UNSIGNED) AS seconds, p.version,
                    :host(CASE WHEN p.side = 'called' THEN x.callee_contact ELSE x.caller_contact END) AS host
             FROM (:gateway_tails(callee)
                   UNION ALL
                   :gateway_tails(caller)) p
                  STRAIGHT_JOIN dialog_version x ON x.node_id = p.node_id AND x.valid_from = CAST(LEFT(p.version, 19) AS DATETIME)
                                                 AND x.dlg_id = CAST(SUBSTRING(p.version, 20) AS UNSIGNED)) t
       UNION ALL
       SELECT b.node_id, b.side, b.host_number, 0, 1 - COUNT(*), 0, NULL
       FROM (SELECT m.node_id, m.day, m.dlg_id, m.start_time, k.side,
                    CASE WHEN k.side = 'called' THEN m.called ELSE m.calling END AS host_number
             FROM (SELECT d.node_id, DATE(d.valid_from) AS day, d.dlg_id, d.start_time, :domain_number(:host(d.callee_contact)) AS called,
                          :domain_number(:host(d.caller_contact)) AS calling
                   FROM (SELECT DISTINCT x.node_id, x.valid_from, x.dlg_id
                         FROM dialog_version x FORCE INDEX (length_class)
                              STRAIGHT_JOIN (SELECT SQL_BIG_RESULT x.dlg_id FROM dialog_version x FORCE INDEX (length_class)
                                             WHERE :gateway_raw() AND :gateway_class()
                                             GROUP BY x.dlg_id HAVING COUNT(*) > 1) again ON again.dlg_id = x.dlg_id
                         WHERE :gateway_raw() AND :gateway_class()) x
                        STRAIGHT_JOIN dialog_history d ON d.node_id = x.node_id AND d.valid_from = x.valid_from AND d.dlg_id = x.dlg_id
                   WHERE d.valid_to > :from AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))) m
                  CROSS JOIN (SELECT 'called' AS side UNION ALL SELECT 'calling') k) b
       GROUP BY b.node_id, b.day, b.dlg_id, b.start_time, b.side, b.host_number) s
 GROUP BY node_id, side, host_number)
