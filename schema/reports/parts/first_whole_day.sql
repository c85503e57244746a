-- :first_whole_day(): the midnight from which days lie in the range as a whole.
(CAST(DATE(:from - INTERVAL 1 SECOND) AS DATETIME) + INTERVAL 1 DAY)
