-- :aor_number(ALIAS): a number in place of the address of record of a registration: tables of hundreds of thousands of rows hold names at
-- their full width. Two of one number, one pair in 10^19, would be one.
((CRC32(CONCAT_WS('@', :argument.username, :argument.domain)) << 32) + CRC32(REVERSE(CONCAT_WS('@', :argument.username, :argument.domain))))
