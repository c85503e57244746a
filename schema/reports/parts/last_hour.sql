-- :last_hour(): up to which.
CAST(DATE_FORMAT(:to, '%Y-%m-%d %H:00:00') AS DATETIME)
