-- Freshet, schema version 1: what lets PostgreSQL (15 or later) tell of its changes.
--
-- Run it once per database, by psql, Flyway or freshet.tracking=install; running it again does no
-- harm. It needs the right to create a schema, no more. Then, as the owner of each table:
--
--   select freshet.track('product');                          -- key: the primary key
--   select freshet.track('product', '{id}', '{category_id}'); -- with watched columns
--
-- Who owns tables but not schema freshet also needs: grant usage, create on schema freshet to them.
-- Who only writes to tracked tables needs nothing. U1__freshet.sql removes everything.

create schema if not exists freshet;

-- a replaced function of another version must not be half of this one
comment on schema freshet is 'Freshet, version 1';
grant usage on schema freshet to public;

-- Transactions that could not be told of, because the queue of NOTIFY was more than half full:
-- a NOTIFY into a full queue would fail the writer's COMMIT. Feeds look here.
create table if not exists freshet.unannounced (
  tx xid8 primary key,
  noted timestamptz not null default pg_catalog.clock_timestamp()
);
grant select on freshet.unannounced to public;

-- Runs as the owner of the table above: writers have no rights on it. One row per transaction;
-- each has a key of its own, so that writers never wait for each other here.
create or replace function freshet.note_unannounced() returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into freshet.unannounced (tx) values (pg_catalog.pg_current_xact_id())
  on conflict do nothing
$$;

-- Feeds look several times a minute: what is an hour old has been seen by all of them.
create or replace function freshet.forget_unannounced() returns bigint
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  with forgotten as (
    delete from freshet.unannounced
    where noted < pg_catalog.clock_timestamp() - interval '1 hour' returning 1)
  select count(*) from forgotten
$$;

-- The part of the body below for updates of a table without key. Equal rows cannot be told apart, so
-- the old values are counted against the new ones.
create or replace function freshet.tracking_body_of_sets(
  watched text[], columns text, object text, max_keys int) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select format($f$
    if exists (select from old_rows offset %1$s limit 1) then
      changes := array[operation];
    else
      select array_agg(case when d > 0 then ',"o":"U","b":' else ',"o":"U","b":{},"a":' end || %2$s),
        coalesce(sum(d) filter (where d > 0), 0) into changes, differing
      from (
        select sum(d) as d, %3$s from (
          select %4$s, 1 as d from old_rows as t
          union all
          select %4$s, -1 from new_rows as t) as t
        group by %3$s having sum(d) <> 0) as o;
      if differing > 0 then
        if differing < (select count(*) from old_rows) then
          changes := changes || array[%5$L];
        end if;
      elsif exists (select from old_rows) then
        select array[case when bool_and(o.image *= n.image) then ',"o":"U","k":[]' else %5$L end]
        into changes
        from (
          select row(t.*) as image, row_number() over (order by row(t.*) using *<) as i
          from old_rows as t) as o
        join (
          select row(t.*) as image, row_number() over (order by row(t.*) using *<) as i
          from new_rows as t) as n on n.i = o.i;
      end if;
    end if;$f$,
    max_keys, object,
    (select string_agg('c' || i, ', ') from generate_subscripts(watched, 1) as i),
    columns,
    ',"o":"U","e":' || to_json(watched)::text)
$$;

-- The body of the function that tells of changes of a table. It runs once per statement, as the
-- writer, and must neither fail nor slow down that statement:
-- * It names tables by what they are called when it runs: names change, tables become partitions.
-- * Every error is caught (a column may be gone, a type may have no text): then the table as a whole
--   is told. The block costs 0.5 us per statement; nothing being written in it, it takes no
--   transaction id.
-- * No query has a parameter, so each is planned once per session, and none is dynamic.
-- * Values are compared as the JSON of their text, where null is 'null' and text is quoted: a type's
--   own equality need not exist (json, point, xml).
-- * A row whose key has changed is told as one that went and one that came: that is what it comes to.
-- * LIMIT is one more than max_keys: that is enough to know that there are too many.
create or replace function freshet.tracking_body(
  key text[], watched text[], max_keys int, inherits boolean) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  told text[] := key || watched;
  too_many text := (max_keys::bigint + 1)::text;
  columns text;      -- each told column as JSON, under the names c1, c2 ...
  old_all text;      -- expressions that make JSON objects of them
  new_all text;
  old_key text;
  same_key text;
  same_watched text;
  unchanged text;
  inserted text;
  deleted text;
  paired text;
  updated text;
  tops text := '';
begin
  select string_agg(format(
      $f$coalesce(to_json(t.%I::text)::text, 'null') collate "C" as c%s$f$, name, i), ', ' order by i),
    string_agg(format('%L || o.c%s', json_key, i), ' || ' order by i) || $f$ || '}'$f$,
    string_agg(format('%L || n.c%s', json_key, i), ' || ' order by i) || $f$ || '}'$f$,
    string_agg(format('%L || o.c%s', json_key, i), ' || ' order by i)
      filter (where i <= cardinality(key)) || $f$ || '}'$f$,
    string_agg(format('o.c%1$s = n.c%1$s', i), ' and ' order by i)
      filter (where i <= cardinality(key)),
    string_agg(format('o.c%1$s = n.c%1$s', i), ' and ' order by i)
      filter (where i > cardinality(key)),
    string_agg(case when i <= cardinality(key) then
        quote_literal(case when i > 1 then ',' else '' end || to_json(name))
      else format($f$case when o.c%1$s = n.c%1$s then %2$L else '' end$f$, i, ',' || to_json(name))
      end, ' || ' order by i)
  into columns, old_all, new_all, old_key, same_key, same_watched, unchanged
  from (
    select name, i, case when i = 1 then '{' else ',' end || to_json(name)::text || ':' as json_key
    from unnest(told) with ordinality as c (name, i)) as c;

  if cardinality(told) = 0 then
    inserted := 'told := exists (select from new_rows);';
    deleted := 'told := exists (select from old_rows);';
    updated := inserted;
  else
    inserted := format($f$select array_agg(',"o":"I","b":{},"a":' || %s) into changes
        from (select %s from new_rows as t limit %s) as n;$f$, new_all, columns, too_many);
    deleted := format($f$select array_agg(',"o":"D","b":' || %s) into changes
        from (select %s from old_rows as t limit %s) as o;$f$, old_all, columns, too_many);
  end if;

  if cardinality(key) > 0 then
    paired := format($f$when not o.image *<> n.image then ',"o":"U","b":' || %1$s || ',"k":[]'
              %2$s
              else ',"o":"U","b":' || %1$s || ',"e":[' || %3$s || ']'$f$,
      old_key,
      case when cardinality(watched) > 0 then
        format($f$when not (%s) then ',"o":"U","b":' || %s || ',"a":' || %s || ',"e":[' || %s || ']'$f$,
          same_watched, old_all, new_all, unchanged) end,
      unchanged);
    -- most updates are of one row; a full join costs 15 us more than the nested loop
    updated := format($f$select array_agg(case when not (%6$s) then null %3$s end) into changes
      from (select %4$s, row(t.*) as image from old_rows as t limit 2) as o
      cross join (select %4$s, row(t.*) as image from new_rows as t limit 2) as n;
    if changes is not null and (cardinality(changes) > 1 or changes[1] is null) then
      select array_agg(p.change) into changes from (
        select case
            when o.here is null then ',"o":"I","b":{},"a":' || %1$s
            when n.here is null then ',"o":"D","b":' || %2$s
            %3$s
          end as change
        from (select %4$s, true as here, row(t.*) as image from old_rows as t limit %5$s) as o
        full join (select %4$s, true as here, row(t.*) as image from new_rows as t limit %5$s) as n
          on %6$s
        limit %5$s) as p;
    end if;$f$,
      new_all, old_all, paired, columns, too_many, same_key);
  elsif cardinality(watched) > 0 then
    updated := freshet.tracking_body_of_sets(watched, columns, old_all, max_keys);
  end if;

  if inherits then
    -- whoever reads an ancestor reads these rows; all but the first are told without rows
    tops := $f$
  with recursive ancestor as (
    select tg_relid as id
    union
    select i.inhparent from ancestor join pg_inherits as i on i.inhrelid = ancestor.id
  ), top as (
    select c.relname, s.nspname, row_number() over (order by c.oid) as i
    from ancestor join pg_class as c on c.oid = ancestor.id
    join pg_namespace as s on s.oid = c.relnamespace
    where not exists (select from pg_inherits as i where i.inhrelid = ancestor.id)
  )
  select min('{"t":' || to_json(relname::text) || ',"s":' || to_json(nspname::text))
      filter (where i = 1),
    coalesce(string_agg(',{"t":' || to_json(relname::text) || ',"s":' || to_json(nspname::text)
      || ',"o":"*"}', '') filter (where i > 1), '')
  into head, others from top;$f$;
  end if;

  return format($f$
#variable_conflict use_variable
declare
  head text := '{"t":' || to_json(tg_table_name::text) || ',"s":' || to_json(tg_table_schema::text);
  operation text := ',"o":"' || left(tg_op, 1) || '"';
  others text := '';
  changes text[];
  change text;
  message text;
  differing bigint;
  told boolean := true;
begin
  if tg_op = 'INSERT' then
    %1$s
  elsif tg_op = 'UPDATE' then
    %2$s
  elsif tg_op = 'DELETE' then
    %3$s
  else
    changes := array[operation];
  end if;
  if not told or %4$s and changes is null then
    return null;
  end if;

  if pg_partition_root(tg_relid) <> tg_relid then
    select '{"t":' || to_json(c.relname::text) || ',"s":' || to_json(s.nspname::text) into head
    from pg_class as c join pg_namespace as s on s.oid = c.relnamespace
    where c.oid = pg_partition_root(tg_relid);
  end if;%5$s
  if pg_notification_queue_usage() > 0.5 then
    begin
      perform freshet.note_unannounced();
      return null;
    exception when others then
      told := true; -- no right to use the schema; half of the queue is still there
    end;
  end if;

  if changes is null or cardinality(changes) > %6$s
      or octet_length(head || changes[1] || others) > 7800 then
    changes := array[operation];
  end if;
  message := head || changes[1] || '}' || others;
  foreach change in array changes[2:] loop
    if octet_length(head || change || others) > 7800 then
      message := head || operation || '}' || others; -- one row is too long: the table, then, and that is all
      exit;
    elsif octet_length(message || head || change) < 7900 then
      message := message || ',' || head || change || '}';
    else
      perform pg_notify('freshet',
        '{"v":1,"n":"' || gen_random_uuid() || '","c":[' || message || ']}');
      message := head || change || '}';
    end if;
  end loop;
  -- n: equal messages of one transaction would arrive as one, and receivers count them
  perform pg_notify('freshet',
    '{"v":1,"n":"' || gen_random_uuid() || '","c":[' || message || ']}');
  return null;
exception when others then
  begin
    perform pg_notify('freshet', '{"v":1,"n":"' || gen_random_uuid() || '","c":['
      || head || operation || '}' || others || ']}');
  exception when others then
    begin
      perform freshet.note_unannounced();
    exception when others then
      raise warning 'freshet could not tell of a change of %%.%%: %%',
        tg_table_schema, tg_table_name, sqlerrm;
    end;
  end;
  return null;
end
$f$, inserted, updated, deleted, (cardinality(told) > 0)::text, tops, max_keys::text);
end
$$;

-- A table and all that is part of it: partitions and inheritance children, of any depth.
create or replace function freshet.family(target regclass) returns table (member oid)
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with recursive family as (
    select target::oid as id
    union
    select i.inhrelid from family join pg_inherits as i on i.inhparent = family.id
    join pg_class as c on c.oid = i.inhrelid and c.relkind in ('r', 'p'))
  select id from family
$$;

-- What the triggers have as their argument: how a table is tracked, for whoever looks.
create or replace function freshet.tracking_spec(key text[], watched text[], max_keys int)
returns text language sql stable set search_path = pg_catalog, pg_temp
as $$
  select '{"v":1,"key":' || to_json(key) || ',"watched":' || to_json(watched)
    || ',"max_keys":' || max_keys || '}'
$$;

-- Whether a relation has the four triggers, as track makes them. Bits of tgtype: 4 INSERT,
-- 8 DELETE, 16 UPDATE, 32 TRUNCATE; 1 would be row level, 2 BEFORE.
create or replace function freshet.has_triggers(relation oid, function oid, spec text)
returns boolean language sql stable set search_path = pg_catalog, pg_temp
as $$
  select count(*) = 4 from pg_trigger as t
  join (values ('freshet_insert', 4, null, 'new_rows'), ('freshet_delete', 8, 'old_rows', null),
      ('freshet_update', 16, 'old_rows', 'new_rows'), ('freshet_truncate', 32, null, null))
    as wanted (name, type, old_table, new_table) on t.tgname = wanted.name::name
  where t.tgrelid = relation and t.tgfoid = function and t.tgenabled = 'A' and t.tgtype = type
    and t.tgqual is null and t.tgattr::text = '' and t.tgnargs = 1
    and t.tgargs = convert_to(spec, getdatabaseencoding()) || '\x00'::bytea
    and t.tgoldtable is not distinct from old_table::name
    and t.tgnewtable is not distinct from new_table::name
$$;

-- The settings of every tracking function: text of a value must not depend on the session's, nor
-- the meaning of an operator on its search path. They cost 2.4 us per statement.
create or replace function freshet.tracking_settings() returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, MDY'
set timezone = 'UTC'
set intervalstyle = postgres
set extra_float_digits = 1
set bytea_output = hex
set lc_monetary = 'C'
as $$
  select proconfig from pg_proc
  where pronamespace = 'freshet'::regnamespace and proname = 'tracking_settings'
$$;

-- Whether a function is what track makes for these columns.
create or replace function freshet.is_tracking_function(
  function oid, key text[], watched text[], max_keys int, inherits boolean)
returns boolean language sql stable set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_proc as p join pg_language as l on l.oid = p.prolang
    where p.oid = function and l.lanname = 'plpgsql' and not p.prosecdef
      and p.prosrc = freshet.tracking_body(key, watched, max_keys, inherits)
      and p.proconfig = freshet.tracking_settings())
$$;

-- Whether a relation is a child in the old sense (INHERITS), whose ancestors must be looked up.
create or replace function freshet.is_inherited(relation oid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
    where i.inhrelid = relation and not c.relispartition)
$$;

-- The table whose name is told of a partition or child; null for any other table.
create or replace function freshet.top(relation oid) returns regclass
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with recursive ancestor as (
    select inhparent as id from pg_inherits where inhrelid = relation
    union
    select i.inhparent from ancestor join pg_inherits as i on i.inhrelid = ancestor.id)
  select id::regclass from ancestor
  where not exists (select from pg_inherits as i where i.inhrelid = id) order by id limit 1
$$;

-- Whether a relation has a column that triggers see: virtual generated columns are null for them.
create or replace function freshet.has_column(relation oid, name text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_attribute as a where a.attrelid = relation and a.attname::text = name
      and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v')
$$;

-- How a relation is tracked, by what its triggers have as their argument; no row where it is not.
create or replace function freshet.tracking_of(relation oid) returns table (
  function oid, spec text, key text[], watched text[], max_keys int)
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with seen as (
    select t.tgfoid,
      convert_from(substring(t.tgargs for length(t.tgargs) - 1), getdatabaseencoding()) as spec
    from pg_trigger as t join pg_proc as p on p.oid = t.tgfoid
    where t.tgrelid = relation and p.pronamespace = 'freshet'::regnamespace
      and t.tgname ~ '^freshet_' and t.tgnargs = 1
    order by t.tgfoid limit 1
  )
  select tgfoid, spec, array(select json_array_elements_text(spec::json -> 'key')),
    array(select json_array_elements_text(spec::json -> 'watched')),
    (spec::json ->> 'max_keys')::int
  from seen
$$;

-- How tables are tracked, all of them: to ask for one, use tracking_of. Not intact: a trigger is
-- missing, disabled or not of track's making, or the function is not, or it names a column that is
-- gone. partition_of: the table whose name is told, for partitions and inheritance children.
create or replace function freshet.tracked() returns table (
  relation regclass, key text[], watched text[], max_keys int, partition_of regclass,
  intact boolean)
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select r.tgrelid::regclass, s.key, s.watched, s.max_keys, freshet.top(r.tgrelid),
    freshet.has_triggers(r.tgrelid, s.function, s.spec)
    and freshet.is_tracking_function(
      s.function, s.key, s.watched, s.max_keys, freshet.is_inherited(r.tgrelid))
    and (select coalesce(bool_and(freshet.has_column(r.tgrelid, c)), true)
      from unnest(s.key || s.watched) as c)
  from (select distinct t.tgrelid from pg_trigger as t join pg_proc as p on p.oid = t.tgfoid
    where p.pronamespace = 'freshet'::regnamespace and t.tgname ~ '^freshet_'
      and t.tgnargs = 1) as r
  cross join freshet.tracking_of(r.tgrelid) as s
$$;

-- Makes the function and the triggers of one relation, unless they are there.
create or replace function freshet.track_one(
  relation regclass, key text[], watched text[], max_keys int) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  spec text := freshet.tracking_spec(key, watched, max_keys);
  inherits boolean := freshet.is_inherited(relation);
  name text;
  function_name text;
  old_functions oid[];
begin
  select coalesce(array_agg(distinct t.tgfoid), '{}') into old_functions
  from pg_trigger as t join pg_proc as p on p.oid = t.tgfoid
  where t.tgrelid = relation and t.tgname ~ '^freshet_'
    and p.pronamespace = 'freshet'::regnamespace;
  if cardinality(old_functions) = 1
      and freshet.has_triggers(relation, old_functions[1], spec)
      and freshet.is_tracking_function(old_functions[1], key, watched, max_keys, inherits) then
    return;
  end if;

  if not exists (
      select from pg_class as c where c.oid = relation and pg_has_role(c.relowner, 'usage')) then
    raise exception 'tracking % takes its owner''s rights, which % does not have',
      relation, current_user using errcode = 'insufficient_privilege',
      hint = format('Run it as %s.', (select relowner::regrole from pg_class where oid = relation));
  end if;
  if not has_schema_privilege('freshet', 'create') then
    raise exception 'tracking % makes a function in schema freshet, which % may not', relation,
      current_user using errcode = 'insufficient_privilege',
      hint = format('grant usage, create on schema freshet to %I', current_user);
  end if;

  -- readable, and of no two tables alike, whatever they will be renamed to
  select left('track_' || regexp_replace(c.relname, '[^a-zA-Z0-9_]', '', 'g'), 40) || '_'
    || left(md5(s.nspname || '.' || c.relname || '.' || c.oid), 16) into name
  from pg_class as c join pg_namespace as s on s.oid = c.relnamespace where c.oid = relation;
  -- after a restore, a function of that name may belong to another table
  while exists (
      select from pg_proc as p
      where p.pronamespace = 'freshet'::regnamespace and p.proname = name::name
        and (not pg_has_role(p.proowner, 'usage') or exists (
          select from pg_trigger as t where t.tgfoid = p.oid and t.tgrelid <> relation))) loop
    name := left(name, 57) || '_' || left(md5(name), 5);
  end loop;
  function_name := format('freshet.%I', name);

  execute format('create or replace function %s() returns trigger language plpgsql %s as %L',
    function_name,
    (select string_agg(format('set %s to %s', split_part(setting, '=', 1),
        case when setting like 'search_path=%' then 'pg_catalog, pg_temp'
          else quote_literal(substr(setting, strpos(setting, '=') + 1)) end), ' ')
      from unnest(freshet.tracking_settings()) as setting),
    freshet.tracking_body(key, watched, max_keys, inherits));
  execute format('create or replace trigger freshet_insert after insert on %s
    referencing new table as new_rows for each statement execute function %s(%L)',
    relation, function_name, spec);
  execute format('create or replace trigger freshet_update after update on %s
    referencing old table as old_rows new table as new_rows
    for each statement execute function %s(%L)', relation, function_name, spec);
  execute format('create or replace trigger freshet_delete after delete on %s
    referencing old table as old_rows for each statement execute function %s(%L)',
    relation, function_name, spec);
  execute format('create or replace trigger freshet_truncate after truncate on %s
    for each statement execute function %s(%L)', relation, function_name, spec);
  -- always: changes that replication tools apply (session_replication_role) are changes
  execute format('alter table only %s enable always trigger freshet_insert,
    enable always trigger freshet_update, enable always trigger freshet_delete,
    enable always trigger freshet_truncate', relation);
  perform freshet.drop_unused(old_functions);
end
$$;

-- Drops tracking functions that no trigger calls any more.
create or replace function freshet.drop_unused(functions oid[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  unused oid;
begin
  for unused in
      select p.oid from pg_proc as p where p.oid = any (functions)
        and pg_has_role(p.proowner, 'usage')
        and not exists (select from pg_trigger as t where t.tgfoid = p.oid) loop
    execute 'drop function ' || unused::regprocedure;
  end loop;
end
$$;

-- Has a table tell of its changes, and every partition and inheritance child it has now. key: the
-- columns told of each changed row, by default the primary key. watched: columns told where they
-- change. A statement that changes more than max_keys rows is told as a change of the table.
-- Replaces what an earlier call asked for; touches nothing where everything is as asked for.
create or replace function freshet.track(
  target regclass, key text[] default null, watched text[] default '{}', max_keys int default 1000)
returns void language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  missing text;
  member regclass;
begin
  if not exists (select from pg_class where oid = target and relkind in ('r', 'p')) then
    raise exception 'freshet.track: % is not a table', target using errcode = 'wrong_object_type';
  end if;
  if max_keys is null or max_keys < 1 or max_keys > 100000 then
    raise exception 'freshet.track: max_keys is %, but has to be between 1 and 100000', max_keys
      using errcode = 'invalid_parameter_value';
  end if;
  key := coalesce(key, freshet.primary_key(target));
  select coalesce(array_agg(w order by i), '{}') into watched
  from (select w, min(i) as i from unnest(watched) with ordinality as u (w, i)
    where w <> all (key) group by w) as u;
  select c into missing from unnest(key || watched) as c
  where c is null or not freshet.has_column(target, c) limit 1;
  if found then
    raise exception 'freshet.track: % has no stored column %', target, coalesce(missing, 'null')
      using errcode = 'undefined_column', hint = 'Its columns: ' || (
        select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute as a
        where a.attrelid = target and a.attnum > 0 and not a.attisdropped
          and a.attgenerated <> 'v');
  end if;
  for member in select f.member from freshet.family(target) as f loop
    perform freshet.track_one(member, key, watched, max_keys);
  end loop;
end
$$;

-- Like track, but keeps what an earlier call asked for as well: another application may rely on it.
create or replace function freshet.widen(
  target regclass, key text[], watched text[], max_keys int default 1000)
returns void language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  earlier record;
begin
  select t.key, t.watched, t.max_keys into earlier from freshet.tracking_of(target) as t;
  if found then
    key := key || array(
      select c from unnest(earlier.key) as c
      where c <> all (key) and freshet.has_column(target, c));
    watched := watched || array(
      select c from unnest(earlier.watched) as c
      where c <> all (watched) and freshet.has_column(target, c));
    max_keys := greatest(max_keys, earlier.max_keys);
    -- the same columns in another order are the same
    if key @> earlier.key and key <@ earlier.key then
      key := earlier.key;
    end if;
    watched := array(select c from unnest(watched) as c where c <> all (key));
    if watched @> earlier.watched and watched <@ earlier.watched then
      watched := earlier.watched;
    end if;
  end if;
  perform freshet.track(target, key, watched, max_keys);
end
$$;

-- Undoes track, for partitions and children as well.
create or replace function freshet.untrack(target regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  found_trigger record;
  functions oid[] := '{}';
begin
  for found_trigger in
      select t.tgname, t.tgrelid::regclass as relation, t.tgfoid
      from freshet.family(target) as f join pg_trigger as t on t.tgrelid = f.member
      join pg_proc as p on p.oid = t.tgfoid
      where t.tgname ~ '^freshet_' and p.pronamespace = 'freshet'::regnamespace loop
    execute format('drop trigger %I on %s', found_trigger.tgname, found_trigger.relation);
    functions := functions || found_trigger.tgfoid;
  end loop;
  perform freshet.drop_unused(functions);
end
$$;

-- The columns of a table's primary key, in the key's order; empty without one.
create or replace function freshet.primary_key(target regclass) returns text[]
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select array(
    select a.attname::text from pg_index as x
    cross join unnest(x.indkey::int2[]) with ordinality as k (attnum, i)
    join pg_attribute as a on a.attrelid = x.indrelid and a.attnum = k.attnum
    where x.indrelid = target and x.indisprimary order by k.i)
$$;

-- Tells every cache to forget what depends on a table or view, or on one row of a table.
create or replace function freshet.evict_relation(target regclass, key_values text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  named regclass := coalesce(freshet.top(target), target);
  columns text[];
  row_values text;
  message text;
begin
  if key_values is not null then
    columns := coalesce(
      (select t.key from freshet.tracking_of(target) as t where t.key <> '{}'),
      freshet.primary_key(target));
    if cardinality(columns) <> cardinality(key_values) then
      raise exception 'freshet.evict: the key of % is (%), which takes % value(s), not %', target,
        array_to_string(columns, ', '), cardinality(columns), cardinality(key_values)
        using errcode = 'invalid_parameter_value';
    end if;
    select '{' || string_agg(to_json(c) || ':' || coalesce(to_json(v)::text, 'null'), ',') || '}'
    into row_values from unnest(columns, key_values) as u (c, v);
  end if;
  select '{"v":1,"n":"' || gen_random_uuid() || '","c":[{"t":' || to_json(c.relname::text)
    || ',"s":' || to_json(s.nspname::text) || ',"o":"*"'
    || coalesce(',"b":' || row_values || ',"a":' || row_values, '') || '}]}' into message
  from pg_class as c join pg_namespace as s on s.oid = c.relnamespace where c.oid = named;
  perform pg_notify('freshet', message);
  if current_setting('wal_level') = 'logical' then
    perform pg_logical_emit_message(true, 'freshet', message);
  end if;
end
$$;

-- By the caller's search path, hence without a setting of its own.
create or replace function freshet.find_relation(target text) returns regclass
language plpgsql stable
as $$
declare
  relation pg_catalog.regclass := pg_catalog.to_regclass(target);
  others text;
begin
  if relation is null then
    select pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ')
    into others
    from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_catalog.lower(c.relname::text) =
      pg_catalog.lower(pg_catalog.replace(pg_catalog.regexp_replace(target, '^.*\.', ''), '"', ''));
    raise exception 'freshet.evict: there is no table %', target using errcode = 'undefined_table',
      hint = coalesce('There is ' || others, 'Name it as in a statement: product, shop.product.');
  end if;
  return relation;
end
$$;

-- select freshet.evict('product'), select freshet.evict('shop.product')
create or replace function freshet.evict(target text) returns void
language sql
as $$
  select freshet.evict_relation(freshet.find_relation(target), null)
$$;

-- select freshet.evict('product', '42'): one row, by the values of its key
create or replace function freshet.evict(target text, variadic key text[]) returns void
language sql
as $$
  select freshet.evict_relation(freshet.find_relation(target), key)
$$;
