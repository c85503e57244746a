-- :gateway_tails(caller or callee): versions by what is behind the user in the contact of that side, each as if it was a call of its own;
-- `version` leads to one of them. The host is found of each group instead of each version, as that takes longer than to read it.
SELECT d.node_id, CASE ':argument' WHEN 'callee' THEN 'called' ELSE 'calling' END AS side,
       :domain_number(SUBSTRING_INDEX(d.:argument_contact, '@', -1)) AS tail,
       COUNT(CASE WHEN m.of_first_day = 1 AND d.began < d.valid_from THEN 1 END) AS at_start,
       COUNT(CASE WHEN d.began = d.valid_from THEN 1 END) AS began,
       SUM(1e0 * TIMESTAMPDIFF(SECOND, m.counted_from, LEAST(d.valid_to, m.counted_to))) AS seconds, MAX(CONCAT(m.began_text, d.dlg_id)) AS version
FROM :gateway_calls()
GROUP BY d.node_id, tail
