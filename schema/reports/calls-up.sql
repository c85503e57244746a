-- group: calls
-- question: Which calls were up at one minute?
-- range: at
-- note: As OpenSIPS's dialog table showed them. --aor: calls from or to it; --domain: from or to its users.
-- column node text: OpenSIPS server
-- column captured_at time: the capture that saw them
-- column answered time: when the call was answered
-- column up seconds: since then
-- column caller text: user@domain
-- column callee text: user@domain
-- column caller_host text: host in the caller's contact
-- column callee_host text: host in the callee's contact
-- column callid text: Call-ID
SELECT d.node, d.captured_at, CAST('1970-01-01 00:00:00' AS DATETIME) + INTERVAL d.start_time SECOND AS answered,
       TIMESTAMPDIFF(SECOND, CAST('1970-01-01 00:00:00' AS DATETIME), d.captured_at) - d.start_time AS up,
       CONCAT(COALESCE(d.from_user, ''), '@', COALESCE(d.from_domain, '')) AS caller,
       CONCAT(COALESCE(d.to_user, ''), '@', COALESCE(d.to_domain, '')) AS callee,
       :host(d.caller_contact) AS caller_host, :host(d.callee_contact) AS callee_host, d.callid
FROM :calls_up() d
WHERE (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
  AND (:user IS NULL OR (d.from_user = :user AND (:domain IS NULL OR d.from_domain = :domain))
       OR (d.to_user = :user AND (:domain IS NULL OR d.to_domain = :domain)))
ORDER BY d.node, d.start_time, d.callid
