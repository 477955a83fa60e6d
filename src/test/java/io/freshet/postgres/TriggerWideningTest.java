package io.freshet.postgres;

import static io.freshet.postgres.CatalogFixture.delete;
import static io.freshet.postgres.CatalogFixture.insert;
import static io.freshet.postgres.CatalogFixture.row;
import static io.freshet.postgres.CatalogFixture.tables;
import static io.freshet.postgres.CatalogFixture.truncate;
import static io.freshet.postgres.CatalogFixture.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TriggerWideningTest {

  private final CatalogFixture fixture = new CatalogFixture();

  @BeforeEach
  void createTables() {
    fixture.schema(
        "create table product (id int primary key, name text, price int)",
        "create table log (id int, note text)",
        "create table stats (n bigint)",
        "create table status (id int)",
        "insert into product values (1, 'one', 10)",
        "insert into stats values (0)");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void insert_withTriggerThatCounts_reachesTheWrittenTableOnly() throws Exception {
    trigger(
        "after insert",
        """
        -- delete from log
        /* truncate /* log */ status */ raise notice 'update log';
        UPDATE stats s SET n = (select count(*) from (select from product for update) p);
        return new;""");
    assertThat(fixture.widen(insert("product")))
        .containsExactly(insert("product"), update("public.stats"));
    assertThat(fixture.runAndCompare("insert into product values (2, 'two', 2)", insert("product")))
        .containsExactly("public.product", "public.stats");
    assertThat(fixture.widen(delete("product"))).containsExactly(delete("product"));
  }

  @Test
  void trigger_thatDeletes_cascadesOn() throws Exception {
    fixture.schema(
        "create table a (id int primary key)",
        "create table b (a_id int references a on delete cascade)",
        "insert into a values (1)",
        "insert into b values (1)");
    trigger("after update", "delete from only public.a where true; return null;");
    assertThat(tables(fixture.widen(update("product", "name"))))
        .containsExactly("product", "public.a", "public.b");
    fixture.runAndCompare("update product set name = 'x'", update("product", "name"));
  }

  @Test
  void trigger_callingFunctionsInACycle_isFollowed() throws Exception {
    fixture.schema(
        "create function shallow(i int) returns int language plpgsql as"
            + " 'begin if i > 0 then return deep(i); end if; return 0; end'",
        "create function deep(i int) returns int language sql as"
            + " 'insert into log values (i, ''deep''); select shallow(i - 1)'");
    trigger("after delete", "perform shallow(2); return old;");
    assertThat(tables(fixture.widen(delete("product")))).containsExactly("product", "public.log");
    fixture.runAndCompare("delete from product", delete("product"));
  }

  @Test
  void trigger_withDynamicSql_isUnknownAndNamesTheTrigger() {
    trigger("after insert", "execute 'delete from log'; return new;");
    assertThat(fixture.widen(insert("product")))
        .contains(
            new UnknownChange(
                "trigger t on public.product: function public.f runs SQL text that it builds itself"));
    assertThat(fixture.widen(delete("product"))).containsExactly(delete("product"));
  }

  @Test
  void trigger_disabled_isIgnored() {
    trigger("after insert", "execute 'delete from log'; return new;");
    fixture.schema("alter table product disable trigger t");
    assertThat(fixture.widen(insert("product"))).containsExactly(insert("product"));
    fixture.schema("alter table product enable always trigger t");
    assertThat(tables(fixture.widen(insert("product")))).contains("?");
  }

  @Test
  void trigger_onUpdateOfColumn_firesForThatColumn() {
    trigger("after update of price", "insert into log values (new.id, 'p'); return new;");
    assertThat(tables(fixture.widen(update("product", "name")))).containsExactly("product");
    assertThat(tables(fixture.widen(update("product", "PRICE"))))
        .containsExactly("product", "public.log");
  }

  @Test
  void trigger_onTruncate_firesForTruncate() throws Exception {
    fixture.schema(
        "create function f() returns trigger language plpgsql as"
            + " 'begin truncate table log, status; return null; end'",
        "create trigger t after truncate on product for each statement execute function f()",
        "insert into log values (1)");
    assertThat(fixture.widen(truncate("product")))
        .containsExactlyInAnyOrder(
            truncate("product"), truncate("public.log"), truncate("public.status"));
    fixture.runAndCompare("truncate product", truncate("product"));
  }

  @Test
  void constraintTrigger_counts() throws Exception {
    fixture.schema(
        "create function f() returns trigger language plpgsql as"
            + " 'begin insert into log values (1); return null; end'",
        "create constraint trigger t after insert on product deferrable initially deferred"
            + " for each row execute function f()");
    fixture.runAndCompare("insert into product values (3)", insert("product"));
  }

  @Test
  void beforeTrigger_assigningAColumn_addsItToTheUpdate() {
    trigger("before insert or update", "new.name := upper(new.name); return new;");
    assertThat(fixture.widen(row(Operation.UPDATE, "product", 1, "price")))
        .containsExactly(row(Operation.UPDATE, "product", 1, "price", "name"));
    assertThat(fixture.widen(row(Operation.INSERT, "product", 1)))
        .as("the key is as it was given")
        .containsExactly(row(Operation.INSERT, "product", 1));
  }

  @Test
  void beforeTrigger_assigningTheKey_leavesTheInsertedRowUnknown() {
    trigger("before insert", "if true then new.id = 7; end if; return new;");
    assertThat(fixture.widen(row(Operation.INSERT, "product", 1)))
        .containsExactly(insert("product"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return new; | name",
        "return old; | name",
        "return null; | name",
        "return coalesce(new, old); | name",
        "if new.price = 3 then raise exception 'x'; end if; return new; | name",
        "select 1 into new.price; return new; | name,price",
        "select 1, 2 into strict x, new.price from log; return new; | name,price",
        "select 1 into x; return new; | name",
        "new.price = 3; return new; | name,price",
        "begin new . price := 3; end; return new; | name,price",
        "if true then NEW.\"price\" = 3; end if; return new; | name,price",
        "\"new\".price := 3; return new; | name,price",
        "f.new.price := 3; return new; | name,price",
        "select 3, 4 into f.new.price, x; return new; | name,price",
        "new := old; return new; | *",
        "select p.* into new from product p limit 1; return new; | *",
        "r := new; return r; | *",
        "get diagnostics x = row_count; return new; | *",
        "return (select p from product p); | *",
      })
  void beforeTrigger_body_changesTheseColumns(String body, String columns) {
    fixture.schema(
        "create function f() returns trigger language plpgsql as"
            + " $f$ declare x int; r product; begin "
            + body
            + " end $f$",
        "create trigger t before update on product for each row execute function f()");
    String[] expected = columns.equals("*") ? new String[0] : columns.split(",");
    assertThat(fixture.widen(update("product", "name")))
        .containsExactly(update("product", expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "insert into log values (1) on conflict do nothing; | public.log",
        "merge into log l using status s on l.id = s.id when matched then delete;"
            + "| public.log,public.status",
        "for r in select p.id from product p for update of p loop null; end loop; |",
        "perform 1 from log for no key update; |",
        "open c for update log set id = 1 returning id; | public.log",
        "with gone as (delete from log returning id) select count(*) into x from gone; |public.log",
        "x := new.status; delete from log; | public.log",
        "create temp table if not exists tmp (a int); drop table if exists tmp; insert into tmp"
            + " values (1); |",
        "drop table if exists public.log; | public.log",
        "alter table log add column y int default 3; | public.log",
        "update \"log\" set note = E'\\'; delete from status; --'; | public.log",
        "perform $q$ delete from status $q$; insert into log values (1); | public.log",
        "perform query_to_xml('select 1', true, true, ''); |",
        "do $q$ begin null; end $q$; | ?",
        "update U&\"l\\006Fg\" set id = 1; | ?",
        "refresh materialized view concurrently mv; | public.mv",
        "copy log from '/dev/null'; | public.log",
        "grant update on log to public; | public.log",
      })
  void trigger_body_writesTheseTables(String body, String expected) {
    fixture.schema("create materialized view mv as select 1 as a");
    fixture.schema(
        "set check_function_bodies = off; create function f() returns trigger language plpgsql as"
            + " $f$ declare x int; r record; c refcursor; begin "
            + body
            + " return new; end $f$",
        "create trigger t after insert on product for each row execute function f()");
    List<Change> widened = fixture.widen(insert("product"));
    assertThat(widened).contains(insert("product"));
    assertThat(tables(widened.subList(1, widened.size())))
        .containsExactlyInAnyOrder(expected == null ? new String[0] : expected.split(","));
  }

  @Test
  void trigger_ofTheSystem_isHarmless() {
    fixture.schema(
        "create trigger t before update on product for each row"
            + " execute function suppress_redundant_updates_trigger()");
    assertThat(fixture.widen(delete("product"))).containsExactly(delete("product"));
    assertThat(tables(fixture.widen(update("product", "name")))).containsExactly("product");
  }

  @Test
  void trigger_ofFreshetItself_isHarmless() {
    fixture.schema(
        "create schema freshet",
        "create function freshet.announce() returns trigger language plpgsql as"
            + " 'begin execute ''notify x''; return null; end'",
        "create trigger t after update on product execute function freshet.announce()");
    assertThat(fixture.widen(update("product", "name"))).containsExactly(update("product", "name"));
    assertThat(fixture.catalog.storesAsWritten(TableName.of("product"))).isTrue();
  }

  @Test
  void trigger_onPartition_firesForTheRoot() throws Exception {
    fixture.schema(
        "create table m (id int, day int) partition by range (day)",
        "create table m_1 partition of m for values from (0) to (10) partition by range (day)",
        "create table \"M 1 ä\" partition of m_1 for values from (0) to (5)",
        "create table m_2 partition of m for values from (10) to (20)",
        "create function f() returns trigger language plpgsql as"
            + " 'begin insert into log values (1); return null; end'",
        "create trigger t after delete on \"M 1 ä\" for each row execute function f()",
        "insert into m values (1, 1)");
    assertThat(tables(fixture.widen(update("m", "id"))))
        .containsExactlyInAnyOrder("m", "public.m_1", "public.M 1 ä", "public.m_2");
    assertThat(tables(fixture.widen(update("m", "day")))).contains("public.log");
    fixture.runAndCompare("update m set day = 15", update("m", "day"));
  }

  @Test
  void columnDefault_callingAWriter_counts() throws Exception {
    fixture.schema(
        "create function next_n() returns bigint language sql as"
            + " 'update stats set n = n + 1 returning n'",
        "create table ticket (id bigint default next_n(), note text)");
    assertThat(tables(fixture.widen(insert("ticket")))).containsExactly("public.stats", "ticket");
    fixture.runAndCompare("insert into ticket (note) values ('x')", insert("ticket"));
  }

  @Test
  void childRow_withPins_keepsThemThroughTriggersOfTheParent() {
    trigger("before update", "new.name := 'x'; return new;");
    RowChange change =
        new RowChange(
            TableName.of("product"),
            Operation.UPDATE,
            RowValues.of("id", 1),
            RowValues.of("name", "y"),
            CatalogFixture.columns("name"));
    assertThat(fixture.widen(change)).containsExactly(row(Operation.UPDATE, "product", 1, "name"));
  }

  private void trigger(String events, String body) {
    fixture.schema(
        "create function f() returns trigger language plpgsql as $f$ begin " + body + " end $f$",
        "create trigger t " + events + " on product for each row execute function f()");
  }
}
