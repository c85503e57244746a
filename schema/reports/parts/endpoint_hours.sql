-- :endpoint_hours(): that an hour e of an endpoint is asked for.
(e.node_id IN (:node_ids) AND e.hour >= :from AND e.hour < :to AND (:domain IS NULL OR SUBSTRING_INDEX(e.endpoint, '@', -1) = :domain)
 AND (:user IS NULL OR e.endpoint = CONCAT(:user, '@', :domain) OR (:domain IS NULL AND SUBSTRING_INDEX(e.endpoint, '@', 1) = :user)))
