package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.MAX_KEYS;
import static io.freshet.postgres.tracking.TrackingLab.decoded;
import static io.freshet.postgres.tracking.TrackingLab.deleted;
import static io.freshet.postgres.tracking.TrackingLab.inserted;
import static io.freshet.postgres.tracking.TrackingLab.table;
import static io.freshet.postgres.tracking.TrackingLab.touched;
import static io.freshet.postgres.tracking.TrackingLab.updated;
import static io.freshet.postgres.tracking.TrackingLab.values;
import static io.freshet.postgres.tracking.TrackingLab.whole;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import java.io.StringReader;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;

/** What one statement has told. */
class ToldChangesTest {

  private TrackingLab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new TrackingLab();
    lab.database.execute(
        "create table product (id bigint primary key, category_id int, name text, doc json)",
        "insert into product select i, i % 2, 'n' || i, '{}' from generate_series(1, 3) i");
    lab.track("product", "{id}", "{category_id}");
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  @Test
  void insert_rows_tellsKeyAndWatchedOfEach() throws Exception {
    assertThat(lab.told("insert into product (id, category_id) values (10, 7), (11, null)"))
        .containsExactly(
            inserted("product", "id", "10", "category_id", "7"),
            inserted("product", "id", "11", "category_id", null));
  }

  @Test
  void delete_row_tellsTheOldRow() throws Exception {
    assertThat(lab.told("delete from product where id = 2"))
        .containsExactly(deleted("product", "id", "2", "category_id", "0"));
  }

  @Test
  void update_ofOtherColumn_tellsThatToldColumnsStayed() throws Exception {
    assertThat(lab.told("update product set name = 'x', doc = '[]' where id = 2"))
        .containsExactly(
            updated("product", values("id", "2"), RowValues.UNKNOWN, "id", "category_id"));
  }

  @Test
  void update_ofWatchedColumn_tellsOldAndNew() throws Exception {
    assertThat(lab.told("update product set category_id = null where id = 2"))
        .containsExactly(
            updated(
                "product",
                values("id", "2", "category_id", "0"),
                values("id", "2", "category_id", null),
                "id"));
  }

  @Test
  void update_ofKey_tellsOfARowThatWentAndOneThatCame() throws Exception {
    assertThat(lab.told("update product set id = 12 where id = 2"))
        .containsExactlyInAnyOrder(
            deleted("product", "id", "2", "category_id", "0"),
            inserted("product", "id", "12", "category_id", "0"));
  }

  @Test
  void update_toTheSameRow_isToldAsNoChange() throws Exception {
    assertThat(lab.told("update product set doc = doc, name = name where id = 2"))
        .containsExactly(touched("product", "id", "2"));
  }

  @Test
  void update_ofSeveralRows_tellsEachByItsOwn() throws Exception {
    assertThat(
            lab.told(
                "update product set category_id = case id when 1 then 9 else category_id end,"
                    + " name = case id when 2 then 'x' else name end"))
        .containsExactlyInAnyOrder(
            updated(
                "product",
                values("id", "1", "category_id", "1"),
                values("id", "1", "category_id", "9"),
                "id"),
            updated("product", values("id", "2"), RowValues.UNKNOWN, "id", "category_id"),
            touched("product", "id", "3"));
  }

  @Test
  void statements_withoutRows_tellNothing() throws Exception {
    assertThat(
            lab.told(
                "update product set name = '' where false",
                "delete from product where false",
                "insert into product select * from product where false"))
        .isEmpty();
  }

  @Test
  void truncate_isTold_alsoOfTablesItCascadesTo() throws Exception {
    lab.database.execute("create table part (id int primary key, p bigint references product)");
    lab.track("part", "{id}", "{}");
    assertThat(lab.told("truncate product cascade"))
        .containsExactlyInAnyOrder(
            whole("product", Operation.TRUNCATE), whole("part", Operation.TRUNCATE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT | insert into product select i from generate_series(100, 100 + %d) i",
        "UPDATE | update product set name = 'm'",
        "DELETE | delete from product"
      })
  void statement_ofMoreThanMaxKeys_isToldAsTable(Operation operation, String sql) throws Exception {
    lab.messages(
        "insert into product select i from generate_series(50, 49 + %d) i".formatted(MAX_KEYS));
    assertThat(lab.told(sql.formatted(MAX_KEYS))).containsExactly(whole("product", operation));
  }

  @Test
  void statement_ofExactlyMaxKeys_isToldByRow() throws Exception {
    assertThat(
            lab.told(
                "insert into product select i from generate_series(50, 49 + %d) i"
                    .formatted(MAX_KEYS)))
        .hasSize(MAX_KEYS)
        .allMatch(inserted -> inserted.toString().startsWith("RowChange"));
  }

  @Test
  void rollback_tellsNothing() throws Exception {
    assertThat(lab.told("begin", "delete from product", "rollback")).isEmpty();
  }

  @Test
  void sameChangeTwiceInOneTransaction_isToldTwice() throws Exception {
    String update = "update product set name = 'x' where id = 1";
    assertThat(lab.messages("begin", update, update, update, "commit")).hasSize(3);
  }

  @Test
  void savepointRolledBack_isNotTold() throws Exception {
    assertThat(
            lab.told(
                "begin",
                "savepoint s",
                "delete from product where id = 1",
                "rollback to s",
                "delete from product where id = 2",
                "commit"))
        .containsExactly(deleted("product", "id", "2", "category_id", "0"));
  }

  @Test
  void copy_merge_andOnConflict_areTold() throws Exception {
    lab.writer
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("copy product (id) from stdin", new StringReader("20\n21\n"));
    assertThat(lab.drain()).hasSize(1);
    assertThat(
            lab.told("insert into product values (1, 5) on conflict (id) do update set name = 'c'"))
        .containsExactly(
            updated("product", values("id", "1"), RowValues.UNKNOWN, "id", "category_id"));
    assertThat(
            lab.told(
                """
                merge into product p using (values (1), (2), (30)) v (id) on p.id = v.id
                when matched and v.id = 1 then delete
                when matched then update set category_id = 8
                when not matched then insert (id) values (v.id)"""))
        .containsExactlyInAnyOrder(
            deleted("product", "id", "1", "category_id", "1"),
            inserted("product", "id", "30", "category_id", null),
            updated(
                "product",
                values("id", "2", "category_id", "0"),
                values("id", "2", "category_id", "8"),
                "id"));
  }

  @Test
  void foreignKeyCascade_isToldOfTheReferencingTable() throws Exception {
    lab.database.execute(
        "create table part (id int primary key, p bigint references product on delete cascade)",
        "insert into part values (1, 1), (2, 1), (3, 2)");
    lab.track("part", "{id}", "{p}");
    assertThat(lab.told("delete from product where id = 1"))
        .containsExactlyInAnyOrder(
            deleted("product", "id", "1", "category_id", "1"),
            deleted("part", "id", "1", "p", "1"),
            deleted("part", "id", "2", "p", "1"));
  }

  @Test
  void replicaRole_isToldAsWell() throws Exception {
    assertThat(
            lab.told("set session_replication_role = replica", "delete from product where id = 2"))
        .hasSize(1);
  }

  @Test
  void compositeKey_inMixedCase_isToldInFull() throws Exception {
    lab.database.execute(
        "create schema \"Odd shop\"",
        "create table \"Odd shop\".\"Line's \"\"1\"\"\" (\"orderId\" int, \"a\\b'c\" text, t int,"
            + " primary key (\"orderId\", \"a\\b'c\"))");
    lab.track("\"Odd shop\".\"Line''s \"\"1\"\"\"", "{orderId,\"a\\\\b''c\"}", "{t}");
    String name = "\"Odd shop\".\"Line's \"\"1\"\"\"";
    List<Change> told = lab.told("insert into " + name + " values (1, e'\\\\x\"', 3)");
    assertThat(told).containsExactly(inserted(name, "orderid", "1", "a\\b'c", "\\x\"", "t", "3"));
    assertThat(lab.told("update " + name + " set t = 4"))
        .containsExactly(
            updated(
                name,
                values("orderid", "1", "a\\b'c", "\\x\"", "t", "3"),
                values("orderid", "1", "a\\b'c", "\\x\"", "t", "4"),
                "orderid",
                "a\\b'c"));
  }

  @Test
  void sameNameInTwoSchemas_isToldWithItsSchema() throws Exception {
    lab.database.execute("create schema shop", "create table shop.product (id int primary key)");
    lab.track("shop.product", "{id}", "{}");
    assertThat(lab.told("insert into shop.product values (1)"))
        .containsExactly(inserted("shop.product", "id", "1"));
    assertThat(lab.told("delete from product where id = 1"))
        .containsExactly(deleted("product", "id", "1", "category_id", "1"));
  }

  @Test
  void typesWithoutEquality_areWatchedByTheirText() throws Exception {
    lab.database.execute(
        "create table odd (id int primary key, j json, b jsonb, p point, x text, d text[])",
        "insert into odd values (1, '{\"a\": 1}', '{\"a\":1}', '(1,2)', '<a/>', '{a,\"b c\"}')");
    lab.track("odd", "{id}", "{j,b,p,x,d}");
    assertThat(lab.told("update odd set j = '{\"a\":1}', p = null"))
        .containsExactly(
            updated(
                "odd",
                values(
                    "id",
                    "1",
                    "j",
                    "{\"a\": 1}",
                    "b",
                    "{\"a\": 1}",
                    "p",
                    "(1,2)",
                    "x",
                    "<a/>",
                    "d",
                    "{a,\"b c\"}"),
                values(
                    "id",
                    "1",
                    "j",
                    "{\"a\":1}",
                    "b",
                    "{\"a\": 1}",
                    "p",
                    null,
                    "x",
                    "<a/>",
                    "d",
                    "{a,\"b c\"}"),
                "id",
                "b",
                "x",
                "d"));
  }

  @Test
  void text_doesNotDependOnTheSession() throws Exception {
    lab.database.execute(
        "create table moment (at timestamptz primary key, f float8, b bytea, i interval)");
    lab.track("moment", "{at}", "{f,b,i}");
    assertThat(
            lab.told(
                "set timezone = 'Asia/Tokyo'",
                "set intervalstyle = 'iso_8601'",
                "set extra_float_digits = -10",
                "set bytea_output = 'escape'",
                "insert into moment values ('2026-01-02 03:04:05+00', 0.1::float8 + 0.2, '\\x00ff',"
                    + " '1 day 2 hours')"))
        .containsExactly(
            inserted(
                "moment",
                "at",
                "2026-01-02 03:04:05+00",
                "f",
                "0.30000000000000004",
                "b",
                "\\x00ff",
                "i",
                "1 day 02:00:00"));
  }

  @Test
  void hostileSearchPath_changesNothing() throws Exception {
    lab.database.execute(
        "create schema evil",
        "create function evil.no(text, text) returns boolean language sql as 'select true'",
        "create operator evil.= (leftarg = text, rightarg = text, function = evil.no)",
        "create function evil.pg_notify(text, text) returns void language sql as 'select'");
    assertThat(
            lab.told(
                "set search_path = evil, pg_catalog, public",
                "update public.product set category_id = 4 where id = 1"))
        .containsExactly(
            updated(
                "product",
                values("id", "1", "category_id", "1"),
                values("id", "1", "category_id", "4"),
                "id"));
  }

  @Test
  void manyLongRows_areSplitByBytes() throws Exception {
    lab.database.execute("create table note (id int primary key, tag text)");
    lab.track("note", "{id}", "{tag}");
    List<String> messages =
        lab.messages(
            "insert into note select i, repeat('\u20ac\u00e4\ud83d\ude00\"', 150)"
                + " from generate_series(1, 15) i");
    assertThat(messages).hasSizeGreaterThan(1).hasSizeLessThan(8);
    String tag = "\u20ac\u00e4\ud83d\ude00\"".repeat(150);
    assertThat(decoded(messages)).hasSize(15).contains(inserted("note", "id", "15", "tag", tag));
  }

  @Test
  void rowTooLongForAnyMessage_isToldAsTable() throws Exception {
    lab.database.execute("create table note (id int primary key, tag text)");
    lab.track("note", "{id}", "{tag}");
    assertThat(lab.told("insert into note values (1, repeat('x', 8000))"))
        .containsExactly(whole("note", Operation.INSERT));
    assertThat(lab.told("insert into note values (2, ''), (3, repeat('x', 8000)), (4, '')"))
        .containsExactly(whole("note", Operation.INSERT));
  }

  @Test
  void tableWithoutKeyAndWatched_isToldAsTable() throws Exception {
    lab.track("product", "{}", "{}");
    assertThat(
            lab.told(
                "insert into product values (9)",
                "update product set name = name",
                "delete from product where id = 1",
                "delete from product where id = 1"))
        .containsExactly(
            whole("product", Operation.INSERT),
            whole("product", Operation.UPDATE),
            whole("product", Operation.DELETE));
  }

  @Test
  void tableWithoutKey_tellsWhichWatchedValuesCameAndWent() throws Exception {
    lab.track("product", "{}", "{category_id}");
    assertThat(lab.told("insert into product values (9, 4), (10, null)"))
        .containsExactly(
            inserted("product", "category_id", "4"), inserted("product", "category_id", null));
    assertThat(lab.told("update product set category_id = 6 where id = 10"))
        .containsExactlyInAnyOrder(
            updated("product", values("category_id", null), RowValues.UNKNOWN),
            updated("product", RowValues.UNKNOWN, values("category_id", "6")));
    assertThat(lab.told("update product set name = 'x' where id = 10"))
        .containsExactly(unwatched());
    assertThat(lab.told("update product set name = name"))
        .containsExactly(new TableChange(table("product"), Operation.UPDATE, ColumnSet.NONE));
    assertThat(lab.told("update product set category_id = 6, name = 'y' where id in (9, 10)"))
        .containsExactlyInAnyOrder(
            updated("product", values("category_id", "4"), RowValues.UNKNOWN),
            updated("product", RowValues.UNKNOWN, values("category_id", "6")),
            unwatched());
    assertThat(lab.told("delete from product where category_id = 6 and id = 9"))
        .containsExactly(deleted("product", "category_id", "6"));
  }

  private static TableChange unwatched() {
    return new TableChange(
        table("product"), Operation.UPDATE, ColumnSet.allExcept(Set.of("category_id")));
  }

  @Test
  void keyThatIsNotUnique_tellsEveryPossiblePair() throws Exception {
    lab.database.execute(
        "create table loose (code text, tag int)",
        "insert into loose values ('a', 1), ('a', 2), (null, 3)");
    lab.track("loose", "{code}", "{tag}");
    List<Change> told = lab.told("update loose set tag = 3 - tag where code = 'a'");
    assertThat(told)
        .contains(
            updated(
                "loose", values("code", "a", "tag", "1"), values("code", "a", "tag", "2"), "code"),
            updated(
                "loose", values("code", "a", "tag", "2"), values("code", "a", "tag", "1"), "code"));
    assertThat(lab.told("update loose set tag = 4 where code is null"))
        .containsExactly(
            updated(
                "loose",
                values("code", null, "tag", "3"),
                values("code", null, "tag", "4"),
                "code"));
  }

  @Test
  void renamedTable_isToldByItsNewName() throws Exception {
    lab.messages(
        "update product set name = 'a'",
        "alter table product rename to item",
        "create schema shop",
        "alter table item set schema shop");
    assertThat(lab.told("delete from shop.item where id = 1"))
        .containsExactly(deleted("shop.item", "id", "1", "category_id", "1"));
  }

  @Test
  void droppedColumn_makesNoStatementFail_andTheTableIsTold() throws Exception {
    assertThat(
            lab.told(
                "update product set name = 'a' where id = 1",
                "alter table product drop column category_id",
                "update product set name = 'b' where id = 1",
                "insert into product values (40)",
                "delete from product where id = 40"))
        .endsWith(
            whole("product", Operation.UPDATE),
            whole("product", Operation.INSERT),
            whole("product", Operation.DELETE));
  }

  @Test
  void addedColumn_isNoticedInTheSameSession() throws Exception {
    lab.messages("update product set name = 'a'", "alter table product add column extra int");
    assertThat(lab.told("update product set extra = 1 where id = 1"))
        .containsExactly(
            updated("product", values("id", "1"), RowValues.UNKNOWN, "id", "category_id"));
    lab.messages("alter table product drop column name");
    assertThat(lab.told("update product set extra = extra where id = 1"))
        .containsExactly(touched("product", "id", "1"));
  }

  @Test
  void columnsNamedLikeOurVariables_areNoConfusion() throws Exception {
    List<String> names =
        List.of(
            "head", "changes", "change", "message", "told", "t", "o", "n", "c1", "image", "tg_op");
    lab.database.execute(
        "create table trap (id int primary key, %s int)".formatted(String.join(" int, ", names)));
    lab.track("trap", "{id}", "{" + String.join(",", names) + "}");
    lab.messages(
        "insert into trap values (1%s)".formatted(String.join("", Collections.nCopies(11, ", 1"))));
    assertThat(lab.told("update trap set head = 1")).containsExactly(touched("trap", "id", "1"));
    assertThat(lab.told("update trap set t = 2")).singleElement().asString().contains("t=2");
  }
}
