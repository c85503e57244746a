-- group: registrations
-- question: From which addresses were phones registered at one minute?
-- range: at
-- note: The address that OpenSIPS received the registration from; where it kept none, the host in the contact.
-- column node text: OpenSIPS server
-- column captured_at time: the capture that saw them
-- column host text: host, with its port where the contact alone tells it
-- column known_from text: received or contact
-- column registrations count: contacts
-- column users count: addresses of record
SELECT c.node, c.captured_at,
       CASE WHEN h.received IS NULL THEN :host(h.contact)
            ELSE SUBSTRING_INDEX(:host(h.received), ':', CASE WHEN :host(h.received) LIKE '[%' THEN -99 ELSE 1 END) END AS host,
       CASE WHEN h.received IS NULL THEN 'contact' ELSE 'received' END AS known_from,
       COUNT(*) AS registrations, COUNT(DISTINCT :aor_number(h)) AS users
FROM :registered()
WHERE (:domain IS NULL OR h.domain = :domain)
GROUP BY c.node, c.captured_at, host, known_from
ORDER BY c.node, registrations DESC, host
LIMIT :top
