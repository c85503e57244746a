-- group: server
-- question: With which classes of replies were transactions answered?
-- by: hour
-- range: -24h
-- note: Growth between captures next to each other. tm counts transactions, sl what OpenSIPS replied without one.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column tm_2xx count: transactions ended by 2xx
-- column tm_3xx count: .. by 3xx
-- column tm_4xx count: .. by 4xx
-- column tm_5xx count: .. by 5xx
-- column tm_6xx count: .. by 6xx
-- column failed percent: 4xx to 6xx, of all that ended
-- column sl_2xx count: stateless replies 2xx
-- column sl_4xx count: .. 4xx
-- column sl_5xx count: .. 5xx
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, r.tm_2xx, r.tm_3xx, r.tm_4xx, r.tm_5xx, r.tm_6xx,
       ROUND(100.000000 * (r.tm_4xx + r.tm_5xx + r.tm_6xx) / NULLIF(r.tm_2xx + r.tm_3xx + r.tm_4xx + r.tm_5xx + r.tm_6xx, 0), 2) AS failed,
       r.sl_2xx, r.sl_4xx, r.sl_5xx
FROM :coverage(mi) v
     LEFT JOIN (SELECT g.node, g.step, :increase(2xx_transactions) AS tm_2xx, :increase(3xx_transactions) AS tm_3xx,
                       :increase(4xx_transactions) AS tm_4xx, :increase(5xx_transactions) AS tm_5xx,
                       :increase(6xx_transactions) AS tm_6xx, :increase(2xx_replies) AS sl_2xx, :increase(4xx_replies) AS sl_4xx,
                       :increase(5xx_replies) AS sl_5xx
                FROM :growth(('tm', '2xx_transactions'), ('tm', '3xx_transactions'), ('tm', '4xx_transactions'),
                             ('tm', '5xx_transactions'), ('tm', '6xx_transactions'), ('sl', '2xx_replies'), ('sl', '4xx_replies'),
                             ('sl', '5xx_replies')) g
                GROUP BY g.node, g.step) r ON r.node = v.node AND r.step = v.begins
ORDER BY v.node, v.begins
