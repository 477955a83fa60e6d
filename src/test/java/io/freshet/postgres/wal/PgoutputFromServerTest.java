package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.postgres.tracking.Coverage;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every kind of message, from a real server. */
class PgoutputFromServerTest {

  private static final TableName ITEM = new TableName("public", "item");

  @BeforeEach
  void createTables() {
    WalServer.execute(
        "drop schema if exists public cascade",
        "create schema public",
        "create type mood as enum ('sad', 'happy')",
        "create table item (id int primary key, owner int, name text, big text, mood mood)",
        "alter table item alter column big set storage external",
        "create table other (id int primary key)",
        "create table many (id int primary key)",
        "create table line (id int, part int, owner int, primary key (id, part))"
            + " partition by list (part)",
        "create table line_1 partition of line for values in (1)",
        "create table line_2 partition of line for values in (2)",
        "create publication reading for all tables with (publish_via_partition_root = true)");
  }

  @AfterEach
  void dropTables() {
    WalServer.execute(
        "drop publication reading", "drop schema public cascade", "create schema public");
  }

  private static Recorder recorder() throws Exception {
    return new Recorder(
        WalServer.stream("reading"),
        1000,
        Recorder.table("public.item", List.of("id"), "owner"),
        Recorder.table("public.many", List.of("id")),
        Recorder.table("public.line", List.of("id"), "owner"));
  }

  @Test
  void rows_ofTheDefaultIdentity_areToldByTheirKey() throws Exception {
    try (Recorder recorder = recorder()) {
      WalServer.execute("insert into item values (1, 7, 'a', null, 'happy')");
      assertThat(recorder.changes())
          .containsExactly(
              row(Operation.INSERT, values(), values("id", "1", "owner", "7"), ColumnSet.ALL));

      WalServer.execute("update item set name = 'b'");
      ColumnSet notTheKey = ColumnSet.allExcept(List.of("id"));
      assertThat(recorder.changes())
          .containsExactly(
              row(Operation.UPDATE, values("id", "1"), values("id", "1", "owner", "7"), notTheKey));

      WalServer.execute("update item set id = 2");
      assertThat(recorder.changes())
          .containsExactly(
              row(
                  Operation.UPDATE,
                  values("id", "1"),
                  values("id", "2", "owner", "7"),
                  ColumnSet.ALL));

      WalServer.execute("delete from item");
      assertThat(recorder.changes())
          .containsExactly(row(Operation.DELETE, values("id", "2"), values(), ColumnSet.ALL));
    }
  }

  @Test
  void rows_ofIdentityFull_areToldWithWhatTheyWere() throws Exception {
    WalServer.execute(
        "alter table item replica identity full",
        "insert into item values (1, 7, 'a', repeat('x', 10000), 'sad')");
    try (Recorder recorder = recorder()) {
      WalServer.execute("update item set owner = 8");
      assertThat(recorder.changes())
          .containsExactly(
              row(
                  Operation.UPDATE,
                  values("id", "1", "owner", "7"),
                  values("id", "1", "owner", "8"),
                  ColumnSet.allExcept(List.of("id", "name", "big", "mood"))));

      WalServer.execute("update item set owner = owner");
      assertThat(((RowChange) recorder.changes().get(0)).changed()).isEqualTo(ColumnSet.NONE);

      WalServer.execute("update item set big = repeat('y', 10000)");
      assertThat(((RowChange) recorder.changes().get(0)).changed())
          .isEqualTo(ColumnSet.allExcept(List.of("id", "name", "owner", "mood")));

      WalServer.execute("delete from item");
      assertThat(recorder.changes())
          .containsExactly(
              row(Operation.DELETE, values("id", "1", "owner", "8"), values(), ColumnSet.ALL));
    }
  }

  @Test
  void largeValueThatWasNotTouched_surelyKeptItsValue() throws Exception {
    WalServer.execute("insert into item values (1, 7, 'a', repeat('x', 10000), 'sad')");
    try (Recorder recorder = recorder()) {
      WalServer.execute("update item set name = 'b'");
      assertThat(((RowChange) recorder.changes().get(0)).changed())
          .isEqualTo(ColumnSet.allExcept(List.of("id", "big")));
    }
  }

  @Test
  void identityByIndex_isTheIndexedColumns() throws Exception {
    WalServer.execute(
        "alter table item alter owner set not null",
        "create unique index by_owner on item (owner)",
        "alter table item replica identity using index by_owner",
        "insert into item values (1, 7, 'a', null, 'sad')");
    try (Recorder recorder = recorder()) {
      WalServer.execute("update item set id = 2");
      assertThat(recorder.changes())
          .containsExactly(
              row(
                  Operation.UPDATE,
                  values("owner", "7"),
                  values("id", "2", "owner", "7"),
                  ColumnSet.allExcept(List.of("owner"))));
      WalServer.execute("delete from item");
      assertThat(recorder.changes())
          .containsExactly(row(Operation.DELETE, values("owner", "7"), values(), ColumnSet.ALL));
    }
  }

  @Test
  void truncate_ofSeveralTables_isToldOfEachThatIsPublished() throws Exception {
    try (Recorder recorder = recorder()) {
      WalServer.execute("truncate other, many, item restart identity cascade");
      assertThat(recorder.changes())
          .containsExactlyInAnyOrder(
              new TableChange(ITEM, Operation.TRUNCATE, ColumnSet.ALL),
              new TableChange(new TableName("public", "many"), Operation.TRUNCATE, ColumnSet.ALL),
              new TableChange(new TableName("public", "other"), Operation.TRUNCATE, ColumnSet.ALL));
    }
  }

  @Test
  void partitions_areToldAsTheirRoot() throws Exception {
    TableName line = new TableName("public", "line");
    try (Recorder recorder = recorder()) {
      WalServer.execute("insert into line_1 values (1, 1, 7)");
      assertThat(((RowChange) recorder.changes().get(0)).table()).isEqualTo(line);
      // across partitions: a delete and an insert
      WalServer.execute("update line set part = 2");
      List<Change> moved = recorder.changes();
      assertThat(moved)
          .extracting(one -> ((RowChange) one).operation())
          .containsExactly(Operation.DELETE, Operation.INSERT);
      assertThat(((RowChange) moved.get(0)).before()).isEqualTo(values("id", "1"));
      WalServer.execute("truncate line");
      assertThat(recorder.changes())
          .containsExactly(new TableChange(line, Operation.TRUNCATE, ColumnSet.ALL));
    }
  }

  /**
   * The root's identity is told, the partition's is logged: the stream itself cannot be trusted.
   */
  @Test
  void partitionWithANarrowerIdentity_isUnderstoodOnlyWhereItIsNamed() throws Exception {
    WalServer.execute(
        "alter table line replica identity full", "insert into line values (1, 1, 7), (2, 1, 7)");
    Coverage.Table line = Recorder.table("public.line", List.of("id"), "owner");
    try (Recorder deceived = new Recorder(WalServer.stream("reading"), 1000, line);
        Recorder warned =
            new Recorder(WalServer.stream("reading"), 1000, Set.of(line.oid()), line)) {
      WalServer.execute("delete from line where id = 1");
      assertThat(((RowChange) deceived.changes().get(0)).before())
          .as("owner was 7")
          .isEqualTo(values("id", "1", "owner", null));
      assertThat(((RowChange) only(warned)).before()).isEqualTo(values("id", "1"));

      WalServer.execute("update line set owner = 8");
      RowChange update = (RowChange) only(warned);
      assertThat(update.before()).isEqualTo(RowValues.UNKNOWN);
      assertThat(update.changed()).isEqualTo(ColumnSet.ALL);
    }
  }

  /** The only change until now; other recorders' barriers do not count. */
  private static Change only(Recorder recorder) throws Exception {
    List<WalEvent> commits =
        recorder.untilBarrier().stream().filter(e -> e instanceof WalEvent.Committed).toList();
    assertThat(commits).hasSize(1);
    return ((WalEvent.Committed) commits.get(0)).changes().changes().get(0);
  }

  @Test
  void transactions_thatRollBack_giveNothing_andSavepointsOnlyWhatStayed() throws Exception {
    try (Recorder recorder = recorder();
        Connection writer = WalServer.connect()) {
      WalServer.execute(writer, "begin", "insert into item values (1)", "rollback");
      assertThat(recorder.untilBarrier()).isEmpty();

      WalServer.execute(
          writer,
          "begin",
          "insert into item values (2)",
          "savepoint a",
          "insert into item values (3)",
          "rollback to a",
          "insert into item values (4)",
          "savepoint b",
          "insert into item values (5)",
          "commit");
      assertThat(recorder.changes())
          .extracting(one -> ((RowChange) one).after().get("id"))
          .containsExactly("2", "4", "5");
    }
  }

  @Test
  void preparedTransaction_isToldWhenItIsCommitted_andVisibleByItsXid() throws Exception {
    try (Recorder recorder = recorder();
        Connection writer = WalServer.connect()) {
      WalServer.execute(
          writer, "begin", "insert into item values (1)", "prepare transaction 'told'");
      assertThat(recorder.untilBarrier()).isEmpty();
      PgSnapshot before = WalStream.snapshot(recorder.side);
      WalServer.execute(writer, "commit prepared 'told'");
      List<WalEvent> events = recorder.untilBarrier();
      assertThat(events).hasSize(1);
      int xid = ((WalEvent.Committed) events.get(0)).xid();
      assertThat(before.contains(xid)).isFalse();
      assertThat(WalStream.snapshot(recorder.side).contains(xid)).isTrue();

      WalServer.execute(
          writer, "begin", "insert into item values (2)", "prepare transaction 'not'");
      WalServer.execute(writer, "rollback prepared 'not'");
      assertThat(recorder.untilBarrier()).isEmpty();
    }
  }

  @Test
  void messages_ofSql_areAnnouncements() throws Exception {
    String json = "{\"v\":1,\"c\":[{\"t\":\"item\",\"o\":\"*\"}]}";
    Change anything = TableChange.anything(TableName.of("item"));
    try (Recorder recorder = recorder()) {
      WalServer.execute("select pg_logical_emit_message(true, 'freshet', '" + json + "')");
      assertThat(recorder.changes()).containsExactly(anything);
      WalServer.execute("select pg_logical_emit_message(false, 'freshet', '" + json + "')");
      assertThat(recorder.untilBarrier())
          .containsExactly(new WalEvent.Announced(new ChangeSet(List.of(anything))));
      WalServer.execute("select pg_logical_emit_message(false, 'other', 'not for us')");
      assertThat(recorder.untilBarrier()).isEmpty();
    }
  }

  @Test
  void oneStatementWithMoreRowsThanMaxKeys_isOneTableChange() throws Exception {
    try (Recorder recorder = recorder()) {
      WalServer.execute("insert into many select generate_series(1, 100000)");
      assertThat(recorder.changes())
          .containsExactly(
              new TableChange(new TableName("public", "many"), Operation.INSERT, ColumnSet.ALL));
    }
  }

  @Test
  void schemaChange_isDescribedAgain() throws Exception {
    try (Recorder recorder = recorder()) {
      WalServer.execute("insert into item values (1, 7)");
      recorder.changes();
      WalServer.execute(
          "alter table item drop column owner",
          "alter table item add column owner bigint default 9",
          "update item set name = 'c'");
      List<WalEvent> events = recorder.untilBarrier();
      WalEvent.Committed last = (WalEvent.Committed) events.get(events.size() - 1);
      assertThat(((RowChange) last.changes().changes().get(0)).after())
          .isEqualTo(values("id", "1", "owner", "9"));
    }
  }

  /** All kinds of messages as the server writes them, and then damaged. */
  @Test
  void corpus_ofARealServer_isDecoded_andDamagedStillAnsweredOrRefused() throws Exception {
    List<byte[]> corpus;
    try (Recorder recorder = recorder();
        Connection writer = WalServer.connect()) {
      WalServer.execute(writer, "select pg_replication_origin_create('elsewhere')");
      WalServer.execute(
          writer,
          "select pg_replication_origin_session_setup('elsewhere')",
          "begin",
          "insert into item values (1, 7, 'ü', null, 'happy')",
          "select pg_replication_origin_xact_setup('0/1234', now())",
          "commit",
          "select pg_replication_origin_session_reset()",
          "select pg_replication_origin_drop('elsewhere')",
          "update item set id = 2",
          "alter table item replica identity full",
          "update item set name = 'x'",
          "select pg_logical_emit_message(true, 'x', 'y')",
          "delete from item",
          "truncate item, other");
      recorder.untilBarrier();
      assertThat(recorder.failure).isNull();
      corpus = List.copyOf(recorder.messages);
    }
    Set<String> kinds = new TreeSet<>();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (byte[] message : corpus) {
      Pgoutput decoded = PgoutputDecoder.decode(ByteBuffer.wrap(message));
      kinds.add(decoded.getClass().getSimpleName());
      for (int i = 0; i < 500; i++) {
        byte[] damaged = Arrays.copyOf(message, random.nextInt(message.length + 3));
        if (damaged.length > 0) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        decodeOrRefuse(damaged, seed);
      }
    }
    assertThat(kinds)
        .containsExactlyInAnyOrder(
            "Begin",
            "Commit",
            "Delete",
            "Insert",
            "Message",
            "Origin",
            "Relation",
            "Truncate",
            "Type",
            "Update");
  }

  private static void decodeOrRefuse(byte[] damaged, long seed) {
    try {
      assertThat(PgoutputDecoder.decode(ByteBuffer.wrap(damaged))).as("seed %d", seed).isNotNull();
    } catch (MalformedReplicationException e) {
      assertThat(e.getMessage()).as("seed %d", seed).contains(" bytes, at ");
    }
  }

  private static RowChange row(
      Operation operation, RowValues before, RowValues after, ColumnSet changed) {
    return new RowChange(ITEM, operation, before, after, changed);
  }

  private static RowValues values(String... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return new RowValues(values);
  }
}
