-- :domain_number(COLUMN): a number in place of a domain; without one, 1.
(CASE WHEN :argument IS NULL THEN 1 ELSE (CRC32(:argument) << 32) + CRC32(REVERSE(:argument)) END)
