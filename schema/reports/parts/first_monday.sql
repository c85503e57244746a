-- :first_monday(): from which weeks lie in the range as a whole.
(DATE(:from + INTERVAL 86399 SECOND) + INTERVAL (7 - WEEKDAY(DATE(:from + INTERVAL 86399 SECOND))) % 7 DAY)
