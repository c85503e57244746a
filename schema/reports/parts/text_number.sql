-- :text_number(TEXT): a number in place of a name or Call-ID: tables of hundreds of thousands of rows hold text at its full width. Two of one
-- number, one pair in 10^19, would be one.
((CRC32(:argument) << 32) + CRC32(REVERSE(:argument)))
