package io.freshet.postgres.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.freshet.change.LogPosition;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.wal.SlotState;
import io.freshet.postgres.wal.WalStream;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A feed on a permanent slot that is closed and opened again. */
class DurableFeedTest {

  private static final TrackedTable PRODUCT =
      new TrackedTable(TableName.of("product"), Set.of("id"), Set.of("name"));

  private TestDatabase database;
  private String slot;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
    slot = database.queryText("select 'relay_' || current_database()");
    database.execute("create table product (id int primary key, name text)");
  }

  @AfterEach
  void drop() throws Exception {
    try (Connection side = database.connect()) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> SlotState.read(side, slot).activePid() == null);
      WalStream.dropSlot(side, slot);
    }
    database.close();
  }

  private Heard open() {
    return open(slot);
  }

  private Heard open(String name) {
    PostgresFeed.Tracked tracked = Heard.installing(new Publication(), PRODUCT);
    return Heard.of(
        PostgresFeed.ofDurableReplication(Heard.plan(database.url(), tracked), 1000, name));
  }

  private SlotState state() throws Exception {
    try (Connection side = database.connect()) {
      return SlotState.read(side, slot);
    }
  }

  private String confirmed() {
    return database.queryText(
        "select confirmed_flush_lsn from pg_replication_slots where slot_name = '" + slot + "'");
  }

  @Test
  void newSlot_beginsWithoutPlace_andTellsOnlyLaterCommits() throws Exception {
    database.execute("insert into product values (1, 'before')");
    assertThat(state().exists()).isFalse();
    try (Heard heard = open()) {
      heard.caughtUp();
      assertThat(heard.beginnings).hasSize(1);
      assertThat(heard.lastBeginning().from()).isEmpty();
      assertThat(heard.lastBeginning().tables())
          .containsExactly(
              new TrackedTable(new TableName("public", "product"), Set.of("id"), Set.of("name")));
      database.execute("insert into product values (2, 'after')");
      heard.caughtUp();
      assertThat(heard.text()).contains("id=2").doesNotContain("id=1");
      assertThat(heard.lastReached().history()).matches("\\d+/\\d+");
      assertThat(state().activePid()).isNotNull();
      assertThat(state().walStatus()).isEqualTo("reserved");
      assertThat(state().safeWalSize()).isNull();
    }
    // the temporary slot it was made of is gone
    assertThat(
            database.queryText(
                "select count(*) from pg_replication_slots where database = current_database()"))
        .isEqualTo("1");
  }

  @Test
  void reopenedSlot_goesOnFromItsPlace_withWhatWasCommittedMeanwhile() throws Exception {
    Optional<LogPosition> from;
    try (Heard heard = open()) {
      database.execute("insert into product values (1, 'told')");
      heard.caughtUp();
      database.execute(
          "begin; insert into product values (2, 'prepared'); prepare transaction '%s'"
              .formatted(slot));
    } catch (IllegalStateException e) {
      assertThat(e).rootCause().hasMessageContaining("prepared transactions are disabled");
    }
    database.execute("insert into product values (3, 'meanwhile')", "delete from product");
    try (Heard heard = open()) {
      heard.caughtUp();
      from = heard.lastBeginning().from();
      assertThat(from).isPresent();
      // nothing was acknowledged, so that all comes again
      assertThat(heard.text()).contains("id=1").contains("id=3").contains("DELETE");
      heard.feed.acknowledge(heard.lastReached());
      LogPosition acknowledged = heard.lastReached();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                heard.feed.requestBarrier();
                return place(confirmed()) >= acknowledged.offset();
              });
    }
    database.execute("insert into product values (4, 'later')");
    try (Heard heard = open()) {
      heard.caughtUp();
      assertThat(heard.lastBeginning().from().orElseThrow().hasReached(from.orElseThrow()))
          .isTrue();
      assertThat(heard.text()).contains("id=4").doesNotContain("id=1").doesNotContain("id=3");
    }
  }

  private static long place(String lsn) {
    return org.postgresql.replication.LogSequenceNumber.valueOf(lsn).asLong();
  }

  @Test
  void receivingAlone_confirmsNothing_andAcknowledgingTooMuchConfirmsOnlyWhatWasReached()
      throws Exception {
    try (Heard heard = open()) {
      heard.caughtUp();
      String before = confirmed();
      for (int i = 0; i < 20; i++) {
        database.execute("insert into product values (%d, 'x')".formatted(i));
      }
      heard.caughtUp();
      assertThat(state().confirmedLagBytes()).isPositive();
      assertThat(confirmed()).isEqualTo(before);

      String history = heard.lastReached().history();
      heard.feed.acknowledge(new LogPosition("other/1", Long.MAX_VALUE));
      heard.caughtUp();
      heard.feed.acknowledge(new LogPosition(history, Long.MAX_VALUE));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                heard.feed.requestBarrier();
                return place(confirmed()) > place(before);
              });
      assertThat(
              database.queryText(
                  "select confirmed_flush_lsn <= pg_current_wal_lsn() from pg_replication_slots"
                      + " where slot_name = '"
                      + slot
                      + "'"))
          .isEqualTo("t");
    }
  }

  @Test
  void writesNobodyTracks_letTheSlotMoveOn() throws Exception {
    database.execute("create table other (id int, filler text)");
    try (Heard heard = open()) {
      heard.caughtUp();
      int told = heard.changes.size();
      for (int i = 0; i < 5; i++) {
        database.execute(
            "insert into other select g, repeat('x', 500) from generate_series(1, 500) g");
      }
      String written = database.queryText("select pg_current_wal_lsn()");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                heard.caughtUp();
                heard.feed.acknowledge(heard.lastReached());
                return place(confirmed()) >= place(written);
              });
      assertThat(heard.changes).hasSize(told);
      assertThat(heard.reached)
          .isSortedAccordingTo((a, b) -> Long.compareUnsigned(a.offset(), b.offset()))
          .doesNotHaveDuplicates();
    }
  }

  /** Before PostgreSQL 18 the server cannot read over what was written without a publication. */
  @Test
  void publicationMadeAnew_slotIsMadeAnewWhereItCannotBeReadAnyFurther() throws Exception {
    try (Heard heard = open()) {
      heard.caughtUp();
    }
    database.execute("drop publication freshet", "insert into product values (1, 'untold')");
    try (Heard heard = open()) {
      heard.caughtUp();
      database.execute("insert into product values (2, 'x')");
      heard.caughtUp();
      assertThat(heard.text()).contains("id=2").doesNotContain("id=1");
      int major = Integer.parseInt(database.queryText("show server_version_num")) / 10000;
      if (major < 18) {
        assertThat(heard.lastBeginning().from()).isEmpty();
        assertThat(heard.interruptions).isNotEmpty();
      }
    }
  }

  @Test
  void slotInUse_isNamedWithItsProcess_andTakenOnceItIsFree() throws Exception {
    try (Heard first = open()) {
      first.caughtUp();
      try (Heard second = open()) {
        await().atMost(Duration.ofSeconds(20)).until(() -> !second.interruptions.isEmpty());
        assertThat(second.interruptions.get(0))
            .contains(slot)
            .contains("is active for PID " + state().activePid());
        first.feed.close();
        second.caughtUp();
        assertThat(second.lastBeginning().from()).isPresent();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pg_create_logical_replication_slot('%s', 'test_decoding')",
        "pg_create_physical_replication_slot('%s')"
      })
  void foreignSlot_isLeftAlone_andNamed(String create) throws Exception {
    try {
      database.execute("select " + create.formatted(slot));
    } catch (IllegalStateException e) {
      // without the contrib modules there is no other plugin
      assertThat(e).rootCause().hasMessageContaining("test_decoding");
      return;
    }
    try (Heard heard = open()) {
      await().atMost(Duration.ofSeconds(20)).until(() -> !heard.interruptions.isEmpty());
      assertThat(heard.interruptions.get(0))
          .contains("the replication slot " + slot + " is")
          .contains("give Freshet's another name");
    }
    assertThat(state().exists()).isTrue();
  }

  @Test
  void slotOfAnotherDatabase_isLeftAlone_andNamed() throws Exception {
    try (TestDatabase other = TestDatabase.create()) {
      other.execute("select pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
      try (Heard heard = open()) {
        await().atMost(Duration.ofSeconds(20)).until(() -> !heard.interruptions.isEmpty());
        assertThat(heard.interruptions.get(0)).contains("is of the database freshet_test_");
      }
      other.execute("select pg_drop_replication_slot('" + slot + "')");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Relay", "a-b", "x'; drop", "ä"})
  void invalidName_isRefusedAtOnce(String name) {
    assertThatThrownBy(() -> open(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lower case letters, digits and underscores");
  }

  @Test
  void newSlot_waitsForWhoWrites_andSaysWhom_andACloseLeavesNothing() throws Exception {
    database.execute("create table busy (id int)");
    try (Connection writer =
        DriverManager.getConnection(database.url() + "&ApplicationName=slow")) {
      writer.setAutoCommit(false);
      writer.createStatement().execute("insert into busy values (1)");
      try (Heard heard = open()) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> heard.waited.stream().anyMatch(one -> one.contains("(slow)")));
        assertThat(heard.beginnings).isEmpty();
        assertThat(state().exists()).isFalse();
      }
      writer.rollback();
    }
    assertThat(state().exists()).isFalse();
  }
}
