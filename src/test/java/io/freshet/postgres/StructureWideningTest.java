package io.freshet.postgres;

import static io.freshet.postgres.CatalogFixture.delete;
import static io.freshet.postgres.CatalogFixture.insert;
import static io.freshet.postgres.CatalogFixture.row;
import static io.freshet.postgres.CatalogFixture.tables;
import static io.freshet.postgres.CatalogFixture.truncate;
import static io.freshet.postgres.CatalogFixture.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Operation;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StructureWideningTest {

  private final CatalogFixture fixture = new CatalogFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void change_ofPartition_isSeenAboveButNotBeside() throws Exception {
    fixture.schema(
        "create table m (id int) partition by range (id)",
        "create table m_1 partition of m for values from (0) to (10) partition by range (id)",
        "create table m_11 partition of m_1 for values from (0) to (5)",
        "create table m_2 partition of m for values from (10) to (20)");
    assertThat(fixture.widen(row(Operation.INSERT, "m_11", 1)))
        .containsExactly(
            row(Operation.INSERT, "m_11", 1),
            row(Operation.INSERT, "public.m_1", 1),
            row(Operation.INSERT, "public.m", 1));
    fixture.runAndCompare("insert into m_11 values (1)", row(Operation.INSERT, "m_11", 1));
    assertThat(tables(fixture.widen(delete("m"))))
        .containsExactly("m", "public.m_1", "public.m_11", "public.m_2");
    fixture.runAndCompare("delete from m", delete("m"));
  }

  @Test
  void change_ofInheritingTable_isSeenInEveryParent() throws Exception {
    fixture.schema(
        "create table a (id int)",
        "create table b (id int)",
        "create table c () inherits (a, b)",
        "insert into c values (1)");
    assertThat(tables(fixture.widen(update("c", "id"))))
        .containsExactly("c", "public.a", "public.b");
    fixture.runAndCompare("update a set id = 2", update("a", "id"));
    fixture.runAndCompare("truncate a", truncate("a"));
  }

  @Test
  void change_throughViewOnView_reachesTheTable() throws Exception {
    fixture.schema(
        "create table t (id int, secret text)",
        "create table elsewhere (id int primary key)",
        "create view v as select id as key from t where id not in (select id from elsewhere)",
        "create view \"V 2\" as select key as k from v");
    assertThat(fixture.widen(row(Operation.INSERT, "v 2", 1)))
        .contains(row(Operation.INSERT, "v 2", 1), insert("public.v"), insert("public.t"));
    fixture.runAndCompare("insert into \"V 2\" values (1)", insert("V 2"));
    fixture.runAndCompare("update v set key = 2", update("v", "key"));
    fixture.runAndCompare("delete from t", delete("t"));
  }

  @Test
  void change_ofViewWithInsteadOfTrigger_doesWhatTheTriggerDoes() throws Exception {
    fixture.schema(
        "create table t (id int)",
        "create table log (id int)",
        "create view v as select id from t",
        "create function f() returns trigger language plpgsql as"
            + " 'begin insert into log values (new.id); return new; end'",
        "create trigger i instead of insert on v for each row execute function f()");
    assertThat(tables(fixture.widen(insert("v")))).containsExactly("public.log", "v");
    assertThat(tables(fixture.widen(delete("v")))).contains("public.t");
    fixture.runAndCompare("insert into v values (1)", insert("v"));
  }

  @Test
  void refresh_ofMaterializedView_isThatViewAlone() {
    fixture.schema(
        "create table t (id int)",
        "create materialized view mv as select id from t",
        "create view v as select id from mv");
    assertThat(tables(fixture.widen(update("mv")))).containsExactly("mv", "public.v");
    assertThat(tables(fixture.widen(update("t")))).containsExactly("t");
  }

  @Test
  void rule_onInsert_reachesWhatItNames() throws Exception {
    fixture.schema(
        "create table t (id int)",
        "create table log (id int)",
        "create table \"Other\" (id int)",
        "create function noted(i int) returns int language sql as"
            + " 'insert into \"Other\" values (i) returning id'",
        "create rule r as on insert to t do also insert into log values (noted(new.id))");
    assertThat(tables(fixture.widen(insert("t")))).contains("t", "public.log", "public.Other");
    assertThat(tables(fixture.widen(delete("t")))).containsExactly("t");
    fixture.runAndCompare("insert into t values (1)", insert("t"));
    fixture.schema("alter table t disable rule r");
    assertThat(tables(fixture.widen(insert("t")))).containsExactly("t");
  }

  @Test
  void update_ofGeneratedColumnsTable_changesThemToo() {
    fixture.schema(
        "create table t (id int, a int, twice int generated always as (a * 2) stored, b int)");
    assertThat(fixture.widen(update("t", "a"))).containsExactly(update("t", "a", "twice"));
    assertThat(fixture.catalog.storesAsWritten(TableName.of("t"))).isFalse();
  }

  @Test
  void update_ofVirtualColumnsWhereTheServerHasThem_changesThemToo() {
    String kind = fixture.majorVersion() >= 18 ? "virtual" : "stored";
    fixture.schema("create table t (a int, twice int generated always as (a * 2) " + kind + ")");
    assertThat(fixture.widen(update("t", "a"))).containsExactly(update("t", "a", "twice"));
  }

  @Test
  void change_ofUnknownTable_staysAsItIs() {
    assertThat(fixture.widen(insert("nowhere"), new UnknownChange("given")))
        .containsExactly(insert("nowhere"), new UnknownChange("given"));
    assertThat(fixture.catalog.storesAsWritten(TableName.of("nowhere"))).isFalse();
  }

  @Test
  void storesAsWritten_plainTable_isTrue() {
    fixture.schema(
        "create table plain (id int primary key)",
        "create table ref (id int references plain on delete cascade)");
    assertThat(fixture.catalog.storesAsWritten(TableName.of("PLAIN"))).isTrue();
    assertThat(fixture.catalog.storesAsWritten(TableName.parse("public.ref"))).isTrue();
    assertThat(fixture.catalog.storesAsWritten(TableName.parse("other.ref"))).isFalse();
  }

  @Test
  void storesAsWritten_mechanismInTheWay_isFalse() {
    fixture.schema(
        "create table log (id int)",
        "create function quiet() returns trigger language plpgsql as 'begin return new; end'",
        "create function back() returns trigger language plpgsql as"
            + " 'begin update again set id = 1; return new; end'",
        "create function away() returns trigger language plpgsql as"
            + " 'begin insert into log values (1); return new; end'",
        "create table before (id int)",
        "create trigger t before insert on before for each row execute function quiet()",
        "create table ruled (id int)",
        "create rule r as on delete to ruled do instead nothing",
        "create table parted (id int) partition by range (id)",
        "create table part partition of parted for values from (0) to (9)",
        "create trigger t before insert on part for each row execute function quiet()",
        "create table again (id int)",
        "create trigger t after insert on again for each row execute function back()",
        "create table noted (id int)",
        "create trigger t after insert on noted for each row execute function away()",
        "create view v as select id from noted");
    for (String table : new String[] {"before", "ruled", "parted", "part", "again", "v"}) {
      assertThat(fixture.catalog.storesAsWritten(TableName.of(table))).as(table).isFalse();
    }
    assertThat(fixture.catalog.storesAsWritten(TableName.of("noted"))).isTrue();
  }
}
