package io.freshet.postgres.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.change.ChangeFeed;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Tracking;
import io.freshet.postgres.tracking.Triggers;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Feeds that find out for themselves what is tracked. */
class EverythingFeedTest {

  private static final String PRODUCT = "alter table shop.\"Odd Name\" add column more int";

  private final TestDatabase database = TestDatabase.create();

  @BeforeEach
  void createTables() {
    database.execute(
        "create schema shop",
        "create table shop.\"Odd Name\" (\"Id\" int primary key, category_id int, name text)",
        "create table plain (id int primary key, name text)",
        "create table sale (id int, y int, primary key (id, y)) partition by list (y)",
        "create table sale_1 partition of sale for values in (1)",
        "create view seen as select * from plain");
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private static Tracking tracking(String kind) {
    return kind.equals("wal") ? new Publication() : new Triggers(1000);
  }

  private void install(String kind, TrackedTable... tables) throws Exception {
    try (Connection connection = database.connect()) {
      Coverage coverage = Coverage.resolve(connection, new TrackingPlan(List.of(tables), Set.of()));
      assertThat(coverage.gaps()).isEmpty();
      assertThat(tracking(kind).install(connection, coverage)).isEmpty();
      assertThat(tracking(kind).validate(connection, coverage)).isEmpty();
    }
  }

  private static TrackedTable table(String name, Set<String> key, Set<String> watched) {
    return new TrackedTable(TableName.parse(name), key, watched);
  }

  private Heard open(String kind) {
    PostgresFeed.Plan plan =
        Heard.plan(database.url(), PostgresFeed.Tracked.everything(tracking(kind)));
    return Heard.of(
        kind.equals("wal")
            ? PostgresFeed.ofReplication(plan, 1000)
            : PostgresFeed.ofNotifications(plan));
  }

  private static void awaitBeginnings(Heard heard, int count) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              heard.feed.requestBarrier();
              return heard.beginnings.size() >= count;
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void whatWasInstalled_isTold_keysAndWatchedColumnsOnly(String kind) throws Exception {
    install(
        kind,
        table("shop.\"Odd Name\"", Set.of("id"), Set.of("category_id")),
        table("sale", Set.of("id"), Set.of()));
    // another service, another table, and one more column of the same
    install(
        kind,
        table("plain", Set.of("id"), Set.of()),
        table("shop.\"Odd Name\"", Set.of("id"), Set.of()));
    try (Heard heard = open(kind)) {
      heard.caughtUp();
      ChangeFeed.Beginning beginning = heard.lastBeginning();
      assertThat(beginning.from()).isEmpty();
      assertThat(beginning.signature()).isNotEmpty();
      assertThat(beginning.tables())
          .containsExactlyInAnyOrder(
              table("shop.\"Odd Name\"", Set.of("id"), Set.of("category_id")),
              table("public.plain", Set.of("id"), Set.of()),
              table("public.sale", Set.of("id"), Set.of()));
      database.execute(
          "insert into shop.\"Odd Name\" values (7, 8, 'secret')",
          "update shop.\"Odd Name\" set category_id = 9",
          "insert into sale values (5, 1)",
          "insert into plain values (6, 'secret')");
      heard.caughtUp();
      assertThat(heard.text())
          .contains("shop.Odd Name", "category_id=8", "category_id=9", "id=7")
          .contains("public.sale", "id=5", "public.plain", "id=6")
          .doesNotContain("secret", "sale_1");
      assertThat(heard.interruptions).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void nothingTracked_runs_andBeginsAnewWithTheFirstTable(String kind) throws Exception {
    if (kind.equals("wal")) {
      database.execute("create publication freshet with (publish_via_partition_root)");
    }
    try (Heard heard = open(kind)) {
      heard.caughtUp();
      assertThat(heard.lastBeginning().tables()).isEmpty();
      install(kind, table("plain", Set.of("id"), Set.of()));
      awaitBeginnings(heard, 2);
      heard.caughtUp();
      assertThat(heard.lastBeginning().tables())
          .containsExactly(table("public.plain", Set.of("id"), Set.of()));
      database.execute("insert into plain values (6, 'x')");
      heard.caughtUp();
      assertThat(heard.text()).contains("id=6");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "notify | create or replace view seen as select id, name from plain where id > 1",
        "wal    | create or replace view seen as select id, name from plain where id > 1",
        "notify | create view another as select 1 as one",
        "wal    | create view another as select 1 as one",
        "notify | select freshet.track('shop.\"Odd Name\"')",
        "wal    | alter publication freshet add table shop.\"Odd Name\"",
        "wal    | comment on publication freshet is 'nothing'",
        "wal    | alter publication freshet add tables in schema shop",
        "notify | select freshet.untrack('plain')",
        "wal    | alter publication freshet drop table plain",
      })
  void changeOfWhatIsTold_isNoticed(String kind, String change) throws Exception {
    install(kind, table("plain", Set.of("id"), Set.of()));
    try (Heard heard = open(kind)) {
      heard.caughtUp();
      String before = heard.lastBeginning().signature();
      database.execute(change);
      awaitBeginnings(heard, 2);
      assertThat(heard.lastBeginning().signature()).isNotEqualTo(before);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "notify | alter table plain disable trigger freshet_update | public.plain",
        "wal    | alter table plain replica identity nothing | public.plain",
      })
  void damage_isAGap_andNothingIsTrusted(String kind, String damage, String named)
      throws Exception {
    install(kind, table("plain", Set.of("id"), Set.of()));
    database.execute(damage);
    try (Heard heard = open(kind)) {
      await().atMost(Duration.ofSeconds(20)).until(() -> !heard.interruptions.isEmpty());
      assertThat(heard.interruptions.get(0)).contains("would go untold").contains("plain");
      assertThat(heard.beginnings).isEmpty();
    }
  }

  @Test
  void forAllTables_withoutComment_tellsPrimaryKeys() throws Exception {
    database.execute(
        "create publication freshet for all tables with (publish_via_partition_root)",
        "alter table plain replica identity full");
    try (Heard heard = open("wal")) {
      heard.caughtUp();
      assertThat(heard.lastBeginning().tables())
          .containsExactlyInAnyOrder(
              table("shop.\"Odd Name\"", Set.of("id"), Set.of()),
              table("public.plain", Set.of("id"), Set.of()),
              table("public.sale", Set.of("id", "y"), Set.of()));
      database.execute("insert into plain values (1, 'secret')", "update plain set name = 'more'");
      heard.caughtUp();
      assertThat(heard.text()).contains("id=1").doesNotContain("secret", "more");
      database.execute("create table later (id int primary key)");
      awaitBeginnings(heard, 2);
      heard.caughtUp();
      assertThat(heard.lastBeginning().tables()).hasSize(4);
      database.execute(PRODUCT);
      awaitBeginnings(heard, 3);
    }
  }
}
