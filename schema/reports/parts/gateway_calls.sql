-- :gateway_calls(): versions d of the calls that are counted themselves, each joined with m, when it began: as text; between which times what
-- began then is counted (up to midnight, which splits versions); and whether calls of that time count that had begun before.
(SELECT DISTINCT t.node_id, t.valid_from, CAST(t.valid_from AS CHAR) AS began_text, GREATEST(t.valid_from, :from) AS counted_from,
        LEAST(:to, CAST(DATE(t.valid_from) AS DATETIME) + INTERVAL 1 DAY) AS counted_to, t.valid_from < f.ends AS of_first_day
 FROM :moments(dialog_version x WHERE :gateway_raw()) t JOIN :gateway_first() f ON f.node_id = t.node_id) m
STRAIGHT_JOIN dialog_history d ON d.node_id = m.node_id AND d.valid_from = m.valid_from AND d.valid_to > :from
              AND (:domain IS NULL OR :domain IN (d.from_domain, d.to_domain))
