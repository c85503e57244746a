-- :and_early(TIME): behind a number, makes it greater than all smaller ones, and than the same at a later time: `most * 10000000000 :and_early(at)`.
-- The greatest is that of the highest, and the earliest of these; ten digits tell the time.
+ 9999999999 - TIMESTAMPDIFF(SECOND, CAST('1970-01-01' AS DATETIME), :argument)
