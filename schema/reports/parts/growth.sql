-- :growth((GROUP, NAME), ..): the same of the statistics listed.
:growth_where((s.`group`, s.name) IN (:argument))
