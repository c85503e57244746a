-- group: registrations
-- question: Which phones were registered at one minute, and since when?
-- range: at
-- column node text: OpenSIPS server
-- column captured_at time: the capture that saw them
-- column aor text: address of record
-- column online_since time: when this registration was first seen
-- column contact text: Contact
-- column received text: address that the registration came from
-- column user_agent text: User-Agent
-- column socket text: socket of OpenSIPS that it came in on
SELECT c.node, c.captured_at, :aor(h) AS aor, h.first_seen AS online_since,
       h.contact, h.received, h.user_agent, h.socket
FROM :registered()
WHERE :registration_asked(h)
ORDER BY c.node, h.domain, h.username, h.contact_id
