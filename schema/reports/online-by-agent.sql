-- group: registrations
-- question: Who was registered at one minute, by kind of phone?
-- range: at
-- column node text: OpenSIPS server
-- column captured_at time: the capture that saw them
-- column user_agent text: User-Agent
-- column registrations count: contacts
-- column users count: addresses of record
-- column share percent: of all registrations of the node, or of the domain given
SELECT c.node, c.captured_at, h.user_agent, COUNT(*) AS registrations, COUNT(DISTINCT :aor_number(h)) AS users,
       ROUND(100.000000 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY c.node), 2) AS share
FROM :registered()
WHERE (:domain IS NULL OR h.domain = :domain)
GROUP BY c.node, c.captured_at, h.user_agent
ORDER BY c.node, registrations DESC, h.user_agent
