-- :status(SOURCE): of a row of capture: 'ok' if it read the source; any: always.
CASE ':argument' WHEN 'mi' THEN mi_status WHEN 'dispatcher' THEN dispatcher_status WHEN 'dialog' THEN dialog_status
                 WHEN 'location' THEN location_status WHEN 'mi_rows' THEN mi_row_status ELSE 'ok' END
