package io.freshet.postgres;

import static io.freshet.postgres.CatalogFixture.delete;
import static io.freshet.postgres.CatalogFixture.insert;
import static io.freshet.postgres.CatalogFixture.row;
import static io.freshet.postgres.CatalogFixture.tables;
import static io.freshet.postgres.CatalogFixture.truncate;
import static io.freshet.postgres.CatalogFixture.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ForeignKeyWideningTest {

  private final CatalogFixture fixture = new CatalogFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void delete_ofRowWithCascade_deletesReferringRowsPinned() throws Exception {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (id int primary key, parent_id int references parent on delete cascade)",
        "create table grandchild (id int, child_id int references child on delete cascade)",
        "insert into parent values (1), (2)",
        "insert into child values (10, 1), (20, 2)",
        "insert into grandchild values (100, 10)");
    assertThat(fixture.widen(row(Operation.DELETE, "PARENT", 1)))
        .containsExactly(
            row(Operation.DELETE, "PARENT", 1),
            new RowChange(
                new TableName("public", "child"),
                Operation.DELETE,
                RowValues.of("parent_id", 1),
                RowValues.UNKNOWN,
                ColumnSet.ALL),
            delete("public.grandchild"));
    assertThat(
            fixture.runAndCompare(
                "delete from parent where id = 1", row(Operation.DELETE, "parent", 1)))
        .containsExactly("public.child", "public.grandchild", "public.parent");
  }

  @Test
  void delete_withoutAction_reachesNoChild() {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (id int primary key, parent_id int references parent)");
    assertThat(tables(fixture.widen(delete("parent")))).containsExactly("parent");
  }

  @Test
  void insert_intoParent_reachesNoChild() {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (parent_id int references parent on delete cascade on update cascade)");
    assertThat(fixture.widen(insert("parent"))).containsExactly(insert("parent"));
  }

  @Test
  void delete_setNull_updatesTheForeignKeyToNull() throws Exception {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (id int, parent_id int references parent on delete set null)",
        "insert into parent values (1)",
        "insert into child values (10, 1)");
    assertThat(fixture.widen(row(Operation.DELETE, "parent", 1)))
        .contains(
            new RowChange(
                new TableName("public", "child"),
                Operation.UPDATE,
                RowValues.of("parent_id", 1),
                RowValues.of("parent_id", null),
                ColumnSet.of(Set.of("parent_id"))));
    fixture.runAndCompare("delete from parent", delete("parent"));
  }

  @Test
  void delete_compositeSetNullOfOneColumn_updatesOnlyThatColumn() throws Exception {
    fixture.schema(
        "create table account (tenant int, id int, primary key (tenant, id))",
        "create table invoice (no int, tenant int, account int, foreign key (tenant, account)"
            + " references account on delete set null (account))",
        "insert into account values (1, 2)",
        "insert into invoice values (10, 1, 2)");
    RowChange deleted =
        new RowChange(
            TableName.of("account"),
            Operation.DELETE,
            values("tenant", 1, "id", 2),
            RowValues.UNKNOWN,
            ColumnSet.ALL);
    assertThat(fixture.widen(deleted))
        .containsExactly(
            deleted,
            new RowChange(
                new TableName("public", "invoice"),
                Operation.UPDATE,
                values("tenant", 1, "account", 2),
                RowValues.of("account", null),
                ColumnSet.of(Set.of("account"))));
    assertThat(fixture.widen(row(Operation.DELETE, "account", 2)))
        .as("half of the key pins nothing")
        .contains(update("public.invoice", "account"));
    fixture.runAndCompare("delete from account", delete("account"));
  }

  @Test
  void delete_setDefault_leavesTheNewValueUnknown() throws Exception {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (id int, p int default 0 references parent on delete set default)",
        "insert into parent values (0), (1)",
        "insert into child values (10, 1)");
    assertThat(fixture.widen(row(Operation.DELETE, "parent", 1)))
        .contains(
            new RowChange(
                new TableName("public", "child"),
                Operation.UPDATE,
                RowValues.of("p", 1),
                RowValues.UNKNOWN,
                ColumnSet.of(Set.of("p"))));
    fixture.runAndCompare("delete from parent where id = 1", row(Operation.DELETE, "parent", 1));
  }

  @Test
  void update_ofReferencedColumn_cascadesOldAndNewValue() throws Exception {
    fixture.schema(
        "create table parent (id int primary key, name text)",
        "create table child (id int, p int references parent on update cascade)",
        "insert into parent values (1, 'a')",
        "insert into child values (10, 1)");
    RowChange moved =
        new RowChange(
            TableName.of("parent"),
            Operation.UPDATE,
            RowValues.of("id", 1),
            RowValues.of("id", 7),
            ColumnSet.of(Set.of("id")));
    assertThat(fixture.widen(moved))
        .containsExactly(
            moved,
            new RowChange(
                new TableName("public", "child"),
                Operation.UPDATE,
                RowValues.of("p", 1),
                RowValues.of("p", 7),
                ColumnSet.of(Set.of("p"))));
    assertThat(fixture.widen(update("parent", "name"))).containsExactly(update("parent", "name"));
    fixture.runAndCompare("update parent set id = 7", moved);
  }

  @Test
  void delete_throughSelfReference_reachesAllLevels() throws Exception {
    fixture.schema(
        "create table node (id int primary key, up int references node on delete cascade)",
        "insert into node values (1, null), (2, 1), (3, 2)");
    assertThat(fixture.widen(row(Operation.DELETE, "node", 1)))
        .contains(
            new RowChange(
                new TableName("public", "node"),
                Operation.DELETE,
                RowValues.of("up", 1),
                RowValues.UNKNOWN,
                ColumnSet.ALL),
            delete("public.node"));
    fixture.runAndCompare("delete from node where id = 1", row(Operation.DELETE, "node", 1));
  }

  @Test
  void delete_inForeignKeyCycle_ends() throws Exception {
    fixture.schema(
        "create table a (id int primary key, b_id int)",
        "create table b (id int primary key, a_id int references a on delete cascade"
            + " on update cascade)",
        "alter table a add foreign key (b_id) references b on delete cascade on update cascade",
        "insert into a values (1, null)",
        "insert into b values (1, 1)",
        "update a set b_id = 1");
    assertThat(tables(fixture.widen(row(Operation.ANY, "a", 1)))).contains("a", "public.b");
    fixture.runAndCompare("delete from a", delete("a"));
  }

  @Test
  void update_ofSwappedCompositeSelfReference_ends() {
    fixture.schema(
        "create table t (x int, y int, primary key (x, y),"
            + " foreign key (y, x) references t (x, y) on update cascade)");
    RowChange change =
        new RowChange(
            TableName.of("t"),
            Operation.UPDATE,
            values("x", 1, "y", 2),
            values("x", 3, "y", 4),
            ColumnSet.ALL);
    assertThat(fixture.widen(change)).hasSizeBetween(2, 10);
  }

  @Test
  void truncate_cascade_reachesEveryReferringTable() throws Exception {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (id int primary key, p int references parent)",
        "create table grandchild (id int, c int references child on delete restrict)",
        "insert into parent values (1)",
        "insert into child values (1, 1)",
        "insert into grandchild values (1, 1)");
    assertThat(fixture.widen(truncate("parent")))
        .containsExactly(
            truncate("parent"), truncate("public.child"), truncate("public.grandchild"));
    assertThat(fixture.runAndCompare("truncate parent cascade", truncate("parent"))).hasSize(3);
  }

  @Test
  void anyOperation_onRow_isNoTruncate() {
    fixture.schema(
        "create table parent (id int primary key)",
        "create table child (id int primary key, p int references parent)");
    assertThat(tables(fixture.widen(row(Operation.ANY, "parent", 1)))).containsExactly("parent");
    assertThat(tables(fixture.widen(TableChange.anything(TableName.of("parent")))))
        .containsExactly("parent", "public.child");
  }

  @Test
  void delete_inOneOfTwoSchemas_followsTheQualifiedName() throws Exception {
    fixture.schema(
        "create schema \"Other\"",
        "create table parent (id int primary key)",
        "create table \"Other\".parent (id int primary key)",
        "create table child (p int references parent on delete cascade)",
        "create table \"Other\".\"Kind ähm\" (p int references \"Other\".parent on delete cascade)",
        "insert into parent values (1)",
        "insert into \"Other\".parent values (1)",
        "insert into child values (1)",
        "insert into \"Other\".\"Kind ähm\" values (1)");
    assertThat(tables(fixture.widen(delete("other.PARENT"))))
        .containsExactlyInAnyOrder("Other.Kind ähm", "other.PARENT");
    assertThat(tables(fixture.widen(delete("parent"))))
        .containsExactlyInAnyOrder("Other.Kind ähm", "parent", "public.child");
    fixture.runAndCompare("delete from \"Other\".parent", delete("other.parent"));
  }

  @Test
  void delete_ofOverlongName_isCutAsPostgresDoes() {
    String name = "t".repeat(70);
    fixture.schema(
        "create table " + name + " (id int primary key)",
        "create table child (p int references " + name + " on delete cascade)");
    assertThat(tables(fixture.widen(delete(name)))).contains("public.child");
  }

  @Test
  void delete_onPartitionedBothSides_reachesAllPartitions() throws Exception {
    fixture.schema(
        "create table parent (id int primary key) partition by range (id)",
        "create table parent_1 partition of parent for values from (0) to (100)",
        "create table child (id int, p int references parent on delete cascade)"
            + " partition by hash (id)",
        "create table child_0 partition of child for values with (modulus 1, remainder 0)",
        "insert into parent values (1)",
        "insert into child values (1, 1)");
    List<Change> widened = new ArrayList<>(fixture.widen(row(Operation.DELETE, "parent_1", 1)));
    assertThat(tables(widened))
        .contains("parent_1", "public.parent", "public.child", "public.child_0");
    fixture.runAndCompare("delete from parent_1", row(Operation.DELETE, "parent_1", 1));
  }

  private static RowValues values(String one, Object value, String other, Object otherValue) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put(one, value);
    values.put(other, otherValue);
    return new RowValues(values);
  }
}
