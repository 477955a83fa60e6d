package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.cli.Commands.Ended;
import io.freshet.cli.Commands.Started;
import io.freshet.testing.TestDatabase;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchTest {

  private TestDatabase database;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
    database.execute(
        "create table category (id int primary key, name text)",
        "create table product (id bigint primary key, price int, category_id int)");
    for (String feed : List.of("notify", "wal")) {
      Commands.run(database, "tracking", "install", "--feed", feed, "--tables", "category,product");
    }
    database.execute("select freshet.widen('product', '{id}', '{category_id}')");
  }

  @AfterEach
  void drop() {
    database.close();
  }

  private Started watch(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "watch";
    System.arraycopy(args, 0, all, 1, args.length);
    Started started = Commands.start(database, all);
    started.awaitOut("caught up");
    return started;
  }

  private static List<String> changes(Ended ended) {
    return ended
        .out()
        .lines()
        .filter(line -> !line.contains("  -- "))
        .map(line -> line.replaceFirst("^\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  ", ""))
        .toList();
  }

  @Test
  void everyKindOfChange_isALine_notify() {
    try (Started watch = watch("--feed", "notify", "--count", "7")) {
      database.execute(
          "insert into product values (1, 10, 1), (2, 20, null)",
          "update product set price = 11 where id = 1",
          "update product set category_id = 2 where id = 1",
          "delete from product where id = 2",
          "truncate product",
          "select freshet.evict('category', '5')",
          "select freshet.evict('category')");
      Ended ended = watch.end();

      assertThat(ended.status()).isEqualTo(ExitCode.OK);
      assertThat(changes(ended))
          .containsExactly(
              "public.product  INSERT  id=1  category_id=1",
              "public.product  INSERT  id=2  category_id=null",
              "public.product  UPDATE  id=1",
              "public.product  UPDATE  id=1  category_id: 1 -> 2",
              "public.product  DELETE  id=2  category_id=null",
              "public.product  TRUNCATE  any row",
              "public.category  *  id=5",
              "public.category  *  any row");
    }
  }

  @Test
  void everyKindOfChange_isALine_wal() {
    try (Started watch = watch("--feed", "wal", "--count", "5")) {
      database.execute(
          "insert into product values (1, 10, 1)",
          "update product set price = 11 where id = 1",
          "delete from product where id = 1",
          "truncate product",
          "select freshet.evict('category')");
      Ended ended = watch.end();

      assertThat(ended.status()).isEqualTo(ExitCode.OK);
      assertThat(changes(ended))
          .satisfiesExactlyInAnyOrder(
              line -> assertThat(line).startsWith("public.product  INSERT  id=1"),
              line -> assertThat(line).startsWith("public.product  UPDATE  id=1"),
              line -> assertThat(line).startsWith("public.product  DELETE  id=1"),
              line -> assertThat(line).startsWith("public.product  TRUNCATE  any row"),
              line -> assertThat(line).startsWith("public.category  *  any row"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void json_isAChangeSetWithTimeAndLag_ofTheTablesAskedFor(String feed) throws Exception {
    try (Started watch =
        watch("--feed", feed, "--json", "--count", "1", "--tables", "public.product")) {
      database.execute(
          "insert into category values (1, 'a')", "insert into product values (1, 10, 1)");
      Ended ended = watch.end();

      assertThat(ended.out()).doesNotContain("category\",\"s\"");
      List<Map<String, Object>> lines = ended.out().lines().map(Commands::json).toList();
      assertThat(lines).allSatisfy(line -> assertThat(line).containsKeys("time", "event"));
      assertThat(lines).extracting(line -> line.get("event")).contains("begins", "caught up");
      Map<String, Object> last = lines.get(lines.size() - 1);
      assertThat(last).containsEntry("event", "changes").containsKey("lag_ms");
      String text = ended.out().lines().reduce((a, b) -> b).orElseThrow();
      ChangeSet decoded = ChangeSetCodec.decode(text);
      assertThat(decoded.changes())
          .singleElement()
          .isInstanceOfSatisfying(
              RowChange.class,
              row -> {
                assertThat(row.operation()).isEqualTo(Operation.INSERT);
                assertThat(row.before()).isEqualTo(RowValues.UNKNOWN);
                assertThat(row.after().get("id")).isEqualTo("1");
              });
    }
  }

  @Test
  void lag_isALineForEachBarrier() {
    try (Started watch = watch("--lag", "--every", "20ms")) {
      org.awaitility.Awaitility.await()
          .until(
              () -> watch.lines().stream().filter(line -> line.contains("-- lag: ")).count() > 3);
      assertThat(watch.stop().status()).isEqualTo(ExitCode.OK);
    }
  }

  @Test
  void interruptionAndRestoration_areLines() {
    try (Started watch = watch()) {
      database.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity"
              + " where datname = current_database() and application_name = 'freshet'"
              + " and pid <> pg_backend_pid()");
      watch.awaitOut("-- interrupted: ");
      org.awaitility.Awaitility.await()
          .until(() -> watch.lines().stream().filter(l -> l.contains("-- caught up")).count() > 1);
      database.execute("insert into category values (1, 'a')");
      watch.awaitOut("public.category  INSERT  id=1");
      assertThat(watch.stop().status()).isEqualTo(ExitCode.OK);
    }
  }

  @Test
  void droppedTrigger_isSaidWithWhatMendsIt() {
    try (Started watch = watch("--feed", "notify", "--every", "50ms")) {
      database.execute("drop trigger freshet_insert on category");
      watch.awaitOut("select freshet.widen('public.category'");
      assertThat(watch.stop().out()).contains("-- interrupted: ");
    }
  }

  @Test
  void valuesThatWouldSpeakToTheTerminal_areEscaped() {
    database.execute("create table tag (name text primary key)", "select freshet.track('tag')");
    try (Started watch = watch("--feed", "notify", "--count", "1", "--tables", "tag")) {
      database.execute("insert into tag values (e'\\x1b[2J it''s')");
      Ended ended = watch.end();

      assertThat(ended.out()).doesNotContain("\u001b").contains("name='\\u001b[2J it''s'");
    }
  }

  @Test
  void databaseWithoutTracking_isRefusedWithTheWayOut() {
    try (TestDatabase empty = TestDatabase.create()) {
      Ended ended = Commands.run(empty, "watch", "--count", "1");

      assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
      assertThat(ended.err()).contains("nothing is tracked", "freshet tracking install");
    }
    assertThat(Commands.run(database, "watch", "--count", "0").err()).contains("--count 0");
    assertThat(Commands.run(database, "watch", "--tables", "prodct").err())
        .contains("the nearest names are product");
  }
}
