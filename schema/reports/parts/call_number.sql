-- :call_number(COLUMN): a number in place of a Call-ID: tables of millions of rows hold names at their full width. Two of one number, one pair
-- in 10^19, would be one.
((CRC32(:argument) << 32) + CRC32(REVERSE(:argument)))
