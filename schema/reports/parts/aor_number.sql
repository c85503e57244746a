-- :aor_number(ALIAS): a number in place of the address of record of a registration.
:text_number(CONCAT_WS('@', :argument.username, :argument.domain))
