-- :time_of(NUMBER): the time that :and_early() put into it.
CAST('1970-01-01' AS DATETIME) + INTERVAL 9999999999 - :argument % 10000000000 SECOND
