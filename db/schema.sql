-- The schema after all migrations, read back from the catalog. Reviewed, never edited:
-- npx vitest run test/schema.test.ts -u

create schema db;

create schema exchange;

create schema log;

create schema vault;

create sequence vault.status_position as bigint start 0 minvalue 0 maxvalue 9223372036854775807 increment 1;

create table db.migration (
  name text not null,
  checksum bytea not null,
  applied_at timestamp with time zone default now() not null,
  constraint migration_pkey PRIMARY KEY (name),
  constraint migration_checksum_check CHECK ((octet_length(checksum) = 32))
);

create table exchange.case_closing (
  department text not null,
  number text not null,
  officer text not null,
  closed_at timestamp with time zone not null,
  constraint case_closing_pkey PRIMARY KEY (department, number),
  constraint case_closing_department_number_fkey FOREIGN KEY (department, number) REFERENCES exchange.case_opening(department, number)
);

create table exchange.case_opening (
  department text not null,
  number text not null,
  item text not null,
  officer text not null,
  opened_at timestamp with time zone not null,
  constraint case_opening_pkey PRIMARY KEY (department, number),
  constraint case_opening_number_check CHECK (((length(number) >= 1) AND (length(number) <= 64)))
);

create table exchange.case_party (
  department text not null,
  number text not null,
  role text not null,
  party_index bytea not null,
  wrapped_key bytea not null,
  sealed bytea not null,
  constraint case_party_pkey PRIMARY KEY (department, number, role),
  constraint case_party_department_number_fkey FOREIGN KEY (department, number) REFERENCES exchange.case_opening(department, number),
  constraint case_party_party_index_check CHECK ((octet_length(party_index) = 32))
);

create table exchange.department_key (
  kid text not null,
  department text not null,
  chain bytea[] not null,
  leaf bytea not null,
  constraint department_key_pkey PRIMARY KEY (kid),
  constraint department_key_chain_check CHECK (((cardinality(chain) >= 1) AND (cardinality(chain) <= 4))),
  constraint department_key_kid_check CHECK ((kid <> ''::text)),
  constraint department_key_leaf_check CHECK ((octet_length(leaf) = 32))
);

create table exchange.entry_subject (
  leaf bytea not null,
  ordinal integer not null,
  subject_index bytea not null,
  salt bytea not null,
  constraint entry_subject_pkey PRIMARY KEY (leaf, ordinal),
  constraint entry_subject_leaf_check CHECK ((octet_length(leaf) = 32)),
  constraint entry_subject_ordinal_check CHECK ((ordinal >= 0)),
  constraint entry_subject_salt_check CHECK ((octet_length(salt) = 16)),
  constraint entry_subject_subject_index_check CHECK ((octet_length(subject_index) = 32))
);
CREATE INDEX entry_subject_index ON exchange.entry_subject USING btree (subject_index);

create table exchange.field_check (
  id bigint generated always as identity not null,
  department text not null,
  type text not null,
  subject_index bytea not null,
  asked_at timestamp with time zone not null,
  constraint field_check_pkey PRIMARY KEY (id),
  constraint field_check_subject_index_check CHECK ((octet_length(subject_index) = 32))
);
CREATE INDEX field_check_asked ON exchange.field_check USING btree (subject_index, department, type, asked_at);

create table exchange.key_retirement (
  kid text not null,
  leaf bytea not null,
  constraint key_retirement_pkey PRIMARY KEY (kid),
  constraint key_retirement_kid_fkey FOREIGN KEY (kid) REFERENCES exchange.department_key(kid),
  constraint key_retirement_leaf_check CHECK ((octet_length(leaf) = 32))
);

create table exchange.request (
  department text not null,
  rid text not null,
  attempt integer not null,
  jti text not null,
  token text not null,
  recorded_at timestamp with time zone not null,
  asked bytea,
  constraint request_pkey PRIMARY KEY (department, rid, attempt),
  constraint request_department_jti_key UNIQUE (department, jti),
  constraint request_asked_check CHECK ((octet_length(asked) = 32)),
  constraint request_attempt_check CHECK (((attempt >= 1) AND (attempt <= 1000))),
  constraint request_rid_check CHECK (((length(rid) >= 1) AND (length(rid) <= 128)))
);
CREATE INDEX request_later_attempts ON exchange.request USING btree (department, rid) WHERE (attempt > 1);

create table log.checkpoint (
  shard integer not null,
  size bigint not null,
  root bytea not null,
  note text not null,
  signed_at timestamp with time zone not null,
  constraint checkpoint_pkey PRIMARY KEY (shard, size),
  constraint checkpoint_note_check CHECK ((length(note) <= 8192)),
  constraint checkpoint_root_check CHECK ((octet_length(root) = 32)),
  constraint checkpoint_size_check CHECK ((size > 0))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

create table log.entry (
  id bigint generated always as identity not null,
  leaf bytea not null,
  body bytea not null,
  kind text not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  shard integer not null,
  department text,
  officer text,
  case_number text,
  item text,
  decision text,
  rid text,
  licence_id text,
  constraint entry_pkey PRIMARY KEY (id),
  constraint entry_leaf_key UNIQUE (leaf),
  constraint entry_body_check CHECK (((octet_length(body) >= 2) AND (octet_length(body) <= 32768))),
  constraint entry_leaf_check CHECK ((octet_length(leaf) = 32))
);
CREATE INDEX entry_case_number ON log.entry USING btree (case_number, id) WHERE (case_number IS NOT NULL);
CREATE INDEX entry_department ON log.entry USING btree (department, id) WHERE (department IS NOT NULL);
CREATE INDEX entry_kind ON log.entry USING btree (kind, id);
CREATE INDEX entry_licence_id ON log.entry USING btree (licence_id, id) WHERE (licence_id IS NOT NULL);
CREATE INDEX entry_officer ON log.entry USING btree (officer, id) WHERE (officer IS NOT NULL);
CREATE INDEX entry_recorded_at ON log.entry USING brin (recorded_at);
CREATE INDEX entry_rid ON log.entry USING btree (rid, id) WHERE (rid IS NOT NULL);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log.entry FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER columns_from_body BEFORE INSERT ON log.entry FOR EACH ROW EXECUTE FUNCTION log.fill_columns();

create table log.leaf_position (
  shard integer not null,
  index bigint not null,
  entry_id bigint not null,
  constraint leaf_position_pkey PRIMARY KEY (shard, index),
  constraint leaf_position_entry_id_key UNIQUE (entry_id),
  constraint leaf_position_index_check CHECK ((index >= 0))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON log.leaf_position FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

create table log.pending (
  entry_id bigint not null,
  constraint pending_pkey PRIMARY KEY (entry_id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON log.pending FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

create table log.tile (
  shard integer not null,
  level smallint not null,
  index bigint not null,
  hashes bytea not null,
  constraint tile_pkey PRIMARY KEY (shard, level, index),
  constraint tile_hashes_check CHECK ((((octet_length(hashes) >= 32) AND (octet_length(hashes) <= 8192)) AND ((octet_length(hashes) % 32) = 0))),
  constraint tile_index_check CHECK ((index >= 0)),
  constraint tile_level_check CHECK (((level >= 0) AND (level <= 6)))
);
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON log.tile FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER extend_only BEFORE UPDATE ON log.tile FOR EACH ROW EXECUTE FUNCTION log.only_extend();

create table vault.act (
  licence_id text not null,
  ordinal integer not null,
  act text not null,
  state text not null,
  reason text not null,
  effective_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  department text not null,
  officer text not null,
  status_position bigint not null,
  leaf bytea not null,
  case_number text,
  request_key text,
  receiver text,
  successor text,
  constraint act_pkey PRIMARY KEY (licence_id, ordinal),
  constraint act_licence_id_fkey FOREIGN KEY (licence_id) REFERENCES vault.licence(licence_id),
  constraint act_act_check CHECK ((act = ANY (ARRAY['suspend'::text, 'restore'::text, 'expire'::text, 'cancel'::text, 'revoke'::text, 'withdraw'::text, 'transfer'::text, 'archive'::text, 'renew'::text, 'change'::text, 'supersede'::text]))),
  constraint act_leaf_check CHECK ((octet_length(leaf) = 32)),
  constraint act_ordinal_check CHECK ((ordinal > 0)),
  constraint act_receiver_check CHECK (((receiver IS NULL) OR (state = 'transferred'::text))),
  constraint act_state_check CHECK ((state = ANY (ARRAY['valid'::text, 'suspended'::text, 'expired'::text, 'cancelled'::text, 'revoked'::text, 'withdrawn'::text, 'transferred'::text, 'superseded'::text, 'archived'::text]))),
  constraint act_successor_check CHECK (((successor IS NULL) OR (state = 'superseded'::text)))
);
CREATE UNIQUE INDEX act_request ON vault.act USING btree (department, request_key) WHERE (request_key IS NOT NULL);
CREATE INDEX act_state ON vault.act USING btree (state, status_position);
CREATE INDEX act_status_position ON vault.act USING btree (status_position);
CREATE UNIQUE INDEX act_successor ON vault.act USING btree (successor) WHERE (successor IS NOT NULL);

create table vault.event (
  ordinal bigint not null,
  kind text not null,
  licence_id text not null,
  type text not null,
  issuer text not null,
  division text not null,
  state text not null,
  at timestamp with time zone not null,
  settled_at timestamp with time zone default now() not null,
  constraint event_pkey PRIMARY KEY (ordinal),
  constraint event_ordinal_check CHECK ((ordinal > 0))
);
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON vault.event FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER keep_newest BEFORE DELETE ON vault.event FOR EACH ROW EXECUTE FUNCTION vault.keep_newest_event();

create table vault.event_cursor (
  consumer text not null,
  ordinal bigint not null,
  lease text not null,
  leased_until timestamp with time zone not null,
  constraint event_cursor_pkey PRIMARY KEY (consumer),
  constraint event_cursor_consumer_check CHECK ((consumer ~ '^[a-z][a-zA-Z0-9]{0,63}$'::text)),
  constraint event_cursor_ordinal_check CHECK ((ordinal >= 0))
);

create table vault.event_pending (
  id bigint generated always as identity not null,
  kind text not null,
  licence_id text not null,
  type text not null,
  issuer text not null,
  division text not null,
  state text not null,
  acts integer not null,
  at timestamp with time zone not null,
  constraint event_pending_pkey PRIMARY KEY (id),
  constraint event_pending_acts_check CHECK ((acts >= 0)),
  constraint event_pending_kind_check CHECK ((kind = ANY (ARRAY['issued'::text, 'changed'::text, 'superseded'::text, 'expiring'::text])))
);

create table vault.face_code (
  code bytea not null,
  licence_id text not null,
  constraint face_code_pkey PRIMARY KEY (code),
  constraint face_code_licence_id_key UNIQUE (licence_id),
  constraint face_code_code_check CHECK ((octet_length(code) = 16))
);

create table vault.holder (
  holder_index bytea not null,
  type text not null,
  licence_id text not null,
  role text not null,
  wrapped_key bytea not null,
  constraint holder_pkey PRIMARY KEY (holder_index, type, licence_id),
  constraint holder_holder_index_check CHECK ((octet_length(holder_index) = 32))
) partition by HASH (holder_index);

create table vault.holder_0 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 0);

create table vault.holder_1 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 1);

create table vault.holder_2 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 2);

create table vault.holder_3 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 3);

create table vault.holder_4 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 4);

create table vault.holder_5 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 5);

create table vault.holder_6 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 6);

create table vault.holder_7 partition of vault.holder FOR VALUES WITH (modulus 8, remainder 7);

create table vault.holder_key (
  holder_index bytea not null,
  wrapped_key bytea not null,
  constraint holder_key_pkey PRIMARY KEY (holder_index),
  constraint holder_key_holder_index_check CHECK ((octet_length(holder_index) = 32))
) partition by HASH (holder_index);

create table vault.holder_key_0 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 0);

create table vault.holder_key_1 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 1);

create table vault.holder_key_2 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 2);

create table vault.holder_key_3 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 3);

create table vault.holder_key_4 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 4);

create table vault.holder_key_5 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 5);

create table vault.holder_key_6 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 6);

create table vault.holder_key_7 partition of vault.holder_key FOR VALUES WITH (modulus 8, remainder 7);

create table vault.import_batch (
  run_id text not null,
  ordinal integer not null,
  totals jsonb not null,
  constraint import_batch_pkey PRIMARY KEY (run_id, ordinal),
  constraint import_batch_run_id_fkey FOREIGN KEY (run_id) REFERENCES vault.import_run(run_id),
  constraint import_batch_ordinal_check CHECK ((ordinal >= 0))
);

create table vault.import_line (
  run_id text not null,
  number_index bytea not null,
  line integer not null,
  holders_digest bytea,
  is_known boolean default false not null,
  constraint import_line_pkey PRIMARY KEY (run_id, number_index),
  constraint import_line_holders_digest_check CHECK ((octet_length(holders_digest) = 32)),
  constraint import_line_line_check CHECK ((line > 0)),
  constraint import_line_number_index_check CHECK ((octet_length(number_index) = 32))
);

create table vault.import_result (
  run_id text not null,
  finished_at timestamp with time zone not null,
  totals jsonb not null,
  constraint import_result_pkey PRIMARY KEY (run_id),
  constraint import_result_run_id_fkey FOREIGN KEY (run_id) REFERENCES vault.import_run(run_id)
);

create table vault.import_run (
  run_id text not null,
  file_digest bytea not null,
  type text not null,
  started_at timestamp with time zone not null,
  path_digest bytea,
  map_digest bytea,
  department text,
  constraint import_run_pkey PRIMARY KEY (run_id),
  constraint import_run_file_digest_check CHECK ((octet_length(file_digest) = 32)),
  constraint import_run_map_digest_check CHECK ((octet_length(map_digest) = 32)),
  constraint import_run_path_digest_check CHECK ((octet_length(path_digest) = 32))
);
CREATE INDEX import_run_by_path ON vault.import_run USING btree (path_digest, type, started_at);

create table vault.intent (
  licence_id text not null,
  facts jsonb not null,
  draft bytea storage external not null,
  begun_at timestamp with time zone not null,
  constraint intent_pkey PRIMARY KEY (licence_id)
);

create table vault.licence (
  licence_id text not null,
  type text not null,
  type_version text not null,
  issuer text not null,
  division text not null,
  grade text not null,
  valid_from timestamp with time zone not null,
  valid_until timestamp with time zone,
  holders bytea[] not null,
  sealed bytea storage external not null,
  document_digest bytea not null,
  status_position bigint not null,
  leaf bytea not null,
  recorded_at timestamp with time zone not null,
  constraint licence_pkey PRIMARY KEY (licence_id),
  constraint licence_check CHECK ((valid_until > valid_from)),
  constraint licence_division_check CHECK ((division ~ '^[0-9]{6}$'::text)),
  constraint licence_document_digest_check CHECK ((octet_length(document_digest) = 32)),
  constraint licence_grade_check CHECK ((grade = ANY (ARRAY['A'::text, 'B'::text, 'C'::text, 'D'::text]))),
  constraint licence_holders_check CHECK ((cardinality(holders) > 0)),
  constraint licence_leaf_check CHECK ((octet_length(leaf) = 32)),
  constraint licence_status_position_check CHECK ((status_position >= 0))
) partition by HASH (licence_id);
CREATE INDEX licence_begin ON ONLY vault.licence USING btree (valid_from);
CREATE INDEX licence_division ON ONLY vault.licence USING btree (division, status_position);
CREATE INDEX licence_end ON ONLY vault.licence USING btree (valid_until, licence_id) WHERE (valid_until IS NOT NULL);
CREATE INDEX licence_issuer ON ONLY vault.licence USING btree (issuer, type, status_position);
CREATE INDEX licence_place ON ONLY vault.licence USING btree (status_position);

create table vault.licence_0 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 0);

create table vault.licence_1 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 1);

create table vault.licence_2 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 2);

create table vault.licence_3 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 3);

create table vault.licence_4 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 4);

create table vault.licence_5 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 5);

create table vault.licence_6 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 6);

create table vault.licence_7 partition of vault.licence FOR VALUES WITH (modulus 8, remainder 7);

create table vault.licence_count (
  type text not null,
  issuer text not null,
  division text not null,
  month date not null,
  state text not null,
  entered bigint not null,
  gone bigint not null,
  constraint licence_count_pkey PRIMARY KEY (type, issuer, division, month, state),
  constraint licence_count_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);

create table vault.licence_number (
  type text not null,
  number_index bytea not null,
  licence_id text not null,
  constraint licence_number_pkey PRIMARY KEY (type, number_index),
  constraint licence_number_licence_id_key UNIQUE (licence_id),
  constraint licence_number_number_index_check CHECK ((octet_length(number_index) = 32))
);

create table vault.place (
  "position" bigint not null,
  department text not null,
  reserved_at timestamp with time zone not null,
  constraint place_pkey PRIMARY KEY ("position"),
  constraint place_position_check CHECK (("position" >= 0))
);
CREATE INDEX place_department ON vault.place USING btree (department);

create table vault.place_request (
  department text not null,
  key text not null,
  positions bigint[] not null,
  reserved_at timestamp with time zone not null,
  constraint place_request_pkey PRIMARY KEY (department, key)
);

create table vault.quarantine (
  run_id text not null,
  line integer not null,
  findings jsonb not null,
  sealed_row bytea storage external not null,
  wrapped_key bytea not null,
  constraint quarantine_pkey PRIMARY KEY (run_id, line),
  constraint quarantine_run_id_fkey FOREIGN KEY (run_id) REFERENCES vault.import_run(run_id),
  constraint quarantine_line_check CHECK ((line > 0))
);

create table vault.reminder (
  licence_id text not null,
  constraint reminder_pkey PRIMARY KEY (licence_id)
);

create table vault.request (
  department text not null,
  key text not null,
  asked bytea not null,
  licence_id text not null,
  asked_at timestamp with time zone not null,
  constraint request_pkey PRIMARY KEY (department, key),
  constraint request_asked_check CHECK ((octet_length(asked) = 32))
);

create table vault.show_code (
  code_digest bytea not null,
  licence_id text not null,
  shown_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint show_code_pkey PRIMARY KEY (code_digest),
  constraint show_code_check CHECK ((expires_at > shown_at)),
  constraint show_code_code_digest_check CHECK ((octet_length(code_digest) = 32))
);

create table vault.show_scan (
  code_digest bytea not null,
  scanned_at timestamp with time zone not null,
  department text not null,
  officer text not null,
  request_id text,
  constraint show_scan_pkey PRIMARY KEY (code_digest),
  constraint show_scan_code_digest_fkey FOREIGN KEY (code_digest) REFERENCES vault.show_code(code_digest),
  constraint show_scan_request_id_check CHECK (((length(request_id) >= 1) AND (length(request_id) <= 128)))
);

create table vault.status_list (
  list integer not null,
  version bigint not null,
  signed_at timestamp with time zone not null,
  digest bytea not null,
  token text not null,
  constraint status_list_pkey PRIMARY KEY (list, version),
  constraint status_list_list_signed_at_key UNIQUE (list, signed_at),
  constraint status_list_digest_check CHECK ((octet_length(digest) = 32)),
  constraint status_list_list_check CHECK ((list >= 0)),
  constraint status_list_version_check CHECK ((version > 0))
);
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON vault.status_list FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER keep_newest BEFORE DELETE ON vault.status_list FOR EACH ROW EXECUTE FUNCTION vault.keep_newest_status_list();

create table vault.succession (
  licence_id text not null,
  superseded text not null,
  facts jsonb not null,
  draft bytea storage external not null,
  begun_at timestamp with time zone not null,
  constraint succession_pkey PRIMARY KEY (licence_id),
  constraint succession_superseded_key UNIQUE (superseded)
);

CREATE OR REPLACE FUNCTION log.fill_columns()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  content jsonb := convert_from(new.body, 'UTF8')::jsonb;
begin
  new.kind := content ->> 'kind';
  new.at := content ->> 'at';
  new.recorded_at := content ->> 'recordedAt';
  new.shard := extract(year from new.recorded_at at time zone 'UTC');
  new.department := content ->> 'department';
  new.officer := content ->> 'officer';
  new.case_number := content ->> 'case';
  new.item := content ->> 'item';
  new.decision := content ->> 'decision';
  new.rid := content ->> 'rid';
  new.licence_id := content ->> 'licenceId';
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION log.only_extend()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.shard, new.level, new.index) is distinct from (old.shard, old.level, old.index)
    or substring(new.hashes for octet_length(old.hashes)) is distinct from old.hashes
  then
    raise exception 'a tile only ever grows' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION log.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'rows of %.% are never changed', tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end
$function$;

CREATE OR REPLACE FUNCTION vault.keep_newest_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if not exists (select from vault.event where ordinal > old.ordinal) then
    raise exception 'the newest event stays' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$function$;

CREATE OR REPLACE FUNCTION vault.keep_newest_status_list()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if not exists (select from vault.status_list where list = old.list and version > old.version) then
    raise exception 'the newest status list stays' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$function$;

-- what each role may do                     public   zt_app                                                                      zt_auditor                                                                                                                                                 zt_keeper                                                             zt_sequencer
-- schema db                                 -        -                                                                           -                                                                                                                                                          -                                                                     -
-- schema exchange                           -        usage                                                                       -                                                                                                                                                          usage                                                                 -
-- schema log                                -        usage                                                                       usage                                                                                                                                                      usage                                                                 usage
-- schema public                             usage    usage                                                                       usage                                                                                                                                                      usage                                                                 usage
-- schema vault                              -        usage                                                                       usage                                                                                                                                                      usage                                                                 usage
-- table db.migration                        -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table exchange.case_closing               -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table exchange.case_opening               -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table exchange.case_party                 -        select, insert                                                              -                                                                                                                                                          select (department, number, role, wrapped_key), update (wrapped_key)  -
-- table exchange.department_key             -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table exchange.entry_subject              -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table exchange.field_check                -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table exchange.key_retirement             -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table exchange.request                    -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table log.checkpoint                      -        select                                                                      select                                                                                                                                                     -                                                                     select, insert
-- table log.entry                           -        select, insert (leaf, body)                                                 select                                                                                                                                                     select (id), insert (leaf, body)                                      select
-- table log.leaf_position                   -        select                                                                      select                                                                                                                                                     -                                                                     select, insert
-- table log.pending                         -        select, insert (entry_id)                                                   select                                                                                                                                                     insert (entry_id)                                                     select, delete
-- table log.tile                            -        select                                                                      select                                                                                                                                                     -                                                                     select, insert, update (hashes)
-- table vault.act                           -        select, insert                                                              select (licence_id, ordinal, act, state, reason, effective_at, recorded_at, department, officer, status_position, leaf, case_number, receiver, successor)  -                                                                     select (licence_id, ordinal, state, effective_at)
-- table vault.event                         -        select                                                                      select                                                                                                                                                     -                                                                     select, insert, delete
-- table vault.event_cursor                  -        -                                                                           -                                                                                                                                                          -                                                                     select, insert, update (ordinal, lease, leased_until)
-- table vault.event_pending                 -        select, insert (kind, licence_id, type, issuer, division, state, acts, at)  select                                                                                                                                                     -                                                                     select, delete
-- table vault.face_code                     -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.holder                        -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.holder_0                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_1                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_2                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_3                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_4                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_5                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_6                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_7                      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key                    -        select, insert                                                              -                                                                                                                                                          select, update (wrapped_key), delete                                  -
-- table vault.holder_key_0                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_1                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_2                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_3                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_4                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_5                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_6                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.holder_key_7                  -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.import_batch                  -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.import_line                   -        select, insert, update (is_known)                                           -                                                                                                                                                          -                                                                     -
-- table vault.import_result                 -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.import_run                    -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.intent                        -        select, insert, delete                                                      -                                                                                                                                                          select (facts)                                                        -
-- table vault.licence                       -        select, insert                                                              select (licence_id, type, issuer, division, grade, valid_from, valid_until, document_digest, status_position, leaf, recorded_at)                           -                                                                     select (licence_id, type, issuer, division, valid_from, valid_until)
-- table vault.licence_0                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_1                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_2                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_3                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_4                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_5                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_6                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_7                     -        -                                                                           -                                                                                                                                                          -                                                                     -
-- table vault.licence_count                 -        select                                                                      select                                                                                                                                                     -                                                                     select, insert, update (entered, gone)
-- table vault.licence_number                -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.place                         -        select, insert, delete                                                      -                                                                                                                                                          -                                                                     -
-- table vault.place_request                 -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.quarantine                    -        select, insert                                                              -                                                                                                                                                          select (run_id, line, wrapped_key), update (wrapped_key)              -
-- table vault.reminder                      -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.request                       -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.show_code                     -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.show_scan                     -        select, insert                                                              -                                                                                                                                                          -                                                                     -
-- table vault.status_list                   -        select, insert                                                              -                                                                                                                                                          -                                                                     select (list, version, signed_at), delete
-- table vault.succession                    -        select, insert, delete                                                      -                                                                                                                                                          select (facts)                                                        -
-- sequence exchange.field_check_id_seq      -        -                                                                           -                                                                                                                                                          -                                                                     -
-- sequence log.entry_id_seq                 -        -                                                                           -                                                                                                                                                          -                                                                     -
-- sequence vault.event_pending_id_seq       -        -                                                                           -                                                                                                                                                          -                                                                     -
-- sequence vault.status_position            -        usage                                                                       -                                                                                                                                                          -                                                                     -
-- function log.fill_columns()               execute  execute                                                                     execute                                                                                                                                                    execute                                                               execute
-- function log.only_extend()                execute  execute                                                                     execute                                                                                                                                                    execute                                                               execute
-- function log.refuse_change()              execute  execute                                                                     execute                                                                                                                                                    execute                                                               execute
-- function vault.keep_newest_event()        execute  execute                                                                     execute                                                                                                                                                    execute                                                               execute
-- function vault.keep_newest_status_list()  execute  execute                                                                     execute                                                                                                                                                    execute                                                               execute
