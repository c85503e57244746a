-- :stay_class(EVENT): for how long a registration that went had stayed: 1: under a minute, then up to 5 and 15 minutes, 1, 4 and 24 hours,
-- 7 days; 8: longer.
(1 + INTERVAL(TIMESTAMPDIFF(SECOND, :argument.first_seen, :argument.at), 60, 300, 900, 3600, 14400, 86400, 604800))
