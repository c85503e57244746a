-- :rate(NAME): of rows of :growth called g: growth a second, NULL where none is known.
ROUND(1.000000 * SUM(CASE WHEN g.name = ':argument' THEN g.increase END) / SUM(CASE WHEN g.name = ':argument' THEN g.seconds END), 3)
