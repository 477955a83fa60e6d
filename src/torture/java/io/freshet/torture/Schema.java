package io.freshet.torture;

import java.util.ArrayList;
import java.util.List;

/**
 * The tables' DDL, their first rows, and the journal: row triggers that note each version, which
 * the judge takes for the truth.
 */
final class Schema {

  /** What a transaction is called in the journal: a setting of its connection. */
  static final String LABEL = "torture.tx";

  private static final String TABLES =
      """
      create sequence stamps start 1000000;
      create table journal (
        seq bigserial primary key, xid bigint not null, tx text, tbl text not null,
        key text not null, state text);
      create index on journal (xid);
      create table category (id int primary key, name text, stamp bigint);
      create table label (
        category_id int not null references category on delete cascade,
        label text not null, primary key (category_id, label));
      create table product (
        id int primary key, sku text not null unique,
        category_id int references category on delete set null, qty int not null,
        stamp bigint not null, version int not null default 0);
      create index on product (category_id);
      create table party (id int primary key, name text, stamp bigint not null);
      create table person (
        id int primary key references party on delete cascade, age int not null);
      create table firm (
        id int primary key references party on delete cascade, tax int not null);
      create table reading (
        id int primary key, sensor int not null, amount int not null, stamp bigint not null)
        partition by hash (id);
      create table reading_0 partition of reading for values with (modulus 2, remainder 0);
      create table reading_1 partition of reading for values with (modulus 2, remainder 1);
      create table basket (
        id int primary key, name text, stamp bigint not null, version int not null default 0);
      create table line (
        id int primary key, basket_id int not null references basket on delete cascade,
        qty int not null, stamp bigint);
      create index on line (basket_id);
      create table rate (id int primary key, amount int not null, stamp bigint not null);
      create function stamp() returns trigger language plpgsql as $$
        begin new.stamp := nextval('stamps'); return new; end $$;
      create trigger stamp before insert or update on category
        for each row execute function stamp();
      create trigger stamp before insert or update on line
        for each row execute function stamp();
      create procedure restock(product_id int, amount int, mark bigint) language plpgsql as $$
        begin
          update product set qty = amount, stamp = mark, version = version + 1
            where id = product_id;
        end $$;
      """;

  private static final String ROWS =
      """
      insert into category select i, 'c' || i from generate_series(1, 12) i;
      insert into label select i, 'l' || j from generate_series(1, 12) i, generate_series(1, 3) j;
      insert into product
        select i, 's' || i, 1 + i % 12, i, nextval('stamps') from generate_series(1, 60) i;
      insert into party select i, 'p' || i, nextval('stamps') from generate_series(1, 24) i;
      insert into person select i, i from generate_series(1, 24, 2) i;
      insert into firm select i, i from generate_series(2, 24, 2) i;
      insert into reading
        select i, i % 5, i, nextval('stamps') from generate_series(1, 40) i;
      insert into basket select i, 'b' || i, nextval('stamps') from generate_series(1, 15) i;
      insert into line select i, 1 + i % 15, i % 4 from generate_series(1, 60) i;
      insert into rate select i, i % 4, nextval('stamps') from generate_series(1, 20) i;
      """;

  private Schema() {}

  /** All statements, in order. */
  static List<String> statements() {
    List<String> all = new ArrayList<>();
    all.add(TABLES);
    for (Table table : Table.values()) {
      all.add(journal(table));
    }
    all.add("set " + LABEL + " = 'start';" + ROWS);
    return all;
  }

  private static String journal(Table table) {
    String note =
        "insert into journal (xid, tx, tbl, key, state) %s"
            + " pg_current_xact_id()::text::bigint, nullif(current_setting('%s', true), ''), '%s',";
    String row = note.formatted("values (", LABEL, table.sql());
    String rows = note.formatted("select", LABEL, table.sql());
    return """
        create function journal_%1$s() returns trigger language plpgsql as $$
        begin
          if tg_op = 'TRUNCATE' then
            %5$s %7$s, null from %1$s as gone;
            return null;
          end if;
          if tg_op = 'DELETE' then
            %4$s %2$s, null);
            return null;
          end if;
          if tg_op = 'UPDATE' then
            if %2$s <> %3$s then
              %4$s %2$s, null);
            end if;
          end if;
          %4$s %3$s, %6$s);
          return null;
        end $$;
        create trigger journal after insert or update or delete on %1$s
          for each row execute function journal_%1$s();
        alter table %1$s enable always trigger journal;
        create trigger journal_truncate before truncate on %1$s
          for each statement execute function journal_%1$s();
        alter table %1$s enable always trigger journal_truncate;
        """
        .formatted(
            table.sql(),
            "(" + table.key("old") + ")::text",
            "(" + table.key("new") + ")::text",
            row,
            rows,
            table.state("new"),
            "(" + table.key("gone") + ")::text");
  }
}
