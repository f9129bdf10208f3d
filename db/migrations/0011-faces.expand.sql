-- The codes that stand for a licence: the one on its face, which anybody may ask for the state; and
-- those a holder shows (亮证), each good for one look.
create table vault.face_code (
  code bytea primary key check (octet_length(code) = 16),
  licence_id text not null unique
);

create table vault.show_code (
  code_digest bytea primary key check (octet_length(code_digest) = 32),
  licence_id text not null,
  shown_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > shown_at)
);

-- The key decides between two who look at once.
create table vault.show_scan (
  code_digest bytea primary key references vault.show_code (code_digest),
  scanned_at timestamptz not null,
  department text not null,
  officer text not null
);

grant select, insert on vault.face_code, vault.show_code, vault.show_scan to zt_app;
