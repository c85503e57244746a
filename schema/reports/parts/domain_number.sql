-- :domain_number(COLUMN): a number in place of a domain; without one, 1.
COALESCE((CRC32(:argument) << 32) + CRC32(REVERSE(:argument)), 1)
