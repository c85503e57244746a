-- group: server
-- question: How many transactions were made, and how many were in use at once?
-- by: hour
-- range: -24h
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column uas number: server transactions a second
-- column uac number: client transactions a second
-- column timeouts count: INVITEs that had no final reply in time
-- column retransmitted number: requests sent again, a second
-- column in_use_mean number: transactions in memory, mean of the captures
-- column in_use_most count: .. the most
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, r.uas, r.uac, r.timeouts, r.retransmitted,
       u.in_use_mean, u.in_use_most
FROM :coverage(mi) v
     LEFT JOIN (SELECT g.node, g.step, :rate(UAS_transactions) AS uas, :rate(UAC_transactions) AS uac,
                       :increase(timeout_finalresponse_inv) AS timeouts,
                       :rate(retransmission_req_T1_1) + :rate(retransmission_req_T1_2) + :rate(retransmission_req_T1_3)
                         + :rate(retransmission_req_T2) AS retransmitted
                FROM :growth(('tm', 'UAS_transactions'), ('tm', 'UAC_transactions'), ('tm', 'timeout_finalresponse_inv'),
                             ('tm', 'retransmission_req_T1_1'), ('tm', 'retransmission_req_T1_2'),
                             ('tm', 'retransmission_req_T1_3'), ('tm', 'retransmission_req_T2')) g
                GROUP BY g.node, g.step) r ON r.node = v.node AND r.step = v.begins
     LEFT JOIN (SELECT u.node, u.step, ROUND(SUM(1.000000 * u.total) / SUM(u.samples), 1) AS in_use_mean, MAX(u.highest) AS in_use_most
                FROM :gauges(('tm', 'inuse_transactions')) u GROUP BY u.node, u.step) u ON u.node = v.node AND u.step = v.begins
ORDER BY v.node, v.begins
