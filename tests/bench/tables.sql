-- What sipkeep is compared with. VARCHAR, as an operator who has looked would make them; time first, so that a
-- copy is appended.
CREATE TABLE location_copy (
  captured_at DATETIME NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  username VARCHAR(64) NOT NULL,
  domain VARCHAR(64) NULL,
  contact TEXT NOT NULL,
  received VARCHAR(255) NULL,
  path VARCHAR(255) NULL,
  expires INT UNSIGNED NOT NULL,
  q FLOAT(10,2) NOT NULL,
  callid VARCHAR(255) NOT NULL,
  cseq INT NOT NULL,
  last_modified DATETIME NOT NULL,
  flags INT NOT NULL,
  cflags VARCHAR(255) NULL,
  user_agent VARCHAR(255) NOT NULL,
  socket VARCHAR(64) NULL,
  methods INT NULL,
  sip_instance VARCHAR(255) NULL,
  kv_store TEXT NULL,
  attr VARCHAR(255) NULL,
  PRIMARY KEY (captured_at, contact_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE dialog_copy (
  captured_at DATETIME NOT NULL,
  dlg_id BIGINT UNSIGNED NOT NULL,
  callid VARCHAR(255) NOT NULL,
  from_uri VARCHAR(255) NOT NULL,
  from_tag VARCHAR(64) NOT NULL,
  to_uri VARCHAR(255) NOT NULL,
  to_tag VARCHAR(64) NOT NULL,
  mangled_from_uri VARCHAR(255) NULL,
  mangled_to_uri VARCHAR(255) NULL,
  caller_cseq VARCHAR(11) NOT NULL,
  callee_cseq VARCHAR(11) NOT NULL,
  caller_ping_cseq INT UNSIGNED NOT NULL,
  callee_ping_cseq INT UNSIGNED NOT NULL,
  caller_route_set TEXT NULL,
  callee_route_set TEXT NULL,
  caller_contact VARCHAR(255) NULL,
  callee_contact VARCHAR(255) NULL,
  caller_sock VARCHAR(64) NOT NULL,
  callee_sock VARCHAR(64) NOT NULL,
  state INT UNSIGNED NOT NULL,
  start_time INT UNSIGNED NOT NULL,
  timeout INT UNSIGNED NOT NULL,
  vars BLOB NULL,
  profiles TEXT NULL,
  script_flags VARCHAR(255) NULL,
  module_flags INT UNSIGNED NOT NULL,
  flags INT UNSIGNED NOT NULL,
  rt_on_answer VARCHAR(64) NULL,
  rt_on_timeout VARCHAR(64) NULL,
  rt_on_hangup VARCHAR(64) NULL,
  PRIMARY KEY (captured_at, dlg_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- The bare tables of the floor: the same rows, and the keys of what is gone.
CREATE TABLE location_floor LIKE location_copy;
CREATE TABLE dialog_floor LIKE dialog_copy;
CREATE TABLE location_floor_gone (
  captured_at DATETIME NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (captured_at, contact_id)
) ENGINE=InnoDB;
CREATE TABLE dialog_floor_gone (
  captured_at DATETIME NOT NULL,
  dlg_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (captured_at, dlg_id)
) ENGINE=InnoDB;
-- For the floor that writes a refresh as narrow as it can be.
CREATE TABLE location_floor_refresh (
  captured_at DATETIME NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  expires INT UNSIGNED NOT NULL,
  cseq INT NOT NULL,
  last_modified DATETIME NOT NULL,
  PRIMARY KEY (captured_at, contact_id)
) ENGINE=InnoDB;
