-- group: registrations
-- question: When was an address of record online, and when not?
-- needs: aor
-- range: -7d
-- by: all
-- note: One row a time online, whatever contacts it had; a registration moves within it. Both ends are captures: it came after
-- note: the one before online_from, and went after the one before online_until.
-- column node text: OpenSIPS server
-- column minutes_seen count: minutes asked in which the table was read
-- column minutes_asked count: minutes asked
-- column restarts count: starts of OpenSIPS in them
-- column online_from time: first seen
-- column online_until time: first capture without it; empty: still there
-- column online seconds: between the two, or until the end of the time asked for
-- column contacts count: contacts it had meanwhile
-- column minutes_unseen count: minutes between the two in which nobody looked
-- column offline_before seconds: since the end of the time online before; empty where none is known
WITH version AS (
  SELECT h.node_id, h.contact_id, h.valid_from, h.valid_to, h.first_seen, LEAST(h.first_seen, h.valid_from) AS begins,
         MAX(h.valid_to) OVER (PARTITION BY h.node_id ORDER BY h.valid_from, h.contact_id
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
  FROM (SELECT h.node_id, h.contact_id, h.valid_from, h.first_seen, COALESCE(p.went_on, h.valid_to) AS valid_to
        FROM location_history h LEFT JOIN :pauses() p ON p.node_id = h.node_id AND p.stopped = h.valid_to
        WHERE h.node_id IN (:node_ids) AND h.username = :user AND h.domain <=> :domain AND h.valid_from >= :held_from AND h.valid_from < :to) h
  WHERE h.valid_to > :from),
island AS (
  SELECT version.*, SUM(CASE WHEN reached IS NULL OR valid_from > reached THEN 1 ELSE 0 END)
                      OVER (PARTITION BY node_id ORDER BY valid_from, contact_id) AS number
  FROM version),
online_time AS (
  SELECT node_id, number, MIN(begins) AS online_from, NULLIF(MAX(valid_to), '9999-12-31 00:00:00') AS online_until,
         COUNT(DISTINCT contact_id) AS contacts
  FROM island GROUP BY node_id, number)
SELECT v.node, v.minutes_seen, v.minutes_asked, v.restarts, s.online_from, s.online_until,
       TIMESTAMPDIFF(SECOND, s.online_from, COALESCE(s.online_until, :to)) AS online, s.contacts,
       GREATEST(0, ROUND(TIMESTAMPDIFF(SECOND, GREATEST(s.online_from, :from), LEAST(COALESCE(s.online_until, :to), :to)) / 60)
         - ROUND((SELECT COUNT(*) FROM capture c
                  WHERE c.node_id = s.node_id AND c.captured_at >= GREATEST(s.online_from, :from)
                    AND c.captured_at < LEAST(COALESCE(s.online_until, :to), :to) AND c.location_status = 'ok') * :interval / 60))
         AS minutes_unseen,
       TIMESTAMPDIFF(SECOND, LAG(s.online_until) OVER (PARTITION BY s.node_id ORDER BY s.online_from), s.online_from) AS offline_before
FROM online_time s JOIN :coverage(location) v ON v.node_id = s.node_id
ORDER BY v.node, s.online_from
