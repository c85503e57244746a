-- :aor(ALIAS): the address of record of a registration; without a domain (OpenSIPS's use_domain off) it is the user alone.
CONCAT(COALESCE(:argument.username, ''), COALESCE(CONCAT('@', :argument.domain), ''))
