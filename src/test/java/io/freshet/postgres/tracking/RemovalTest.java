package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.tracked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts by hand, the record in the publication's comment, and taking everything away. */
class RemovalTest {

  private final TestDatabase database = TestDatabase.create();
  private Connection connection;
  private Coverage coverage;

  @BeforeEach
  void create() throws Exception {
    database.execute(
        "create table product (id bigint primary key, category_id int, name text)",
        "create table \"It's \\ Odd\" (id bigint primary key, \"Wa,tched\" text)",
        "create table sale (id int, y int, primary key (id, y)) partition by list (y)",
        "create table sale_1 partition of sale for values in (1)",
        "create table was_full (id int primary key)",
        "alter table was_full replica identity full");
    connection = database.connect();
    coverage =
        Coverage.resolve(
            connection,
            new TrackingPlan(
                List.of(
                    tracked("product", Set.of("id"), Set.of("category_id")),
                    tracked("\"It's \\ Odd\"", Set.of("id"), Set.of("wa,tched")),
                    tracked("sale", Set.of("id"), Set.of()),
                    tracked("was_full", Set.of("id"), Set.of())),
                Set.of()));
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
    database.close();
  }

  private static Tracking tracking(String kind) {
    return kind.equals("wal") ? new Publication() : new Triggers(100);
  }

  private String identities() {
    return database.queryText(
        "select string_agg(relname || ':' || relreplident::text, ' ' order by relname)"
            + " from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace");
  }

  private String comment() {
    return database.queryText(
        "select obj_description(oid, 'pg_publication') from pg_publication"
            + " where pubname = 'freshet'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void script_runByHand_leavesNoGap_andIsWhatInstallDoes(String kind) throws Exception {
    Tracking tracking = tracking(kind);
    List<String> script = tracking.script(connection, coverage);
    assertThat(tracking.validate(connection, coverage)).isNotEmpty();
    for (String command : script) {
      assertThat(command.strip()).endsWith(";");
      Sql.execute(connection, command);
    }
    assertThat(tracking.validate(connection, coverage)).isEmpty();
    String signature = tracking.signature(connection, coverage);
    String membership = tracking.membership(connection);
    assertThat(tracking.install(connection, coverage)).isEmpty();
    assertThat(tracking.signature(connection, coverage)).isEqualTo(signature);
    assertThat(tracking.membership(connection)).isEqualTo(membership);
    assertThat(tracking.everything(connection).tables())
        .containsExactlyInAnyOrderElementsOf(coverage.tables());
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void remove_ofEverything_leavesWhatWasThereBefore(String kind) throws Exception {
    String identities = identities();
    Tracking tracking = tracking(kind);
    tracking.install(connection, coverage);
    List<Gap> left = tracking.remove(connection, tracking.everything(connection));
    assertThat(identities()).isEqualTo(identities);
    assertThat(database.queryText("select count(*) from pg_trigger where tgname ~ '^freshet'"))
        .isEqualTo("0");
    assertThat(database.queryText("select count(*) from pg_publication")).isEqualTo("0");
    assertThat(tracking.everything(connection).tables()).isEmpty();
    if (kind.equals("wal")) {
      assertThat(left)
          .singleElement()
          .asString()
          .contains("public.was_full")
          .contains("it is not recorded that Freshet has set it");
    } else {
      assertThat(left).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void remove_ofOneTable_leavesTheOthers(String kind) throws Exception {
    Tracking tracking = tracking(kind);
    tracking.install(connection, coverage);
    Coverage one =
        Coverage.resolve(connection, TrackedTables.named(connection, List.of("product")));
    assertThat(tracking.remove(connection, one)).isEmpty();
    assertThat(tracking.everything(connection).tables())
        .extracting(table -> table.name().name())
        .containsExactlyInAnyOrder("It's \\ Odd", "sale", "was_full");
    assertThat(tracking.validate(connection, tracking.everything(connection))).isEmpty();
    if (kind.equals("wal")) {
      assertThat(comment()).doesNotContain("product").contains("sale");
      assertThat(identities()).contains("product:d");
    }
  }

  @Test
  void remove_keepsAnIdentityThatAnotherPublicationMayNeed() throws Exception {
    Publication publication = new Publication();
    publication.install(connection, coverage);
    database.execute("create publication others for table product");
    assertThat(publication.remove(connection, coverage))
        .anySatisfy(gap -> assertThat(gap.problem()).contains("another publication"));
    assertThat(identities()).contains("product:f");
  }

  @Test
  void remove_ofAPublicationForAllTables_saysWhatIsLeft() throws Exception {
    database.execute("create publication freshet for all tables with (publish_via_partition_root)");
    Publication publication = new Publication();
    publication.install(connection, coverage);
    assertThat(publication.remove(connection, coverage))
        .anySatisfy(gap -> assertThat(gap.problem()).contains("for all tables"));
    // it is published still, and would refuse updates without an identity
    assertThat(identities()).contains("product:f");
  }

  @Test
  void remove_withoutRights_isGaps() throws Exception {
    String role = "freshet_rm_" + database.queryText("select current_database()");
    database.execute("create role " + role);
    try {
      for (String kind : List.of("notify", "wal")) {
        tracking(kind).install(connection, coverage);
        Sql.execute(connection, "set role " + role);
        assertThat(tracking(kind).remove(connection, coverage))
            .isNotEmpty()
            .allSatisfy(gap -> assertThat(gap.problem()).contains("must be owner"));
        Sql.execute(connection, "reset role");
        assertThat(tracking(kind).validate(connection, coverage)).isEmpty();
      }
    } finally {
      Sql.execute(connection, "reset role");
      database.execute("drop role " + role);
    }
  }

  @Test
  void comment_keepsWhatPeopleWrote_isAUnion_andForgetsDroppedTables() throws Exception {
    Publication publication = new Publication();
    database.execute(
        "create publication freshet with (publish_via_partition_root)",
        "comment on publication freshet is E'Ask Ada.\nNot on Fridays.'");
    publication.install(connection, coverage);
    assertThat(comment().lines())
        .hasSize(3)
        .startsWith("Ask Ada.", "Not on Fridays.")
        .last()
        .asString()
        .startsWith("{\"freshet\":1,\"created\":false,")
        .contains(
            "{\"s\":\"public\",\"t\":\"product\",\"k\":[\"id\"],\"w\":[\"category_id\"]"
                + ",\"full\":true}");
    publication.install(
        connection,
        Coverage.resolve(
            connection,
            new TrackingPlan(List.of(tracked("product", Set.of("id"), Set.of("name"))), Set.of())));
    assertThat(comment()).contains("\"w\":[\"category_id\",\"name\"]");
    assertThat(publication.everything(connection).tables())
        .filteredOn(table -> table.name().name().equals("product"))
        .singleElement()
        .satisfies(table -> assertThat(table.watched()).contains("category_id", "name"));
    database.execute("drop table sale");
    publication.install(
        connection,
        Coverage.resolve(connection, TrackedTables.named(connection, List.of("product"))));
    assertThat(comment()).doesNotContain("sale").startsWith("Ask Ada.");
    publication.remove(connection, publication.everything(connection));
    assertThat(comment()).isEqualTo("Ask Ada.\nNot on Fridays.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text",
        "{\"freshet\":",
        "{\"freshet\":2,\"tables\":[]}",
        "{\"freshet\":1,\"tables\":[{\"s\":\"\",\"t\":\"\",\"k\":[]}]}"
      })
  void commentThatCannotBeRead_recordsNothing(String comment) {
    assertThat(Recorded.parse(comment)).isEqualTo(Recorded.NOTHING);
  }

  @Test
  void named_findsTablesByNameAndSchema_andSuggestsOthers() throws Exception {
    database.execute("create schema shop", "create table shop.shelf (id int primary key)");
    assertThat(TrackedTables.named(connection, List.of("product", "shop.shelf")).tables())
        .containsExactly(
            new TrackedTable(new TableName("public", "product"), Set.of("id"), Set.of()),
            new TrackedTable(new TableName("shop", "shelf"), Set.of("id"), Set.of()));
    assertThatThrownBy(() -> TrackedTables.named(connection, List.of("prodcut")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no table prodcut")
        .hasMessageContaining("product");
    assertThatThrownBy(() -> TrackedTables.named(connection, List.of("shelf")))
        .hasMessageContaining("shop.shelf");
    assertThatThrownBy(() -> TrackedTables.named(connection, List.of(" ")))
        .hasMessageContaining("blank");
  }
}
