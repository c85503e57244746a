-- group: registrations
-- question: Which registrations were about to expire, or beyond it, at one minute?
-- range: at
-- note: The earliest first. Phones refresh long before that, so what is here has missed its refresh.
-- column node text: OpenSIPS server
-- column captured_at time: the capture that saw them
-- column aor text: address of record
-- column expires time: when it expires
-- column left number: seconds until then; below zero: beyond it
-- column last_refresh time: the capture that saw its last refresh; of its UTC day
-- column contact text: Contact
-- column user_agent text: User-Agent
SELECT l.node, l.captured_at, CONCAT(COALESCE(l.username, ''), '@', COALESCE(l.domain, '')) AS aor,
       CAST('1970-01-01 00:00:00' AS DATETIME) + INTERVAL l.expires SECOND AS expires,
       CAST(l.expires AS SIGNED) - TIMESTAMPDIFF(SECOND, CAST('1970-01-01 00:00:00' AS DATETIME), l.captured_at) AS `left`,
       (SELECT MAX(r.captured_at) FROM location_refresh r
        WHERE r.node_id = n.node_id AND r.contact_id = l.contact_id AND r.captured_at <= l.captured_at
          AND r.captured_at >= CAST(DATE(l.captured_at) AS DATETIME)) AS last_refresh,
       l.contact, l.user_agent
FROM (SELECT s.node, s.captured_at, s.contact_id, s.username, s.domain, s.expires, s.contact, s.user_agent
      FROM location_snapshot s
      WHERE s.node IN (:nodes) AND s.captured_at = :at AND s.expires > 0 AND (:domain IS NULL OR s.domain = :domain) AND (:user IS NULL OR s.username = :user)
      ORDER BY s.expires, s.contact_id LIMIT :top) l JOIN node n ON n.node = l.node
ORDER BY l.expires, aor
