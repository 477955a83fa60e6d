package io.freshet.postgres.feed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Triggers;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementTest {

  private static final TableName TABLE = new TableName("public", "product");

  private static RowChange row(Object id) {
    return new RowChange(
        TABLE, Operation.ANY, RowValues.of("id", id), RowValues.of("id", id), ColumnSet.ALL);
  }

  private static Heard open(TestDatabase database, boolean wal) {
    if (wal) {
      PostgresFeed.Plan plan =
          Heard.plan(database.url(), PostgresFeed.Tracked.everything(new Publication()));
      return Heard.of(PostgresFeed.ofReplication(plan, 10_000));
    }
    return Heard.of(
        PostgresFeed.ofNotifications(
            Heard.plan(database.url(), PostgresFeed.Tracked.everything(new Triggers(1000)))));
  }

  private static List<Change> told(Heard heard) {
    List<Change> all = new ArrayList<>();
    heard.changes.forEach(set -> all.addAll(set.changes()));
    return all;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void announcement_reachesTheFeed_wholeAndOnlyOnCommit(boolean wal) throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute("create publication freshet with (publish_via_partition_root)");
      List<Change> many = new ArrayList<>();
      for (long i = 0; i < 500; i++) {
        many.add(row(i));
      }
      try (Heard heard = open(database, wal);
          Connection connection = database.connect()) {
        heard.caughtUp();
        Announcement.send(connection, new ChangeSet(many));
        Announcement.send(connection, ChangeSet.EMPTY);
        heard.caughtUp();
        assertThat(told(heard)).isEqualTo(many);

        heard.changes.clear();
        connection.setAutoCommit(false);
        Announcement.send(connection, new ChangeSet(List.of(row(1L))));
        connection.rollback();
        Announcement.send(connection, new ChangeSet(List.of(row(2L))));
        Announcement.send(connection, new ChangeSet(List.of(row(2L))));
        heard.caughtUp();
        assertThat(told(heard)).isEmpty();
        connection.commit();
        heard.caughtUp();
        assertThat(told(heard)).containsExactly(row(2L), row(2L));
      }
    }
  }

  @Test
  void messages_areAllShortEnough_andTogetherWhatWasGiven() throws Exception {
    long seed = System.nanoTime();
    System.out.println("AnnouncementTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<Change> changes = new ArrayList<>();
      int count = 1 + random.nextInt(30);
      for (int i = 0; i < count; i++) {
        changes.add(row("ä\"".repeat(random.nextInt(900))));
      }
      List<Change> back = new ArrayList<>();
      for (String message : Announcement.messages(new ChangeSet(changes))) {
        assertThat(message.getBytes(UTF_8).length).as("seed %d", seed).isLessThan(8000);
        back.addAll(ChangeSetCodec.decode(message).changes());
      }
      assertThat(back).as("seed %d", seed).isEqualTo(changes);
    }
  }

  @Test
  void changeThatIsTooLong_becomesItsTable() throws Exception {
    List<String> messages =
        Announcement.messages(
            new ChangeSet(
                List.of(row("x".repeat(9000)), row(1L), new UnknownChange("y".repeat(9000)))));
    List<Change> back = new ArrayList<>();
    for (String message : messages) {
      assertThat(message.getBytes(UTF_8).length).isLessThan(8000);
      back.addAll(ChangeSetCodec.decode(message).changes());
    }
    assertThat(back).hasSize(3).contains(TableChange.anything(TABLE), row(1L));
    assertThat(back.get(2)).isInstanceOf(UnknownChange.class);
  }
}
