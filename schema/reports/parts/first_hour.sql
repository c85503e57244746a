-- :first_hour(): from which hours lie in the range as a whole.
CAST(DATE_FORMAT(:from + INTERVAL 3599 SECOND, '%Y-%m-%d %H:00:00') AS DATETIME)
