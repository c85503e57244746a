-- :last_monday(): up to which.
(DATE(:to) - INTERVAL WEEKDAY(DATE(:to)) DAY)
