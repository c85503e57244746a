-- :of_length(CLASS): of a version v: that it is of that class (it lasted up to 60 * 4^CLASS seconds; 16 more: from memory) and late enough to be in
-- force at a capture of the minute asked for.
(v.length_class IN (:argument, :argument + 16)
 AND v.valid_from BETWEEN GREATEST(:held_from, :at - INTERVAL :interval + (60 << 2 * :argument) SECOND) AND :at)
