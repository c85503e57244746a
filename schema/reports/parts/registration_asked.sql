-- :registration_asked(ALIAS): whether a registration is of the domain, or of the address of record, that was asked for, if any was.
((:domain IS NULL OR :argument.domain = :domain) AND (:user IS NULL OR (:argument.username = :user AND :argument.domain <=> :domain)))
