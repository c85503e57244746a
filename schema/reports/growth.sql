-- group: archive
-- question: How large is the archive, how fast does it grow, and what will that come to?
-- range: none
-- note: As the server estimates it (information_schema), for all nodes together. The growth is the mean of up to seven whole UTC
-- note: days before today that have a partition with rows; empty where there is none.
-- column table_name text: table
-- column rows_now count: rows
-- column bytes_now bytes: data and indexes
-- column oldest time: first day that has rows
-- column bytes_a_day bytes: growth a day
-- column in_30_days bytes: size then
-- column in_a_year bytes: size then
SELECT t.table_name, t.rows_now, t.bytes_now, t.oldest, d.bytes_a_day, t.bytes_now + 30 * d.bytes_a_day AS in_30_days,
       t.bytes_now + 365 * d.bytes_a_day AS in_a_year
FROM (SELECT p.TABLE_NAME AS table_name, SUM(p.TABLE_ROWS) AS rows_now, SUM(p.DATA_LENGTH + p.INDEX_LENGTH) AS bytes_now,
             CAST(MIN(CASE WHEN p.TABLE_ROWS > 0 AND p.PARTITION_DESCRIPTION > '\'2000-01-02' THEN
                         CAST(SUBSTRING(p.PARTITION_DESCRIPTION, 2, 10) AS DATETIME) - INTERVAL 1 DAY END) AS DATETIME) AS oldest
      FROM information_schema.PARTITIONS p WHERE p.TABLE_SCHEMA = DATABASE()
      GROUP BY p.TABLE_NAME) t
     LEFT JOIN (SELECT table_name, ROUND(AVG(bytes)) AS bytes_a_day
                FROM (SELECT p.TABLE_NAME AS table_name, p.DATA_LENGTH + p.INDEX_LENGTH AS bytes,
                             ROW_NUMBER() OVER (PARTITION BY p.TABLE_NAME ORDER BY p.PARTITION_DESCRIPTION DESC) AS place
                      FROM information_schema.PARTITIONS p
                      WHERE p.TABLE_SCHEMA = DATABASE() AND p.TABLE_ROWS > 0 AND p.PARTITION_DESCRIPTION > '\'2000-01-02'
                        AND SUBSTRING(p.PARTITION_DESCRIPTION, 2, 10) <= DATE_FORMAT(:now, '%Y-%m-%d')) days
                WHERE place <= 7 GROUP BY table_name) d ON d.table_name = t.table_name
WHERE t.bytes_now > 0
ORDER BY t.bytes_now DESC, t.table_name
