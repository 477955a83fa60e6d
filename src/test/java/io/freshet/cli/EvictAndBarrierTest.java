package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.cli.Commands.Ended;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

class EvictAndBarrierTest {

  private static final TableName LINE = new TableName("public", "line");

  private TestDatabase database;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
    database.execute(
        "create table line (order_id int, pos int, primary key (order_id, pos))",
        "create table note (text text)");
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private ChangeSet told(String... evict) throws Exception {
    try (Connection listener = database.connect();
        Statement statement = listener.createStatement()) {
      statement.execute("listen freshet");
      Ended ended = Commands.run(database, evict);
      assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.OK);
      assertThat(ended.out()).contains("told all caches to forget public.line");
      var told = listener.unwrap(PGConnection.class).getNotifications(5_000);
      assertThat(told).hasSize(1);
      return ChangeSetCodec.decode(told[0].getParameter());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void evict_tellsTheTableOrTheRow_withAndWithoutTheSchema(boolean schema) throws Exception {
    if (schema) {
      Commands.run(database, "tracking", "install", "--tables", "line");
    }
    RowValues row = new RowValues(java.util.Map.of("order_id", "7", "pos", "@1"));

    assertThat(told("evict", "line").changes()).containsExactly(TableChange.anything(LINE));
    assertThat(told("evict", "public.line", "7", "@1").changes())
        .containsExactly(new RowChange(LINE, Operation.ANY, row, row, ColumnSet.ALL));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void evict_ofWhatIsNotThere_isRefusedWithWhatIs(boolean schema) {
    if (schema) {
      Commands.run(database, "tracking", "install", "--tables", "line");
    }
    Ended unknown = Commands.run(database, "evict", "lien");
    Ended tooFew = Commands.run(database, "evict", "line", "7");
    Ended noKey = Commands.run(database, "evict", "note", "7");

    assertThat(unknown.err()).contains("no table lien", "public.line");
    assertThat(tooFew.err()).contains("(order_id, pos)", "2 value(s), not 1");
    assertThat(noKey.err()).contains("no key");
    assertThat(unknown.status()).isEqualTo(ExitCode.USAGE);
    assertThat(tooFew.status()).isEqualTo(ExitCode.USAGE);
    assertThat(noKey.status()).isEqualTo(ExitCode.USAGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void barrier_comesBack(String feed) {
    Commands.run(database, "tracking", "install", "--feed", feed, "--tables", "line");

    Ended ended = Commands.run(database, "barrier", "--timeout", "30s");

    assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.OK);
    assertThat(ended.out()).matches(feed + ": .* a barrier took \\d+\\.\\d{3} ms, .*\\R");
  }

  @Test
  void barrier_withAGap_namesIt() {
    Commands.run(database, "tracking", "install", "--tables", "line");
    database.execute("drop trigger freshet_insert on line");

    Ended ended = Commands.run(database, "barrier");

    assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
    assertThat(ended.out()).contains("public.line", "select freshet.widen(");
  }

  @Test
  void barrier_thatCannotComeBack_endsWithTheTimeoutsStatus() throws Exception {
    Commands.run(database, "tracking", "install", "--feed", "wal", "--tables", "line");
    try (Connection writer = database.connect();
        Statement statement = writer.createStatement()) {
      // a new slot waits for every transaction that has written
      writer.setAutoCommit(false);
      statement.execute("insert into line values (1, 1)");

      Ended ended = Commands.run(database, "barrier", "--feed", "wal", "--timeout", "500ms");

      assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.TIMEOUT);
      assertThat(ended.err()).contains("within 500 ms");
      writer.rollback();
    }
  }
}
