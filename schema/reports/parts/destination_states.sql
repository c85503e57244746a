-- :destination_states(): versions of destinations, from the ones in force at :from on, each as long as nobody saw another.
(SELECT d.node_id, d.partition_name, d.set_id, d.uri, d.occurrence, d.state, d.valid_from, COALESCE(p.went_on, d.valid_to) AS valid_to
 FROM dispatcher_history d LEFT JOIN :pauses() p ON p.node_id = d.node_id AND p.stopped = d.valid_to
 WHERE d.node_id IN (:node_ids) AND d.valid_from >= :held_from AND d.valid_from < :to)
