-- sipkeep's history schema. MariaDB 10.6+, MySQL 8.0+. InnoDB, utf8mb4_bin, UTC; no foreign keys, triggers, events,
-- procedures, GET_LOCK or LOCK TABLES, so that Galera, TiDB and Spider can hold it.
-- Statements end with a semicolon at the end of a line. `sipkeep schema init` runs this file, adds daily partitions
-- and writes the version of each table (the number behind "version:") into schema_version.
-- docs/schema.md tells report writers what they may rely on; a change here needs a file in schema/upgrades.

-- One row a table, as OpenSIPS does in its own `version`. version: 1
CREATE TABLE IF NOT EXISTS schema_version (
  table_name VARCHAR(64) NOT NULL,
  table_version INT UNSIGNED NOT NULL,
  PRIMARY KEY (table_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row an upgrade that ran, or that the schema was born with; a missing number is a gap. version: 1
CREATE TABLE IF NOT EXISTS schema_upgrade (
  number INT UNSIGNED NOT NULL,
  what VARCHAR(128) NOT NULL,
  PRIMARY KEY (number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A node, and where its writer stands. The writer locks this row: captures of one node never overlap. version: 1
CREATE TABLE IF NOT EXISTS node (
  node_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  node VARCHAR(64) NOT NULL,
  pending_at DATETIME NULL COMMENT 'capture being written in several transactions; views hide it until it is whole',
  pending_run CHAR(32) NULL COMMENT 'the process that writes it',
  compare_turn BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'captures of location so far: tells whose turn it is to be compared in full',
  refused_at DATETIME NULL COMMENT 'a capture refused because the clock had stepped back; flagged in the next ledger row',
  samples_closed_to DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00' COMMENT 'older samples are being packed: what comes of them now goes to sample_late',
  samples_packed_to DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00' COMMENT 'older samples are in sample_day; their rows in sample are left over',
  rolled_to DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00' COMMENT 'older days are in the roll-ups',
  importing DATE NULL COMMENT 'a day that `sipkeep import` puts back; views hide it until it is whole',
  PRIMARY KEY (node_id),
  UNIQUE KEY node (node)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Daily partitions exist for times up to `until`; runs add more long before it is reached. version: 1
CREATE TABLE IF NOT EXISTS partition_horizon (
  table_name VARCHAR(64) NOT NULL,
  until DATETIME NOT NULL,
  PRIMARY KEY (table_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What `sipkeep retain` does, and when it was last done with it. A run holds the row's lock: there is one at a time. version: 1
CREATE TABLE IF NOT EXISTS retention_task (
  task VARCHAR(32) NOT NULL,
  finished_at DATETIME NULL,
  PRIMARY KEY (task)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What retention has dropped: rows of the class (etc/sipkeep.yaml, retention) that are older than `since`. version: 1
CREATE TABLE IF NOT EXISTS kept_from (
  class VARCHAR(16) NOT NULL,
  since DATETIME NOT NULL,
  PRIMARY KEY (class)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Days that `sipkeep import` has put back: retention drops no partition that holds them until keep_until is over. version: 1
CREATE TABLE IF NOT EXISTS kept_day (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL COMMENT 'UTC',
  keep_until DATE NOT NULL COMMENT 'the last day on which it is kept',
  PRIMARY KEY (node_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far the open versions of a table were split at the newest midnight (the key frame). version: 1
CREATE TABLE IF NOT EXISTS key_frame (
  node_id SMALLINT UNSIGNED NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  midnight DATETIME NOT NULL COMMENT 'the day boundary being split at',
  since DATETIME NOT NULL COMMENT 'no open version begins before this',
  after_id BIGINT UNSIGNED NOT NULL COMMENT 'rows up to this key are split; 18446744073709551615: all are',
  PRIMARY KEY (node_id, table_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The ledger: one row a capture, written in the transaction that makes it visible. NULL counts: not looked at. version: 1
CREATE TABLE IF NOT EXISTS capture (
  node_id SMALLINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  started_at DATETIME(3) NOT NULL,
  elapsed_ms INT UNSIGNED NOT NULL,
  mi_status ENUM('ok','failed','off') NOT NULL,
  mi_before DATETIME NULL COMMENT 'the capture before that read MI, of one that did',
  dispatcher_status ENUM('ok','failed','off') NOT NULL,
  dialog_status ENUM('ok','failed','off') NOT NULL,
  location_status ENUM('ok','failed','off') NOT NULL,
  acc_status ENUM('ok','failed','off') NOT NULL DEFAULT 'off',
  mi_row_status ENUM('ok','failed','off') NOT NULL DEFAULT 'off' COMMENT 'rows of MI commands, see mi_row_version',
  error TEXT NULL COMMENT 'one line a failed source: what, where, what to do; one for captures lost before this one',
  samples INT UNSIGNED NULL,
  destinations INT UNSIGNED NULL,
  dialogs INT UNSIGNED NULL,
  contacts INT UNSIGNED NULL,
  calls INT UNSIGNED NULL COMMENT 'rows of acc that this run added to the call sums',
  dialog_source ENUM('table','mi','both') NULL COMMENT 'where calls were read',
  location_source ENUM('table','mi','both') NULL,
  dialogs_in_table INT UNSIGNED NULL COMMENT 'rows of OpenSIPS''s table',
  dialogs_counted BIGINT NULL COMMENT 'statistic dialog:active_dialogs',
  dialogs_listed INT UNSIGNED NULL COMMENT 'answered calls that MI dlg_list shows',
  early INT UNSIGNED NULL COMMENT 'calls that MI shows and that were not answered, or are over',
  dialogs_kept INT UNSIGNED NULL COMMENT 'calls that MI told of before: it was to be asked again, and did not answer',
  contacts_in_table INT UNSIGNED NULL,
  contacts_counted BIGINT NULL COMMENT 'statistic usrloc:location-contacts',
  contacts_listed INT UNSIGNED NULL COMMENT 'registrations that MI ul_dump shows',
  contacts_kept INT UNSIGNED NULL COMMENT 'likewise',
  mi_ms INT UNSIGNED NULL COMMENT 'for how long MI was at work',
  mi_debt_ms INT UNSIGNED NULL COMMENT 'how far mi.budget is overdrawn after it; while it is, what costs MI much is not asked',
  mi_rows INT UNSIGNED NULL COMMENT 'rows of MI commands',
  mi_rows_kept INT UNSIGNED NULL COMMENT 'rows that were told before, of those that were not told now',
  mi_rows_missed VARCHAR(1000) NULL COMMENT 'names of rows that were asked for and not told, or thinned out',
  opened INT UNSIGNED NOT NULL COMMENT 'versions that began',
  closed INT UNSIGNED NOT NULL COMMENT 'versions that ended',
  refreshed INT UNSIGNED NOT NULL COMMENT 'registrations refreshed and otherwise unchanged',
  compared INT UNSIGNED NOT NULL COMMENT 'registrations compared in full though their narrow columns stood still',
  found_by_compare INT UNSIGNED NOT NULL COMMENT 'changes that only this comparison found',
  uptime_s BIGINT NULL COMMENT 'seconds OpenSIPS had been up',
  versions_from DATETIME NOT NULL COMMENT 'no version in force at this capture begins before this',
  epoch_started_at DATETIME NULL COMMENT 'start of the life of the OpenSIPS process; the same for all captures of one life',
  flags SET('dialog_emptied','location_emptied','clock_stepped_back','negative_statistic','unreadable_statistic','captures_lost','impossible_calls','mi_thinned') NOT NULL DEFAULT '',
  provenance VARCHAR(16) NOT NULL,
  version VARCHAR(32) NOT NULL COMMENT 'of sipkeep',
  PRIMARY KEY (node_id, captured_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Names of statistics, shared by all nodes. version: 1
CREATE TABLE IF NOT EXISTS statistic (
  statistic_id MEDIUMINT UNSIGNED NOT NULL AUTO_INCREMENT,
  `group` VARCHAR(64) NOT NULL,
  name VARCHAR(190) NOT NULL,
  kind ENUM('unknown','counter','gauge') NOT NULL,
  PRIMARY KEY (statistic_id),
  UNIQUE KEY name (`group`, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- flag: 0 exact; 1 below zero; 2 rounded by OpenSIPS; 3 below zero and rounded: only the sign is known. version: 1
CREATE TABLE IF NOT EXISTS sample (
  node_id SMALLINT UNSIGNED NOT NULL,
  statistic_id MEDIUMINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  value BIGINT NOT NULL,
  flag TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (node_id, statistic_id, captured_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(captured_at) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- Samples that became known when their day was packed already; the next packing adds them to it. version: 1
CREATE TABLE IF NOT EXISTS sample_late (
  node_id SMALLINT UNSIGNED NOT NULL,
  statistic_id MEDIUMINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  value BIGINT NOT NULL,
  flag TINYINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (node_id, statistic_id, captured_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A day of samples of one statistic. Its places lie step seconds apart and begin at first_second; deltas has what the value
-- grew by at each since the sample before (first the value itself), or null where there is no sample. version: 1
CREATE TABLE IF NOT EXISTS sample_day (
  node_id SMALLINT UNSIGNED NOT NULL,
  statistic_id MEDIUMINT UNSIGNED NOT NULL,
  day DATE NOT NULL COMMENT 'UTC',
  first_second MEDIUMINT UNSIGNED NOT NULL COMMENT 'after midnight, of the first sample',
  last_second MEDIUMINT UNSIGNED NOT NULL,
  step MEDIUMINT UNSIGNED NOT NULL,
  samples MEDIUMINT UNSIGNED NOT NULL,
  lowest BIGINT NOT NULL,
  highest BIGINT NOT NULL,
  earliest BIGINT NOT NULL,
  latest BIGINT NOT NULL,
  deltas MEDIUMBLOB NOT NULL COMMENT 'COMPRESS() of a JSON array',
  flags MEDIUMBLOB NULL COMMENT 'likewise, flag of each place; NULL: all are 0',
  flagged TINYINT UNSIGNED AS (flags IS NOT NULL) VIRTUAL COMMENT 'a column, as a condition on an expression does not get through packed_sample',
  PRIMARY KEY (node_id, statistic_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(day) (PARTITION p_begin VALUES LESS THAN ('2000-01-01'));

-- Days whose rows have changed since they were rolled up, or may have. turn: how often, so that a change amid rolling up is
-- not overlooked. version: 1
CREATE TABLE IF NOT EXISTS roll_up_due (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  turn INT UNSIGNED NOT NULL DEFAULT 1,
  PRIMARY KEY (node_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A UTC day of one statistic, and its hours: what outlives the samples. Values of [begin, end), growth between two samples
-- in [begin, end]; the bridge is growth into it from a sample before it. NULL: none. version: 1
CREATE TABLE IF NOT EXISTS statistic_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  statistic_id MEDIUMINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  samples MEDIUMINT UNSIGNED NOT NULL,
  total DECIMAL(30,0) NULL COMMENT 'sum of the values',
  lowest BIGINT NULL,
  lowest_at DATETIME NULL,
  highest BIGINT NULL,
  highest_at DATETIME NULL,
  increase DECIMAL(20,0) NULL,
  growth_ms BIGINT NULL COMMENT 'between the looks that the increase is known from',
  bridge_since DATETIME NULL,
  bridge_increase DECIMAL(20,0) NULL,
  bridge_ms BIGINT NULL,
  hours MEDIUMBLOB NULL COMMENT 'COMPRESS() of a JSON array, see the view statistic_hour; NULL: retention dropped them',
  PRIMARY KEY (node_id, statistic_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Counters that were set back without a restart, of days that are rolled up. version: 1
CREATE TABLE IF NOT EXISTS counter_reset (
  node_id SMALLINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  statistic_id MEDIUMINT UNSIGNED NOT NULL,
  since DATETIME NOT NULL COMMENT 'of the sample before',
  value_before BIGINT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (node_id, captured_at, statistic_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A UTC day of the registrations of one domain, and its hours: what outlives their versions. At once in [begin, end), came and
-- went in (begin, end]. NULL: nobody looked that day. version: 1
CREATE TABLE IF NOT EXISTS registration_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  place INT UNSIGNED NOT NULL COMMENT 'tells the domains apart, as NULL is one',
  domain VARCHAR(255) NULL,
  at_start INT UNSIGNED NULL,
  least INT UNSIGNED NULL,
  most INT UNSIGNED NULL,
  came INT UNSIGNED NOT NULL,
  went INT UNSIGNED NOT NULL,
  hours MEDIUMBLOB NULL COMMENT 'COMPRESS() of a JSON array, see the view registration_hour; NULL: retention dropped them',
  PRIMARY KEY (node_id, day, place)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A registration that came, changed or went on a day that is rolled up: what leads to it without reading all that midnight
-- split. What is rare has a name of its own, which comes first: a report finds it among hundreds of thousands.
-- Goes when the versions go. version: 1
CREATE TABLE IF NOT EXISTS registration_event (
  node_id SMALLINT UNSIGNED NOT NULL,
  what ENUM('came','changed','moved','went','left') NOT NULL
    COMMENT 'moved: changed its contact, received, user agent or socket, or came in place of another of its +sip.instance that had others; left: went, and that day none of its address of record came after, or stayed',
  at DATETIME NOT NULL COMMENT 'the first capture that saw it so; went, left: the first without it',
  contact_id BIGINT UNSIGNED NOT NULL,
  version_from DATETIME NOT NULL COMMENT 'valid_from of the version that began; went, left: of the last one',
  first_seen DATETIME NOT NULL,
  aor BIGINT UNSIGNED NULL COMMENT 'of one that left: as in aor_roll_up',
  PRIMARY KEY (node_id, what, at, contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How often an address of record came and went on a day that is rolled up, of those that did. Goes when the versions go. version: 1
CREATE TABLE IF NOT EXISTS aor_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  aor BIGINT UNSIGNED NOT NULL COMMENT 'a number in place of the name, as schema/reports/parts/aor_number.sql makes it',
  domain BIGINT UNSIGNED NOT NULL COMMENT 'likewise, domain_number.sql',
  came MEDIUMINT UNSIGNED NOT NULL COMMENT 'registrations that came in (begin, end]',
  went MEDIUMINT UNSIGNED NOT NULL,
  last_came_at DATETIME NULL COMMENT 'valid_from of the last that came',
  last_contact_id BIGINT UNSIGNED NULL COMMENT 'its contact_id',
  PRIMARY KEY (node_id, day, aor),
  KEY aor (node_id, aor, day, came)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How long registrations had stayed that went on a day that is rolled up, by domain. Goes when the versions go. version: 1
CREATE TABLE IF NOT EXISTS stay_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  domain BIGINT UNSIGNED NOT NULL COMMENT 'a number in place of the name, as schema/reports/parts/domain_number.sql makes it',
  stayed TINYINT UNSIGNED NOT NULL COMMENT 'a number, as stay_class.sql makes it',
  known_from DATETIME NOT NULL COMMENT 'of those that the first capture had found there: when; of others 1970-01-01 00:00:00',
  registrations INT UNSIGNED NOT NULL COMMENT 'that went in (begin, end]',
  PRIMARY KEY (node_id, day, domain, stayed, known_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Registrations by domain and User-Agent, as the last look of each hour of a UTC day saw them. Goes when the versions go: a User-Agent may
-- have a serial number in it. version: 1
CREATE TABLE IF NOT EXISTS agent_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  place INT UNSIGNED NOT NULL COMMENT 'tells them apart, as NULL is one',
  domain VARCHAR(255) NULL,
  user_agent VARCHAR(255) NULL,
  hours VARCHAR(255) NOT NULL COMMENT 'a JSON array of 24; null: nobody looked in that hour',
  PRIMARY KEY (node_id, day, place)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Refreshes that ended on a day that is rolled up (not: that midnight cut), more than two hours after they were seen: who knows these need not read all that ended in the rest
-- of a day to find those in force at a minute of it. Goes when the refreshes go. version: 1
CREATE TABLE IF NOT EXISTS long_refresh (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_to DATETIME NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  version_from DATETIME NOT NULL,
  expires INT UNSIGNED NULL,
  PRIMARY KEY (node_id, valid_to, contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A UTC day of the calls of one node, by the host in the contact of either side. Calls over some days are those there when the
-- first begins and those that began to be there in any; each counts once a day and host. Goes when the versions go: a host may
-- be somebody's own address, and who that is, they alone tell. version: 1
CREATE TABLE IF NOT EXISTS gateway_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  side ENUM('called','calling') NOT NULL,
  host BIGINT UNSIGNED NOT NULL COMMENT 'a number in place of `gateway`, as schema/reports/parts/domain_number.sql makes it',
  gateway VARCHAR(255) NULL COMMENT 'host and port; NULL: there was no contact',
  at_start INT UNSIGNED NOT NULL COMMENT 'calls that midnight found there, in versions that it split',
  began INT UNSIGNED NOT NULL COMMENT 'all others that were there that day',
  seconds BIGINT UNSIGNED NOT NULL COMMENT 'for how long they were seen up there, together',
  PRIMARY KEY (node_id, day, side, host)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Versions of calls that began on a day that is rolled up, that none goes on from, and that had no call record by then: what leads to
-- calls without one. More than these are harmless, as records that come later are looked for again. Goes when the versions go. version: 1
CREATE TABLE IF NOT EXISTS call_without_record (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  dlg_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (node_id, valid_from, dlg_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Records of answered calls that ended on a day that is rolled up, and of whose Call-ID no version began on that day or on the day before.
-- Goes when the records go. version: 1
CREATE TABLE IF NOT EXISTS record_never_live (
  node_id SMALLINT UNSIGNED NOT NULL,
  ended_at DATETIME NOT NULL,
  life SMALLINT UNSIGNED NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (node_id, ended_at, life, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A UTC day of the captures of a node, by source, and its hours: what outlives the ledger. rows: what a capture that read
-- the source counted there (calls, contacts, destinations, statistics). version: 1
CREATE TABLE IF NOT EXISTS capture_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  source ENUM('any','mi','dispatcher','dialog','location') NOT NULL,
  looks MEDIUMINT UNSIGNED NOT NULL COMMENT 'captures that read it; any: all captures',
  total BIGINT UNSIGNED NULL COMMENT 'sum of the rows',
  least INT UNSIGNED NULL,
  least_at DATETIME NULL,
  most INT UNSIGNED NULL,
  most_at DATETIME NULL,
  refreshed BIGINT UNSIGNED NOT NULL COMMENT 'registrations refreshed',
  hours MEDIUMBLOB NULL COMMENT 'COMPRESS() of a JSON array, see the view capture_hour; NULL: retention dropped them',
  PRIMARY KEY (node_id, day, source)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Lives of OpenSIPS, of days that are rolled up. version: 1
CREATE TABLE IF NOT EXISTS epoch (
  node_id SMALLINT UNSIGNED NOT NULL,
  first_seen DATETIME NOT NULL COMMENT 'the first capture that could tell',
  epoch_started_at DATETIME NOT NULL COMMENT 'as in capture',
  PRIMARY KEY (node_id, first_seen)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A UTC day of one destination, and its hours, in [begin, end): what outlives its versions. version: 1
CREATE TABLE IF NOT EXISTS dispatcher_roll_up (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL,
  partition_name VARCHAR(64) NOT NULL,
  set_id INT NOT NULL,
  uri VARCHAR(255) NOT NULL,
  occurrence SMALLINT UNSIGNED NOT NULL,
  state_at_start VARCHAR(32) NULL COMMENT 'NULL: not listed then',
  captures MEDIUMINT UNSIGNED NOT NULL COMMENT 'in which it was listed',
  active MEDIUMINT UNSIGNED NOT NULL COMMENT 'of these, it was Active',
  outages MEDIUMINT UNSIGNED NOT NULL COMMENT 'that began',
  hours MEDIUMBLOB NULL COMMENT 'COMPRESS() of a JSON array, see the view dispatcher_hour; NULL: retention dropped them',
  PRIMARY KEY (node_id, day, partition_name, set_id, uri, occurrence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A destination that came, changed or went, on a day that is rolled up. version: 1
CREATE TABLE IF NOT EXISTS dispatcher_event (
  node_id SMALLINT UNSIGNED NOT NULL,
  at DATETIME NOT NULL COMMENT 'the first capture that saw it so; went: the first without it',
  partition_name VARCHAR(64) NOT NULL,
  set_id INT NOT NULL,
  uri VARCHAR(255) NOT NULL,
  occurrence SMALLINT UNSIGNED NOT NULL,
  state VARCHAR(32) NULL COMMENT 'from then on; NULL: not listed any more',
  PRIMARY KEY (node_id, at, partition_name, set_id, uri, occurrence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Versions are written once, when they begin, and get their end in place: a row that moved when it ended would be written
-- twice (docs/performance.md). valid_to of an open one is '9999-12-31 00:00:00'; `began` is its true beginning, kept when
-- midnight splits it. VARCHAR, not OpenSIPS's CHAR: InnoDB would store all 255 bytes. A narrow table beside each lists
-- what is open.

-- Calls. Who was up at a minute began at most as long before it as its class of length lasts: the key finds them among all of
-- a day (schema/reports/parts/calls_up.sql). version: 1
CREATE TABLE IF NOT EXISTS dialog_version (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  dlg_id BIGINT UNSIGNED NOT NULL,
  valid_to DATETIME NOT NULL DEFAULT '9999-12-31 00:00:00',
  began DATETIME NOT NULL,
  callid VARCHAR(255) NULL,
  from_uri VARCHAR(255) NULL,
  from_tag VARCHAR(255) NULL,
  to_uri VARCHAR(255) NULL,
  to_tag VARCHAR(255) NULL,
  mangled_from_uri VARCHAR(255) NULL,
  mangled_to_uri VARCHAR(255) NULL,
  caller_cseq VARCHAR(64) NULL,
  callee_cseq VARCHAR(64) NULL,
  caller_ping_cseq INT UNSIGNED NULL,
  callee_ping_cseq INT UNSIGNED NULL,
  caller_route_set MEDIUMTEXT NULL,
  callee_route_set MEDIUMTEXT NULL,
  caller_contact VARCHAR(255) NULL,
  callee_contact VARCHAR(255) NULL,
  caller_sock VARCHAR(255) NULL,
  callee_sock VARCHAR(255) NULL,
  state INT UNSIGNED NULL,
  start_time INT UNSIGNED NULL,
  timeout INT UNSIGNED NULL,
  vars MEDIUMBLOB NULL,
  profiles MEDIUMTEXT NULL,
  script_flags VARCHAR(255) NULL,
  module_flags INT UNSIGNED NULL,
  flags INT UNSIGNED NULL,
  rt_on_answer VARCHAR(64) NULL,
  rt_on_timeout VARCHAR(64) NULL,
  rt_on_hangup VARCHAR(64) NULL,
  source ENUM('mi') NULL COMMENT 'mi: from OpenSIPS''s memory; NULL: from its table',
  extra JSON NULL,
  from_user VARCHAR(255) NULL,
  from_domain VARCHAR(255) NULL,
  to_user VARCHAR(255) NULL,
  to_domain VARCHAR(255) NULL,
  length_class TINYINT UNSIGNED AS (INTERVAL(TIMESTAMPDIFF(SECOND, valid_from, valid_to), 60, 240, 960, 3840, 15360, 61440)
                                    + CASE WHEN source IS NULL THEN 0 WHEN state NOT IN (1, 2, 5) THEN 16 WHEN state IN (1, 2) THEN 8 ELSE 24 END) STORED
    COMMENT '0: shorter than 60 s, 1: 240 s, 2: 16 min, 3: 64 min, 4: 256 min, 5: 1024 min, 6: longer, or open; from memory: 8 more while it rings, 16 while it is up, 24 when it is over',
  PRIMARY KEY (node_id, valid_from, dlg_id),
  KEY length_class (node_id, length_class, valid_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(valid_from) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- version: 1
CREATE TABLE IF NOT EXISTS dialog_open (
  node_id SMALLINT UNSIGNED NOT NULL,
  dlg_id BIGINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  fingerprint BINARY(16) NULL COMMENT 'of the version; NULL: unknown, compare it in full',
  PRIMARY KEY (node_id, dlg_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a capture too large for one transaction has ended of dialog_open, until it is whole. version: 1
CREATE TABLE IF NOT EXISTS dialog_ended (
  node_id SMALLINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  dlg_id BIGINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  PRIMARY KEY (node_id, captured_at, dlg_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Registrations, without what a plain refresh moves. first_seen: start of the chain of versions of the same
-- contact_id and contact. Key aor serves the sessions of one address of record;
-- its last two columns are there anyway, and named so that the optimizer sorts by it. version: 1
CREATE TABLE IF NOT EXISTS location_version (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  valid_to DATETIME NOT NULL DEFAULT '9999-12-31 00:00:00',
  began DATETIME NOT NULL,
  first_seen DATETIME NOT NULL,
  username VARCHAR(255) NULL,
  domain VARCHAR(255) NULL,
  contact MEDIUMTEXT NULL,
  received VARCHAR(255) NULL,
  path VARCHAR(255) NULL,
  q DECIMAL(10,2) NULL,
  callid VARCHAR(255) NULL,
  flags INT NULL,
  cflags VARCHAR(255) NULL,
  user_agent VARCHAR(255) NULL,
  socket VARCHAR(255) NULL,
  methods INT NULL,
  sip_instance VARCHAR(255) NULL,
  kv_store MEDIUMTEXT NULL,
  attr VARCHAR(255) NULL,
  source ENUM('mi') NULL COMMENT 'mi: from OpenSIPS''s memory; NULL: from its table',
  extra JSON NULL,
  from_memory TINYINT UNSIGNED AS (source IS NOT NULL) STORED
    COMMENT 'source once more, for a key that only who asks for it by this name can take',
  PRIMARY KEY (node_id, valid_from, contact_id),
  KEY aor (node_id, username, domain, valid_from, contact_id),
  KEY from_memory (node_id, from_memory, valid_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(valid_from) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- The open registrations with the refresh in force: what the narrow scan is compared with. version: 1
CREATE TABLE IF NOT EXISTS location_open (
  node_id SMALLINT UNSIGNED NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  captured_at DATETIME NOT NULL COMMENT 'the capture that saw the refresh',
  expires INT UNSIGNED NULL,
  cseq INT NULL,
  last_modified DATETIME NULL,
  fingerprint BINARY(16) NULL COMMENT 'of the version; NULL: unknown, compare it in full',
  PRIMARY KEY (node_id, contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Refreshes that another one, the end of the version, or midnight ended. captured_at stays that of the refresh when
-- midnight splits it. Time first: a capture appends them, where contact first would make it touch a page of the day's
-- partition for each (docs/performance.md). version_from: valid_from of the version it belongs to. version: 1
CREATE TABLE IF NOT EXISTS location_refresh_closed (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_to DATETIME NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  captured_at DATETIME NOT NULL,
  version_from DATETIME NOT NULL,
  expires INT UNSIGNED NULL,
  cseq INT NULL,
  last_modified DATETIME NULL,
  PRIMARY KEY (node_id, valid_to, contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(valid_to) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:01'));

-- Destinations of the dispatcher, as MI ds_list gives them; occurrence counts equal URIs within a set. version: 1
CREATE TABLE IF NOT EXISTS dispatcher_version (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  partition_name VARCHAR(64) NOT NULL,
  set_id INT NOT NULL,
  uri VARCHAR(255) NOT NULL,
  occurrence SMALLINT UNSIGNED NOT NULL,
  valid_to DATETIME NOT NULL DEFAULT '9999-12-31 00:00:00',
  began DATETIME NOT NULL,
  state VARCHAR(32) NULL,
  attr VARCHAR(1024) NULL,
  description VARCHAR(1024) NULL,
  priority INT NULL,
  weight INT NULL,
  PRIMARY KEY (node_id, valid_from, partition_name, set_id, uri, occurrence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(valid_from) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- version: 1
CREATE TABLE IF NOT EXISTS dispatcher_open (
  node_id SMALLINT UNSIGNED NOT NULL,
  partition_name VARCHAR(64) NOT NULL,
  set_id INT NOT NULL,
  uri VARCHAR(255) NOT NULL,
  occurrence SMALLINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  PRIMARY KEY (node_id, partition_name, set_id, uri, occurrence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows that MI lists, of the commands that mi.more and mi.extra name; content is a JSON object. dialog_ghost and
-- location_ghost: ids of rows that OpenSIPS's table has, and its memory has not. version: 1
CREATE TABLE IF NOT EXISTS mi_row_version (
  node_id SMALLINT UNSIGNED NOT NULL,
  valid_from DATETIME NOT NULL,
  name VARCHAR(64) NOT NULL,
  row_key VARCHAR(255) NOT NULL,
  valid_to DATETIME NOT NULL DEFAULT '9999-12-31 00:00:00',
  began DATETIME NOT NULL,
  content MEDIUMTEXT NULL,
  PRIMARY KEY (node_id, valid_from, name, row_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(valid_from) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- version: 1
CREATE TABLE IF NOT EXISTS mi_row_open (
  node_id SMALLINT UNSIGNED NOT NULL,
  name VARCHAR(64) NOT NULL,
  row_key VARCHAR(255) NOT NULL,
  valid_from DATETIME NOT NULL,
  PRIMARY KEY (node_id, name, row_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- ---------------------------------------------------------------------------------------------------------------
-- Calls, as OpenSIPS's accounting tells them. All sums grow only by adding, so a call may become known at any time.

-- Answered calls are up in the seconds [answer, end). course: the net change of calls up at each second of the minute
-- but its first ("7+1 33-2"); peak and peak_at follow from it, and a call that becomes known later can be added. version: 1
CREATE TABLE IF NOT EXISTS cdr_minute (
  node_id SMALLINT UNSIGNED NOT NULL,
  minute DATETIME NOT NULL,
  domain VARCHAR(255) NOT NULL COMMENT '*: all calls of the node; empty: the URI tells none',
  direction ENUM('all','out','in') NOT NULL COMMENT 'from the domain, or to it',
  attempts BIGINT UNSIGNED NOT NULL COMMENT 'INVITEs that came in this minute',
  answered BIGINT UNSIGNED NOT NULL COMMENT 'answered in this minute',
  failed_3xx BIGINT UNSIGNED NOT NULL COMMENT 'failed in this minute',
  failed_4xx BIGINT UNSIGNED NOT NULL COMMENT 'without 487',
  failed_5xx BIGINT UNSIGNED NOT NULL,
  failed_6xx BIGINT UNSIGNED NOT NULL,
  cancelled BIGINT UNSIGNED NOT NULL COMMENT '487',
  ended BIGINT UNSIGNED NOT NULL COMMENT 'answered calls that ended in this minute',
  seconds_talked DECIMAL(20,3) NOT NULL COMMENT 'within this minute, by calls of any age',
  concurrent BIGINT NOT NULL COMMENT 'calls up in its first second',
  peak BIGINT NOT NULL COMMENT 'the most calls up in one of its seconds',
  peak_at DATETIME NULL COMMENT 'the first such second; NULL when no call was up',
  course VARCHAR(1024) NOT NULL,
  PRIMARY KEY (node_id, minute, domain, direction),
  KEY domain (node_id, direction, domain, minute, concurrent, seconds_talked) COMMENT 'the course of few domains among many'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(minute) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- version: 1
CREATE TABLE IF NOT EXISTS cdr_endpoint_hour (
  node_id SMALLINT UNSIGNED NOT NULL,
  hour DATETIME NOT NULL COMMENT 'of the INVITE',
  endpoint VARCHAR(511) NOT NULL COMMENT 'user@domain',
  calls_out BIGINT UNSIGNED NOT NULL,
  calls_in BIGINT UNSIGNED NOT NULL,
  answered BIGINT UNSIGNED NOT NULL,
  failed BIGINT UNSIGNED NOT NULL COMMENT 'cancelled ones included',
  seconds_talked DECIMAL(20,3) NOT NULL COMMENT 'whole calls, however long they went on',
  shortest DECIMAL(20,3) NULL COMMENT 'seconds, of the answered calls',
  longest DECIMAL(20,3) NULL,
  PRIMARY KEY (node_id, hour, endpoint)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(hour) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- Sums of the minutes of an hour, so that a month of them is not read. version: 1
CREATE TABLE IF NOT EXISTS cdr_hour (
  node_id SMALLINT UNSIGNED NOT NULL,
  hour DATETIME NOT NULL,
  domain VARCHAR(255) NOT NULL COMMENT 'as in cdr_minute',
  direction ENUM('all','out','in') NOT NULL,
  attempts BIGINT UNSIGNED NOT NULL,
  answered BIGINT UNSIGNED NOT NULL,
  failed BIGINT UNSIGNED NOT NULL COMMENT 'without those cancelled',
  cancelled BIGINT UNSIGNED NOT NULL,
  seconds_talked DECIMAL(20,3) NOT NULL,
  peak BIGINT NOT NULL,
  peak_at DATETIME NULL COMMENT 'the first second with so many; NULL when no call was up',
  PRIMARY KEY (node_id, hour, domain, direction)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Sums of the hours of a UTC day. version: 1
CREATE TABLE IF NOT EXISTS cdr_endpoint_day (
  node_id SMALLINT UNSIGNED NOT NULL,
  day DATE NOT NULL COMMENT 'of the INVITE',
  number BIGINT UNSIGNED NOT NULL COMMENT 'in place of the name, as schema/reports/parts/text_number.sql makes it',
  endpoint VARCHAR(511) NOT NULL,
  calls_out BIGINT UNSIGNED NOT NULL,
  calls_in BIGINT UNSIGNED NOT NULL,
  answered BIGINT UNSIGNED NOT NULL,
  failed BIGINT UNSIGNED NOT NULL,
  seconds_talked DECIMAL(20,3) NOT NULL,
  shortest DECIMAL(20,3) NULL,
  longest DECIMAL(20,3) NULL,
  PRIMARY KEY (node_id, day, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- .. and of a week from Monday on. `sipkeep export` leaves it out: no day has it. version: 1
CREATE TABLE IF NOT EXISTS cdr_endpoint_week (
  node_id SMALLINT UNSIGNED NOT NULL,
  week DATE NOT NULL COMMENT 'its Monday, UTC',
  number BIGINT UNSIGNED NOT NULL,
  endpoint VARCHAR(511) NOT NULL,
  calls_out BIGINT UNSIGNED NOT NULL,
  calls_in BIGINT UNSIGNED NOT NULL,
  answered BIGINT UNSIGNED NOT NULL,
  failed BIGINT UNSIGNED NOT NULL,
  seconds_talked DECIMAL(20,3) NOT NULL,
  shortest DECIMAL(20,3) NULL,
  longest DECIMAL(20,3) NULL,
  PRIMARY KEY (node_id, week, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Calls that failed, by code and reason phrase. version: 1
CREATE TABLE IF NOT EXISTS cdr_failure_minute (
  node_id SMALLINT UNSIGNED NOT NULL,
  minute DATETIME NOT NULL COMMENT 'in which they failed',
  code SMALLINT UNSIGNED NOT NULL,
  reason VARCHAR(255) NOT NULL COMMENT 'empty: the reply had none',
  calls BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (node_id, minute, code, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The records themselves. ended_at: end of the call, UTC; 1970-01-01 where it can't be read. life counts how often the
-- ids of the table began anew; callid serves the join with dialogs. version: 1
CREATE TABLE IF NOT EXISTS acc_history (
  node_id SMALLINT UNSIGNED NOT NULL,
  ended_at DATETIME NOT NULL,
  life SMALLINT UNSIGNED NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  attempted_at DATETIME NULL COMMENT 'UTC; NULL where it can not be read, or the row is no call',
  settled_at DATETIME NULL COMMENT 'UTC, of the answer or final failure',
  method VARCHAR(255) NULL,
  from_tag VARCHAR(255) NULL,
  to_tag VARCHAR(255) NULL,
  callid VARCHAR(255) NULL,
  sip_code VARCHAR(255) NULL,
  sip_reason VARCHAR(255) NULL,
  time DATETIME NULL COMMENT 'as in acc: local time of the OpenSIPS host',
  setuptime INT UNSIGNED NULL,
  created DATETIME NULL COMMENT 'as in acc',
  duration INT UNSIGNED NULL,
  ms_duration INT UNSIGNED NULL,
  extra JSON NULL,
  PRIMARY KEY (node_id, ended_at, life, id),
  KEY callid (node_id, callid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(ended_at) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- version: 1
CREATE TABLE IF NOT EXISTS missed_calls_history (
  node_id SMALLINT UNSIGNED NOT NULL,
  ended_at DATETIME NOT NULL,
  life SMALLINT UNSIGNED NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  attempted_at DATETIME NULL,
  settled_at DATETIME NULL,
  method VARCHAR(255) NULL,
  from_tag VARCHAR(255) NULL,
  to_tag VARCHAR(255) NULL,
  callid VARCHAR(255) NULL,
  sip_code VARCHAR(255) NULL,
  sip_reason VARCHAR(255) NULL,
  time DATETIME NULL,
  setuptime INT UNSIGNED NULL,
  created DATETIME NULL,
  extra JSON NULL,
  PRIMARY KEY (node_id, ended_at, life, id),
  KEY callid (node_id, callid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(ended_at) (PARTITION p_begin VALUES LESS THAN ('2000-01-01 00:00:00'));

-- Which rows of acc and missed_calls are in the sums and among the records: one bit a row, so that none is ever taken
-- twice, whoever comes across it. witness: hash of one row; another row under its id means that ids began anew. version: 1
CREATE TABLE IF NOT EXISTS acc_taken (
  node_id SMALLINT UNSIGNED NOT NULL,
  source ENUM('acc','missed_calls') NOT NULL,
  life SMALLINT UNSIGNED NOT NULL,
  block BIGINT UNSIGNED NOT NULL COMMENT 'of 4096 ids: id DIV 4096',
  counted VARBINARY(512) NOT NULL COMMENT 'bit id MOD 4096: in the sums, cdr_*',
  kept VARBINARY(512) NOT NULL COMMENT 'likewise: in the history of the table',
  witness_id BIGINT UNSIGNED NOT NULL,
  witness BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (node_id, source, life, block)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far each table was read. version: 1
CREATE TABLE IF NOT EXISTS acc_position (
  node_id SMALLINT UNSIGNED NOT NULL,
  source ENUM('acc','missed_calls') NOT NULL,
  life SMALLINT UNSIGNED NOT NULL COMMENT 'how often ids began anew, plus 1',
  newest_id BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the minute run goes on behind this one',
  newest_end DATETIME NULL COMMENT 'UTC, of a call that it has seen',
  backfill_id BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'backfill --resume goes on behind this one',
  backfill_end DATETIME NULL,
  backfill_range VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'with the same --from and --to',
  PRIMARY KEY (node_id, source)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What `sipkeep forget` was asked, and how many rows of each table it has changed. Whom, is not said: subject is the SHA-256
-- of user@domain or of the domain. salt makes the names that stand where the subject's were; the end of the work throws it
-- away, so that nobody can make them again. version: 1
CREATE TABLE IF NOT EXISTS forgotten (
  forgotten_id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  kind ENUM('aor','domain') NOT NULL,
  subject BINARY(32) NOT NULL,
  node VARCHAR(64) NOT NULL COMMENT 'empty: all nodes',
  started_at DATETIME NOT NULL,
  finished_at DATETIME NULL COMMENT 'NULL: it was cut off; run it again',
  salt CHAR(32) NULL,
  dialog_version BIGINT UNSIGNED NOT NULL DEFAULT 0,
  location_version BIGINT UNSIGNED NOT NULL DEFAULT 0,
  acc_history BIGINT UNSIGNED NOT NULL DEFAULT 0,
  missed_calls_history BIGINT UNSIGNED NOT NULL DEFAULT 0,
  cdr_endpoint_hour BIGINT UNSIGNED NOT NULL DEFAULT 0,
  cdr_endpoint_day BIGINT UNSIGNED NOT NULL DEFAULT 0,
  cdr_endpoint_week BIGINT UNSIGNED NOT NULL DEFAULT 0,
  cdr_minute BIGINT UNSIGNED NOT NULL DEFAULT 0,
  cdr_hour BIGINT UNSIGNED NOT NULL DEFAULT 0,
  registration_roll_up BIGINT UNSIGNED NOT NULL DEFAULT 0,
  aor_roll_up BIGINT UNSIGNED NOT NULL DEFAULT 0,
  agent_roll_up BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'taken out until the day is rolled up again',
  gateway_roll_up BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'likewise',
  version VARCHAR(32) NOT NULL COMMENT 'of sipkeep',
  PRIMARY KEY (forgotten_id),
  KEY subject (subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- ---------------------------------------------------------------------------------------------------------------
-- Views. What a capture that is still being written (node.pending_at) has begun is not shown, what it has ended is
-- shown as open: a capture becomes visible at once or not at all. A day that is being imported (node.importing) is
-- hidden likewise.

CREATE OR REPLACE SQL SECURITY INVOKER VIEW dialog_history AS
SELECT v.node_id, v.valid_from,
       CASE WHEN v.valid_to = n.pending_at THEN CAST('9999-12-31 00:00:00' AS DATETIME) ELSE v.valid_to END AS valid_to,
       v.dlg_id, v.callid, v.from_uri, v.from_tag, v.to_uri, v.to_tag, v.mangled_from_uri, v.mangled_to_uri,
       v.caller_cseq, v.callee_cseq, v.caller_ping_cseq, v.callee_ping_cseq, v.caller_route_set,
       v.callee_route_set, v.caller_contact, v.callee_contact, v.caller_sock, v.callee_sock, v.state,
       v.start_time, v.timeout, v.vars, v.profiles, v.script_flags, v.module_flags, v.flags, v.rt_on_answer,
       v.rt_on_timeout, v.rt_on_hangup, v.extra, v.from_user, v.from_domain, v.to_user, v.to_domain, v.began,
       COALESCE(v.source, 'table') AS source
FROM node n JOIN dialog_version v ON v.node_id = n.node_id AND (v.source IS NULL OR v.state NOT IN (1, 2, 5))
WHERE (n.pending_at IS NULL OR v.valid_from <> n.pending_at) AND (n.importing IS NULL OR DATE(v.valid_from) <> n.importing);

-- A version's last refresh: the one closed with it; else the one that the capture being written has closed; else the
-- one in force.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW location_history AS
SELECT v.node_id, v.valid_from,
       CASE WHEN v.valid_to = n.pending_at THEN CAST('9999-12-31 00:00:00' AS DATETIME) ELSE v.valid_to END AS valid_to,
       v.first_seen, v.contact_id, v.username, v.domain, v.contact, v.received, v.path,
       CASE WHEN r.node_id IS NULL THEN o.expires ELSE r.expires END AS expires, v.q, v.callid,
       CASE WHEN r.node_id IS NULL THEN o.cseq ELSE r.cseq END AS cseq,
       CASE WHEN r.node_id IS NULL THEN o.last_modified ELSE r.last_modified END AS last_modified,
       v.flags, v.cflags, v.user_agent, v.socket, v.methods, v.sip_instance, v.kv_store, v.attr, v.extra, v.began,
       COALESCE(v.source, 'table') AS source
FROM node n JOIN location_version v ON v.node_id = n.node_id
     LEFT JOIN location_refresh_closed r ON r.node_id = v.node_id AND r.contact_id = v.contact_id
          AND r.valid_to = CASE WHEN v.valid_to = '9999-12-31 00:00:00' THEN n.pending_at ELSE v.valid_to END
     LEFT JOIN location_open o ON o.node_id = v.node_id AND o.contact_id = v.contact_id
WHERE (n.pending_at IS NULL OR v.valid_from <> n.pending_at) AND (n.importing IS NULL OR DATE(v.valid_from) <> n.importing);

-- Each refresh once: the pieces that midnight cut off an earlier one are left out.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW location_refresh AS
SELECT o.node_id, o.contact_id, o.captured_at, o.expires, o.cseq, o.last_modified
FROM node n JOIN location_open o ON o.node_id = n.node_id AND o.captured_at >= o.valid_from
WHERE n.pending_at IS NULL OR o.captured_at <> n.pending_at
UNION ALL
SELECT r.node_id, r.contact_id, r.captured_at, r.expires, r.cseq, r.last_modified
FROM location_refresh_closed r
WHERE r.valid_to <= CAST(DATE(r.captured_at) AS DATETIME) + INTERVAL 1 DAY;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW dispatcher_history AS
SELECT v.node_id, v.valid_from,
       CASE WHEN v.valid_to = n.pending_at THEN CAST('9999-12-31 00:00:00' AS DATETIME) ELSE v.valid_to END AS valid_to,
       v.partition_name, v.set_id, v.uri, v.occurrence, v.state, v.attr, v.description, v.priority, v.weight, v.began
FROM node n JOIN dispatcher_version v ON v.node_id = n.node_id
WHERE (n.pending_at IS NULL OR v.valid_from <> n.pending_at) AND (n.importing IS NULL OR DATE(v.valid_from) <> n.importing);

-- The live table as it stood at a capture, row for row; `extra` holds the live columns that sipkeep does not know.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW dialog_snapshot AS
SELECT n.node, c.captured_at,
       v.dlg_id, v.callid, v.from_uri, v.from_tag, v.to_uri, v.to_tag, v.mangled_from_uri, v.mangled_to_uri,
       v.caller_cseq, v.callee_cseq, v.caller_ping_cseq, v.callee_ping_cseq, v.caller_route_set,
       v.callee_route_set, v.caller_contact, v.callee_contact, v.caller_sock, v.callee_sock, v.state,
       v.start_time, v.timeout, v.vars, v.profiles, v.script_flags, v.module_flags, v.flags, v.rt_on_answer,
       v.rt_on_timeout, v.rt_on_hangup, v.extra
FROM node n JOIN capture c ON c.node_id = n.node_id AND c.dialog_status = 'ok' AND NOT c.dialog_source <=> 'mi'
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     JOIN dialog_version v ON v.node_id = c.node_id AND v.valid_from >= c.versions_from AND v.valid_from <= c.captured_at
                          AND v.valid_to > c.captured_at AND v.source IS NULL;

-- Two kinds of refreshes: superseded, and in force; and registrations whose refreshes retention has dropped, without what
-- these tell, unless they were imported. Superseded ones come first, as a range of their key: the order that
-- the optimizer finds by itself visits each contact's whole day. No version crosses midnight, so neither does a refresh.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW location_snapshot AS
SELECT n.node, c.captured_at,
       v.contact_id, v.username, v.domain, v.contact, v.received, v.path, r.expires, v.q, v.callid, r.cseq,
       r.last_modified, v.flags, v.cflags, v.user_agent, v.socket, v.methods, v.sip_instance, v.kv_store, v.attr, v.extra
FROM node n JOIN capture c ON c.node_id = n.node_id AND c.location_status = 'ok' AND NOT c.location_source <=> 'mi'
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     STRAIGHT_JOIN location_refresh_closed r ON r.node_id = c.node_id AND r.captured_at <= c.captured_at AND r.valid_to > c.captured_at
                           AND r.valid_to <= CAST(DATE(c.captured_at) AS DATETIME) + INTERVAL 1 DAY
     STRAIGHT_JOIN location_version v ON v.node_id = r.node_id AND v.valid_from = r.version_from AND v.contact_id = r.contact_id
                           AND v.valid_from <= c.captured_at AND v.source IS NULL
UNION ALL
SELECT n.node, c.captured_at,
       v.contact_id, v.username, v.domain, v.contact, v.received, v.path, o.expires, v.q, v.callid, o.cseq,
       o.last_modified, v.flags, v.cflags, v.user_agent, v.socket, v.methods, v.sip_instance, v.kv_store, v.attr, v.extra
FROM node n JOIN capture c ON c.node_id = n.node_id AND c.location_status = 'ok' AND NOT c.location_source <=> 'mi'
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     STRAIGHT_JOIN location_open o ON o.node_id = c.node_id AND o.captured_at <= c.captured_at
     STRAIGHT_JOIN location_version v ON v.node_id = o.node_id AND v.valid_from = o.valid_from AND v.contact_id = o.contact_id
                           AND v.valid_from <= c.captured_at AND v.source IS NULL
UNION ALL
SELECT n.node, c.captured_at,
       v.contact_id, v.username, v.domain, v.contact, v.received, v.path, NULL, v.q, v.callid, NULL,
       NULL, v.flags, v.cflags, v.user_agent, v.socket, v.methods, v.sip_instance, v.kv_store, v.attr, v.extra
FROM kept_from k JOIN node n JOIN capture c ON c.node_id = n.node_id AND c.location_status = 'ok' AND NOT c.location_source <=> 'mi' AND c.captured_at < k.since
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     LEFT JOIN kept_day d ON d.node_id = c.node_id AND d.day = DATE(c.captured_at)
     STRAIGHT_JOIN location_version v ON v.node_id = c.node_id AND v.valid_from >= c.versions_from AND v.valid_from <= c.captured_at
                           AND v.valid_to > c.captured_at AND v.source IS NULL
WHERE k.class = 'refresh' AND d.node_id IS NULL;

-- Rows of MI commands; and as they stood at a capture that was told them.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW mi_row_history AS
SELECT v.node_id, v.valid_from,
       CASE WHEN v.valid_to = n.pending_at THEN CAST('9999-12-31 00:00:00' AS DATETIME) ELSE v.valid_to END AS valid_to,
       v.name, v.row_key, v.content, v.began
FROM node n JOIN mi_row_version v ON v.node_id = n.node_id
WHERE (n.pending_at IS NULL OR v.valid_from <> n.pending_at) AND (n.importing IS NULL OR DATE(v.valid_from) <> n.importing);

CREATE OR REPLACE SQL SECURITY INVOKER VIEW mi_row_snapshot AS
SELECT n.node, c.captured_at, v.name, v.row_key, v.content
FROM node n JOIN capture c ON c.node_id = n.node_id AND c.mi_row_status = 'ok'
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     JOIN mi_row_version v ON v.node_id = c.node_id AND v.valid_from >= c.versions_from AND v.valid_from <= c.captured_at
                          AND v.valid_to > c.captured_at AND FIND_IN_SET(v.name, COALESCE(c.mi_rows_missed, '')) = 0;

-- What only OpenSIPS's memory held at a capture that asked for it (MI), not its table: early and short calls, all calls and
-- registrations where OpenSIPS writes no table, registrations that the table can't take.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW dialog_memory AS
SELECT n.node, c.captured_at,
       v.dlg_id, v.callid, v.from_uri, v.from_tag, v.to_uri, v.to_tag, v.caller_cseq, v.callee_cseq, v.caller_route_set,
       v.callee_route_set, v.caller_contact, v.callee_contact, v.caller_sock, v.callee_sock, v.state, v.start_time, v.timeout
FROM node n JOIN capture c ON c.node_id = n.node_id AND c.dialog_status = 'ok' AND c.dialog_source IN ('mi', 'both')
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     JOIN dialog_version v ON v.node_id = c.node_id AND v.valid_from >= c.versions_from AND v.valid_from <= c.captured_at
                          AND v.valid_to > c.captured_at AND v.source = 'mi';

CREATE OR REPLACE SQL SECURITY INVOKER VIEW location_memory AS
SELECT n.node, c.captured_at,
       h.contact_id, h.username, h.domain, h.contact, h.received, h.path, h.q, h.callid, h.flags, h.cflags, h.user_agent, h.socket,
       h.methods, h.sip_instance, h.kv_store, h.attr, h.first_seen
FROM node n JOIN capture c ON c.node_id = n.node_id AND c.location_status = 'ok' AND c.location_source IN ('mi', 'both')
                AND (n.importing IS NULL OR DATE(c.captured_at) <> n.importing)
     JOIN location_version h ON h.node_id = c.node_id AND h.valid_from >= c.versions_from AND h.valid_from <= c.captured_at
                          AND h.valid_to > c.captured_at AND h.source = 'mi';

-- The course of calls: a row a state and call. States as dlg_list numbers them: 1 created, 2 ringing, 3 answered and not yet
-- acknowledged, 4 up, 5 over; start_time: of the answer, 0 where there was none. The table has calls in 3 and 4 only; source tells who saw it.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW dialog_state AS
SELECT v.node_id, v.valid_from,
       CASE WHEN v.valid_to = n.pending_at THEN CAST('9999-12-31 00:00:00' AS DATETIME) ELSE v.valid_to END AS valid_to,
       v.dlg_id, v.callid, v.from_tag, v.from_user, v.from_domain, v.to_user, v.to_domain, v.state, v.start_time,
       COALESCE(v.source, 'table') AS source, v.began
FROM node n JOIN dialog_version v ON v.node_id = n.node_id
WHERE (n.pending_at IS NULL OR v.valid_from <> n.pending_at) AND (n.importing IS NULL OR DATE(v.valid_from) <> n.importing);

-- Packed samples, day by day. A condition on node, group, name and day reaches sample_day itself, as these are what the
-- sums run within: only days that are asked for are unpacked. flagged: 1 where some flag of that day may not be 0.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW packed_sample AS
SELECT p.node_id, p.statistic_id, p.node, p.captured_at, p.day, p.`group`, p.name, p.kind, p.value, p.flag, p.flagged
FROM (SELECT d.node_id, d.statistic_id, n.node, d.day, t.`group`, t.name, t.kind, j.delta, d.flagged,
             d.day + INTERVAL d.first_second + (j.place - 1) * d.step SECOND AS captured_at,
             CAST(SUM(j.delta) OVER (PARTITION BY d.node_id, n.node, d.day, t.`group`, t.name, t.kind, d.flagged ORDER BY j.place) AS SIGNED) AS value,
             CASE WHEN d.flags IS NULL THEN 0 ELSE
               CAST(JSON_EXTRACT(CONVERT(UNCOMPRESS(d.flags) USING utf8mb4), CONCAT('$[', j.place - 1, ']')) AS UNSIGNED) END AS flag
      FROM node n JOIN sample_day d ON d.node_id = n.node_id AND d.day < n.samples_packed_to
                AND (n.importing IS NULL OR d.day <> n.importing)
           JOIN statistic t ON t.statistic_id = d.statistic_id
           JOIN JSON_TABLE(CONVERT(UNCOMPRESS(d.deltas) USING utf8mb4), '$[*]'
                           COLUMNS (place FOR ORDINALITY, delta DECIMAL(20,0) PATH '$')) j) p
WHERE p.delta IS NOT NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW statistic_sample AS
SELECT n.node, s.captured_at, DATE(s.captured_at) AS day, t.`group`, t.name, t.kind, s.value, s.flag, s.node_id, s.flag > 0 AS flagged
FROM node n JOIN sample s ON s.node_id = n.node_id AND s.captured_at >= n.samples_packed_to
     JOIN statistic t ON t.statistic_id = s.statistic_id
WHERE (n.pending_at IS NULL OR s.captured_at <> n.pending_at) AND (n.importing IS NULL OR DATE(s.captured_at) <> n.importing)
UNION ALL
SELECT n.node, s.captured_at, DATE(s.captured_at) AS day, t.`group`, t.name, t.kind, s.value, s.flag, s.node_id, s.flag > 0
FROM node n JOIN sample_late s ON s.node_id = n.node_id AND (n.importing IS NULL OR DATE(s.captured_at) <> n.importing)
     JOIN statistic t ON t.statistic_id = s.statistic_id
UNION ALL
SELECT p.node, p.captured_at, p.day, p.`group`, p.name, p.kind, p.value, p.flag, p.node_id, p.flagged
FROM packed_sample p;

-- Growth since the capture before: NULL across a restart, a reset, and beside values that OpenSIPS rounded. A value before
-- samples_packed_to is the last one of its packed day.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW statistic_rate AS
SELECT q.node, q.captured_at, q.`group`, q.name, q.seconds,
       CASE WHEN q.epoch_started_at <=> q.epoch_before AND q.value >= q.value_before AND q.flag < 2 AND q.flag_before < 2
            THEN q.value - q.value_before END AS increase,
       CASE WHEN q.epoch_started_at <=> q.epoch_before AND q.value >= q.value_before AND q.flag < 2 AND q.flag_before < 2
            THEN (q.value - q.value_before) / NULLIF(q.seconds, 0) END AS per_second,
       q.epoch_started_at <> q.epoch_before AS restarted
FROM (SELECT n.node, s.captured_at, t.`group`, t.name, TIMESTAMPDIFF(MICROSECOND, b.started_at, c.started_at) / 1000000 AS seconds,
             c.epoch_started_at, b.epoch_started_at AS epoch_before, s.value, s.flag,
             COALESCE(p.value, e.latest) AS value_before,
             CASE WHEN e.flags IS NULL THEN COALESCE(p.flag, 0) ELSE
               CAST(JSON_EXTRACT(CONVERT(UNCOMPRESS(e.flags) USING utf8mb4),
                                 CONCAT('$[', (e.last_second - e.first_second) DIV e.step, ']')) AS UNSIGNED) END AS flag_before
      FROM node n JOIN sample s ON s.node_id = n.node_id AND s.captured_at >= n.samples_packed_to
                AND (n.importing IS NULL OR DATE(s.captured_at) <> n.importing)
           JOIN statistic t ON t.statistic_id = s.statistic_id AND t.kind = 'counter'
           STRAIGHT_JOIN capture c ON c.node_id = s.node_id AND c.captured_at = s.captured_at
           STRAIGHT_JOIN capture b ON b.node_id = s.node_id AND b.captured_at = c.mi_before
           LEFT JOIN sample p ON p.node_id = s.node_id AND p.statistic_id = s.statistic_id AND p.captured_at = b.captured_at
                AND b.captured_at >= n.samples_packed_to
           LEFT JOIN sample_day e ON e.node_id = s.node_id AND e.statistic_id = s.statistic_id
                AND e.day = DATE(b.captured_at) AND e.day + INTERVAL e.last_second SECOND = b.captured_at
                AND b.captured_at < n.samples_packed_to
      WHERE p.node_id IS NOT NULL OR e.node_id IS NOT NULL
      UNION ALL
      SELECT s.node, s.captured_at, s.`group`, s.name, TIMESTAMPDIFF(MICROSECOND, b.started_at, c.started_at) / 1000000 AS seconds,
             c.epoch_started_at, b.epoch_started_at AS epoch_before, s.value, s.flag,
             COALESCE(s.value_lag, e.latest) AS value_before,
             CASE WHEN e.flags IS NULL THEN COALESCE(s.flag_lag, 0) ELSE
               CAST(JSON_EXTRACT(CONVERT(UNCOMPRESS(e.flags) USING utf8mb4),
                                 CONCAT('$[', (e.last_second - e.first_second) DIV e.step, ']')) AS UNSIGNED) END AS flag_before
      FROM (SELECT k.node_id, k.statistic_id, k.node, k.captured_at, k.`group`, k.name, k.value, k.flag,
                   LAG(k.captured_at) OVER w AS captured_lag, LAG(k.value) OVER w AS value_lag, LAG(k.flag) OVER w AS flag_lag
            FROM packed_sample k WHERE k.kind = 'counter'
            WINDOW w AS (PARTITION BY k.node, k.day, k.`group`, k.name ORDER BY k.captured_at)) s
           STRAIGHT_JOIN capture c ON c.node_id = s.node_id AND c.captured_at = s.captured_at
           STRAIGHT_JOIN capture b ON b.node_id = s.node_id AND b.captured_at = c.mi_before
           LEFT JOIN sample_day e ON s.captured_lag IS NULL AND e.node_id = s.node_id AND e.statistic_id = s.statistic_id
                AND e.day = DATE(b.captured_at)
      WHERE b.captured_at = COALESCE(s.captured_lag, e.day + INTERVAL e.last_second SECOND)) q;

-- Roll-ups by UTC day and by hour; a condition on node_id and day reaches their key.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW statistic_day AS
SELECT n.node, r.day, CAST(r.day AS DATETIME) AS begins, t.`group`, t.name, t.kind, r.samples, r.total, r.lowest, r.lowest_at, r.highest,
       r.highest_at, r.increase, r.growth_ms, r.bridge_since, r.bridge_increase, r.bridge_ms, r.node_id
FROM node n JOIN statistic_roll_up r ON r.node_id = n.node_id JOIN statistic t ON t.statistic_id = r.statistic_id;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW statistic_hour AS
SELECT n.node, r.day, r.day + INTERVAL h.hour HOUR AS begins, t.`group`, t.name, t.kind, h.samples, h.total, h.lowest,
       r.day + INTERVAL h.lowest_second SECOND AS lowest_at, h.highest, r.day + INTERVAL h.highest_second SECOND AS highest_at, h.increase,
       h.growth_ms, r.day + INTERVAL h.bridge_second SECOND AS bridge_since, h.bridge_increase, h.bridge_ms, r.node_id
FROM node n JOIN statistic_roll_up r ON r.node_id = n.node_id JOIN statistic t ON t.statistic_id = r.statistic_id
     JOIN JSON_TABLE(CONVERT(UNCOMPRESS(r.hours) USING utf8mb4), '$[*]'
                     COLUMNS (hour INT PATH '$[0]', samples INT PATH '$[1]', total DECIMAL(30,0) PATH '$[2]', lowest BIGINT PATH '$[3]',
                              lowest_second INT PATH '$[4]', highest BIGINT PATH '$[5]', highest_second INT PATH '$[6]',
                              increase DECIMAL(20,0) PATH '$[7]', growth_ms BIGINT PATH '$[8]', bridge_second BIGINT PATH '$[9]',
                              bridge_increase DECIMAL(20,0) PATH '$[10]', bridge_ms BIGINT PATH '$[11]')) h
WHERE r.hours IS NOT NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW registration_day AS
SELECT n.node, r.day, CAST(r.day AS DATETIME) AS begins, r.domain, r.at_start, r.least, r.most, r.came, r.went, r.node_id
FROM node n JOIN registration_roll_up r ON r.node_id = n.node_id;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW registration_hour AS
SELECT n.node, r.day, r.day + INTERVAL h.hour HOUR AS begins, r.domain, h.at_start, h.least, h.most, h.came, h.went, r.node_id
FROM node n JOIN registration_roll_up r ON r.node_id = n.node_id
     JOIN JSON_TABLE(CONVERT(UNCOMPRESS(r.hours) USING utf8mb4), '$[*]'
                     COLUMNS (hour INT PATH '$[0]', at_start INT PATH '$[1]', least INT PATH '$[2]', most INT PATH '$[3]', came INT PATH '$[4]',
                              went INT PATH '$[5]')) h
WHERE r.hours IS NOT NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW capture_day AS
SELECT n.node, r.day, CAST(r.day AS DATETIME) AS begins, r.source, r.looks, r.total, r.least, r.least_at, r.most, r.most_at, r.refreshed,
       r.node_id
FROM node n JOIN capture_roll_up r ON r.node_id = n.node_id;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW capture_hour AS
SELECT n.node, r.day, r.day + INTERVAL h.hour HOUR AS begins, r.source, h.looks, h.total, h.least,
       r.day + INTERVAL h.least_second SECOND AS least_at, h.most, r.day + INTERVAL h.most_second SECOND AS most_at, h.refreshed, r.node_id
FROM node n JOIN capture_roll_up r ON r.node_id = n.node_id
     JOIN JSON_TABLE(CONVERT(UNCOMPRESS(r.hours) USING utf8mb4), '$[*]'
                     COLUMNS (hour INT PATH '$[0]', looks INT PATH '$[1]', total BIGINT PATH '$[2]', least BIGINT PATH '$[3]',
                              least_second INT PATH '$[4]', most BIGINT PATH '$[5]', most_second INT PATH '$[6]',
                              refreshed BIGINT PATH '$[7]')) h
WHERE r.hours IS NOT NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW dispatcher_day AS
SELECT n.node, r.day, CAST(r.day AS DATETIME) AS begins, r.partition_name, r.set_id, r.uri, r.occurrence, r.captures, r.active, r.outages,
       r.node_id
FROM node n JOIN dispatcher_roll_up r ON r.node_id = n.node_id;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW dispatcher_hour AS
SELECT n.node, r.day, r.day + INTERVAL h.hour HOUR AS begins, r.partition_name, r.set_id, r.uri, r.occurrence, h.captures, h.active, h.outages,
       r.node_id
FROM node n JOIN dispatcher_roll_up r ON r.node_id = n.node_id
     JOIN JSON_TABLE(CONVERT(UNCOMPRESS(r.hours) USING utf8mb4), '$[*]'
                     COLUMNS (hour INT PATH '$[0]', captures INT PATH '$[1]', active INT PATH '$[2]', outages INT PATH '$[3]')) h
WHERE r.hours IS NOT NULL;
