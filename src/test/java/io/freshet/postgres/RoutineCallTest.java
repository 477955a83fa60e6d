package io.freshet.postgres;

import static io.freshet.postgres.CatalogFixture.insert;
import static io.freshet.postgres.CatalogFixture.tables;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.Change;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutineCallTest {

  private final CatalogFixture fixture = new CatalogFixture();

  @BeforeEach
  void createTables() {
    fixture.schema("create table t (id int)", "create table log (id int)");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void call_ofSystemFunctionsAndKeywords_writesNothing() {
    assertThat(calls("COUNT", "now", "pg_catalog.nextval", "values", "in", "lo_create")).isEmpty();
  }

  @Test
  void call_ofWriter_reachesItsTables() throws Exception {
    fixture.schema(
        "create function w(i int) returns int language sql as 'insert into t values (i) returning 1'",
        "create function w(i text) returns int language plpgsql as"
            + " 'begin insert into log values (1); return 1; end'");
    assertThat(tables(calls("PUBLIC.W"))).containsExactly("public.log", "public.t");
    fixture.runAndCompare("select w(1)", calls("w").toArray(new Change[0]));
  }

  @Test
  void call_ofProcedureWithStandardBody_reachesItsTables() throws Exception {
    fixture.schema(
        "create procedure p(i int) language sql begin atomic insert into t values (i); end");
    assertThat(calls("p")).containsExactly(insert("public.t"));
    fixture.runAndCompare("call p(1)", calls("p").toArray(new Change[0]));
  }

  @Test
  void call_ofQuotedNames_isFound() throws Exception {
    fixture.schema(
        "create schema \"Ünder\"",
        "create table \"Ünder\".\"a.B\" (id int)",
        "create function \"Ünder\".\"Do.It\"() returns void language sql as"
            + " 'insert into \"Ünder\".\"a.B\" values (1)'");
    List<Change> effects = calls("Do.It");
    assertThat(effects).hasSize(1);
    assertThat(Changes.table(effects.get(0)).name()).isEqualTo("a.B");
    fixture.runAndCompare("select \"Ünder\".\"Do.It\"()", effects.toArray(new Change[0]));
  }

  @Test
  void call_ofStableFunction_writesOnlyThroughWhatItCalls() {
    fixture.schema(
        "create function w() returns int language sql as 'insert into t values (1) returning 1'",
        "create function refused() returns int stable language sql as"
            + " 'insert into log values (1) returning 1'",
        "create function through() returns int stable language sql as 'select w()'");
    assertThat(calls("refused")).isEmpty();
    assertThatThrownBy(() -> fixture.database.execute("select refused()")).isNotNull();
    assertThat(calls("through")).containsExactly(insert("public.t"));
    fixture.database.execute("select through()");
    assertThat(fixture.database.queryText("select count(*) from t")).isEqualTo("1");
  }

  @Test
  void call_ofStableDynamicFunction_reachesEveryWriter() {
    fixture.schema(
        "create function dynamic(q text) returns void stable language plpgsql as"
            + " 'begin execute q; end'");
    assertThat(calls("dynamic", "query_to_xml")).isEmpty();
    assertThatThrownBy(() -> fixture.database.execute("select dynamic('delete from t')"))
        .isNotNull();
    fixture.schema(
        "create function w() returns int language sql as 'insert into t values (1) returning 1'");
    assertThat(calls("dynamic")).containsExactly(insert("public.t"));
    assertThat(calls("pg_catalog.query_to_xml")).containsExactly(insert("public.t"));
    fixture.database.execute("select dynamic('select w()')");
    assertThat(fixture.database.queryText("select count(*) from t")).isEqualTo("1");
  }

  @Test
  void call_ofVolatileDynamicFunction_isUnknown() {
    fixture.schema(
        "create function dynamic(q text) returns void language plpgsql as 'begin execute q; end'");
    assertThat(tables(calls("dynamic"))).containsExactly("?");
  }

  @Test
  void call_ofAggregate_followsItsTransitionFunction() throws Exception {
    fixture.schema(
        "create function step(s int, v int) returns int language sql as"
            + " 'insert into log values (v) returning 1'",
        "create aggregate noted(int) (sfunc = step, stype = int)",
        "insert into t values (1)");
    assertThat(calls("noted")).containsExactly(insert("public.log"));
    fixture.runAndCompare("select noted(id) from t", calls("noted").toArray(new Change[0]));
  }

  @Test
  void call_ofInternalFunction_isTrustedOnlyIfItCannotWrite() {
    fixture.schema(
        "create function one(text) returns int immutable language internal as 'textlen'",
        "create function two(text) returns int language internal as 'textlen'");
    assertThat(calls("one")).isEmpty();
    assertThat(tables(calls("two"))).containsExactly("?");
  }

  private List<Change> calls(String... functions) {
    return fixture.catalog.ofCalls(List.of(functions));
  }
}
