-- :hours_where(CONDITION): sums by domain and direction over the range: of whole hours, and of the minutes before and behind them. peaks: the highest
-- peak, and the earliest of these.
(SELECT node_id, domain, direction, SUM(attempts) AS attempts, SUM(answered) AS answered, SUM(failed) AS failed, SUM(cancelled) AS cancelled,
        SUM(seconds_talked) AS talked,
        MAX(peak * 10000000000 :and_early(peak_at)) AS peaks
 FROM cdr_hour
 WHERE node_id IN (:node_ids) AND hour >= :first_hour() AND hour < :last_hour() AND :argument
 GROUP BY node_id, domain, direction
 UNION ALL
 SELECT node_id, domain, direction, SUM(attempts), SUM(answered), SUM(failed_3xx + failed_4xx + failed_5xx + failed_6xx), SUM(cancelled),
        SUM(seconds_talked), MAX(peak * 10000000000 :and_early(peak_at))
 FROM cdr_minute
 WHERE node_id IN (:node_ids) AND :argument
   AND ((minute >= :from AND minute < LEAST(:first_hour(), :to)) OR (minute >= GREATEST(:last_hour(), :from) AND minute < :to))
 GROUP BY node_id, domain, direction)
