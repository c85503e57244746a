-- :domain_number(COLUMN): a number in place of a domain; without one, 1.
COALESCE(:text_number(:argument), 1)
