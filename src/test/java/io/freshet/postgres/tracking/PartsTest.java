package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.deleted;
import static io.freshet.postgres.tracking.TrackingLab.inserted;
import static io.freshet.postgres.tracking.TrackingLab.tracked;
import static io.freshet.postgres.tracking.TrackingLab.updated;
import static io.freshet.postgres.tracking.TrackingLab.values;
import static io.freshet.postgres.tracking.TrackingLab.whole;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Operation;
import io.freshet.change.RowValues;
import io.freshet.change.TableName;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Partitions, and children in the old sense. */
class PartsTest {

  private TrackingLab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new TrackingLab();
    lab.database.execute(
        "create table sale (id int, y int, note text, primary key (id, y)) partition by list (y)",
        "create table sale_1 partition of sale for values in (1)",
        "create table sale_2 partition of sale for values in (2) partition by range (id)",
        "create table sale_2a partition of sale_2 for values from (0) to (100)",
        "create table sale_3 (id int not null, y int not null, note text)");
    lab.track("sale", "{id,y}", "{}");
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  @Test
  void writes_throughRootOrStraightToPartition_nameTheRoot() throws Exception {
    assertThat(
            lab.told(
                "insert into sale values (1, 1), (2, 2)",
                "update sale_2a set note = 'x'",
                "delete from sale_2",
                "truncate sale_1"))
        .containsExactly(
            inserted("sale", "id", "1", "y", "1"),
            inserted("sale", "id", "2", "y", "2"),
            updated("sale", values("id", "2", "y", "2"), RowValues.UNKNOWN, "id", "y"),
            deleted("sale", "id", "2", "y", "2"),
            whole("sale", Operation.TRUNCATE));
  }

  @Test
  void rowThatMovesBetweenPartitions_isToldOldAndNew() throws Exception {
    lab.messages("insert into sale values (1, 1)");
    assertThat(lab.told("update sale set y = 2"))
        .containsExactlyInAnyOrder(
            deleted("sale", "id", "1", "y", "1"), inserted("sale", "id", "1", "y", "2"));
  }

  @Test
  void partitionAttachedLater_isAGap_thatInstallMends() throws Exception {
    Coverage coverage = lab.coverage(tracked("sale", Set.of("id", "y"), Set.of()));
    Triggers triggers = new Triggers(TrackingLab.MAX_KEYS);
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
    String before = triggers.signature(lab.writer, coverage);
    lab.database.execute("alter table sale attach partition sale_3 for values in (3)");

    assertThat(triggers.signature(lab.writer, coverage)).isNotEqualTo(before);
    assertThat(triggers.validate(lab.writer, coverage))
        .containsExactly(
            new Gap(
                "public.sale_3",
                "this part of public.sale is not tracked",
                "select freshet.widen('public.sale', '{id,y}', '{}')"));
    assertThat(triggers.install(lab.writer, coverage)).isEmpty();
    assertThat(triggers.validate(lab.writer, coverage)).isEmpty();
    assertThat(lab.told("insert into sale_3 values (9, 3)"))
        .containsExactly(inserted("sale", "id", "9", "y", "3"));
  }

  @Test
  void detachedPartition_isToldByItsOwnName() throws Exception {
    lab.database.execute("alter table sale detach partition sale_1");
    assertThat(lab.told("insert into sale_1 values (1, 1)"))
        .containsExactly(inserted("sale_1", "id", "1", "y", "1"));
  }

  @Test
  void children_areToldByTheNameOfTheTopmostParents() throws Exception {
    lab.database.execute(
        "create table animal (id int, name text)",
        "create table pet (owner text) inherits (animal)",
        "create table thing (id int, name text)",
        "create table toy () inherits (pet, thing)");
    lab.track("animal", "{id}", "{}");
    assertThat(lab.told("insert into pet values (1)"))
        .containsExactly(inserted("animal", "id", "1"));
    assertThat(lab.told("insert into toy values (2)"))
        .containsExactly(inserted("animal", "id", "2"), whole("thing", Operation.ANY));
    assertThat(lab.told("update animal set name = 'x' where id = 2"))
        .containsExactly(updated("animal", values("id", "2"), RowValues.UNKNOWN, "id"));
    assertThat(lab.database.queryText("select bool_and(intact) from freshet.tracked()"))
        .isEqualTo("t");
  }

  @Test
  void mappedPartition_isCoveredByItsRoot_asAReaderOfIt() throws Exception {
    Coverage coverage = lab.coverage(tracked("sale_2a", Set.of("id"), Set.of("note")));
    assertThat(coverage.tables())
        .singleElement()
        .satisfies(
            table -> {
              assertThat(table.name()).isEqualTo(new TableName("public", "sale"));
              assertThat(table.key()).containsExactly("id");
              assertThat(table.watched()).containsExactly("note");
            });
    assertThat(coverage.readers())
        .containsEntry(new TableName("public", "sale"), Set.of(new TableName("public", "sale_2a")));
  }

  @Test
  void untrack_ofRoot_leavesNothingAtThePartitions() throws Exception {
    lab.database.execute("select freshet.untrack('sale')");
    assertThat(lab.database.queryText("select count(*) from freshet.tracked()")).isEqualTo("0");
    assertThat(
            lab.database.queryText(
                "select count(*) from pg_proc where pronamespace = 'freshet'::regnamespace"
                    + " and prorettype = 'trigger'::regtype"))
        .isEqualTo("0");
  }
}
