-- :endpoint_asked(): that an endpoint e is asked for.
((:domain IS NULL OR SUBSTRING_INDEX(e.endpoint, '@', -1) = :domain)
 AND (:user IS NULL OR e.endpoint = CONCAT(:user, '@', :domain) OR (:domain IS NULL AND SUBSTRING_INDEX(e.endpoint, '@', 1) = :user)))
