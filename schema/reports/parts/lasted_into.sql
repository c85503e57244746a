-- :lasted_into(CLASS): of a version m of a call: that it is of that class (dialog_version.length_class; one of class 1 lasted up to 240 s) and late enough
-- to be in force in the time asked for.
(m.length_class = :argument AND m.valid_from < :to
 AND m.valid_from >= GREATEST(CAST(DATE(:from) AS DATETIME), :from - INTERVAL 60 << 2 * (:argument % 8) SECOND))
