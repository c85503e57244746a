-- :increase(NAME): of rows of :growth called g: what it grew by between captures that were looked at.
SUM(CASE WHEN g.name = ':argument' THEN g.increase END)
