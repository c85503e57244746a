-- :gateway_tails(caller or callee): versions by what is behind the user in the contact of that side, each as if it was a call of its own;
-- `version` leads to one of them. The host is found of each group instead of each version, as that takes longer than to read it.
SELECT d.node_id, CASE ':argument' WHEN 'callee' THEN 'called' ELSE 'calling' END AS side,
       :domain_number(SUBSTRING_INDEX(d.:argument_contact, '@', -1)) AS tail,
       SUM(d.began < d.valid_from AND d.valid_from < f.ends) AS at_start, SUM(d.began = d.valid_from) AS began,
       SUM(TIMESTAMPDIFF(SECOND, GREATEST(d.valid_from, :from), LEAST(d.valid_to, :to, CAST(DATE(d.valid_from) AS DATETIME) + INTERVAL 1 DAY)))
         AS seconds,
       MAX(CONCAT(d.valid_from, d.dlg_id)) AS version
FROM dialog_history d JOIN :gateway_first() f ON f.node_id = d.node_id
WHERE :gateway_raw()
GROUP BY d.node_id, tail
