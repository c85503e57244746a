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
SELECT n.node, l.captured_at, :aor(v) AS aor,
       CAST('1970-01-01 00:00:00' AS DATETIME) + INTERVAL l.expires SECOND AS expires,
       CAST(l.expires AS SIGNED) - TIMESTAMPDIFF(SECOND, CAST('1970-01-01 00:00:00' AS DATETIME), l.captured_at) AS `left`,
       CASE WHEN l.refreshed_at >= CAST(DATE(:at) AS DATETIME) THEN l.refreshed_at END AS last_refresh, v.contact, v.user_agent
FROM (SELECT c.node_id, c.captured_at, r.contact_id, r.version_from, r.expires, r.refreshed_at
      FROM (SELECT x.node_id, x.contact_id, x.version_from, x.expires, x.captured_at AS refreshed_at
            FROM (SELECT DISTINCT x.node_id, x.valid_to
                  FROM location_refresh_closed x
                  WHERE x.node_id IN (:node_ids) AND x.valid_to > :at AND x.valid_to <= CAST(DATE(:at) AS DATETIME) + INTERVAL 1 DAY
                    AND x.valid_to <= CASE WHEN DATE(:at) < DATE(:rolled_to) THEN :at + INTERVAL 2 HOUR ELSE CAST('9999-12-31' AS DATETIME) END) m
                 STRAIGHT_JOIN location_refresh_closed x ON x.node_id = m.node_id AND x.valid_to = m.valid_to
            WHERE x.captured_at <= :at
            UNION ALL
            SELECT node_id, contact_id, version_from, expires, captured_at
            FROM long_refresh
            WHERE node_id IN (:node_ids) AND captured_at <= :at AND valid_to > :at + INTERVAL 2 HOUR
              AND valid_to < CAST(DATE(:at) AS DATETIME) + INTERVAL 1 DAY AND DATE(:at) < DATE(:rolled_to)
            UNION ALL
            SELECT node_id, contact_id, version_from, expires, captured_at
            FROM location_refresh_closed
            WHERE node_id IN (:node_ids) AND captured_at <= :at AND valid_to = CAST(DATE(:at) AS DATETIME) + INTERVAL 1 DAY
              AND DATE(:at + INTERVAL 2 HOUR) = DATE(:at) AND DATE(:at) < DATE(:rolled_to)
            UNION ALL
            SELECT node_id, contact_id, valid_from, expires, captured_at
            FROM location_open WHERE node_id IN (:node_ids) AND captured_at <= :at) r
           JOIN :looked(location_status) c ON c.node_id = r.node_id AND c.captured_at = :at
           JOIN location_version v ON v.node_id = r.node_id AND v.valid_from = r.version_from AND v.contact_id = r.contact_id
      WHERE r.expires > 0 AND v.valid_from <= :at AND (v.source IS NULL OR c.location_source <> 'table') AND :registration_asked(v)
      ORDER BY r.expires, r.contact_id LIMIT :top) l
     JOIN node n ON n.node_id = l.node_id AND (n.importing IS NULL OR DATE(:at) <> n.importing)
     JOIN location_version v ON v.node_id = l.node_id AND v.valid_from = l.version_from AND v.contact_id = l.contact_id
ORDER BY l.expires, aor
