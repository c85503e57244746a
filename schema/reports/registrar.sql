-- group: server
-- question: How many registrations were accepted and refused, and what did the NAT and registrar counters do?
-- by: hour
-- range: -24h
-- note: nathelper has no statistics; what nat_traversal counts is shown where it is loaded.
-- column node text: OpenSIPS server
-- column time time: beginning of the step
-- column minutes_seen count: minutes of the step in which MI was read
-- column minutes_asked count: minutes of the step
-- column restarts count: starts of OpenSIPS in it
-- column accepted count: REGISTERs accepted
-- column rejected count: REGISTERs refused
-- column rejected_share percent: refused, of both
-- column expired count: contacts that expired
-- column contacts_most count: contacts in memory, the most
-- column users_most count: addresses of record in memory, the most
-- column kept_alive_most count: endpoints that nat_traversal keeps alive, the most
SELECT v.node, v.begins AS time, v.minutes_seen, v.minutes_asked, v.restarts, r.accepted, r.rejected,
       ROUND(100.000000 * r.rejected / NULLIF(r.accepted + r.rejected, 0), 2) AS rejected_share, r.expired, u.contacts_most, u.users_most,
       u.kept_alive_most
FROM :coverage(mi) v
     LEFT JOIN (SELECT g.node, g.step, :increase(accepted_regs) AS accepted, :increase(rejected_regs) AS rejected,
                       :increase(location-expires) AS expired
                FROM :growth(('registrar', 'accepted_regs'), ('registrar', 'rejected_regs'), ('usrloc', 'location-expires')) g
                GROUP BY g.node, g.step) r ON r.node = v.node AND r.step = v.begins
     LEFT JOIN (SELECT u.node, u.step, MAX(CASE WHEN u.name = 'location-contacts' THEN u.highest END) AS contacts_most,
                       MAX(CASE WHEN u.name = 'registered_users' THEN u.highest END) AS users_most,
                       MAX(CASE WHEN u.name = 'keepalive_endpoints' THEN u.highest END) AS kept_alive_most
                FROM :gauges(('usrloc', 'location-contacts'), ('usrloc', 'registered_users'), ('nat_traversal', 'keepalive_endpoints')) u
                GROUP BY u.node, u.step) u ON u.node = v.node AND u.step = v.begins
ORDER BY v.node, v.begins
