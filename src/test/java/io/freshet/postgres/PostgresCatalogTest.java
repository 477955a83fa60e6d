package io.freshet.postgres;

import static io.freshet.postgres.CatalogFixture.insert;
import static io.freshet.postgres.CatalogFixture.tables;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresCatalogTest {

  private final TestDatabase database = TestDatabase.create();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicBoolean broken = new AtomicBoolean();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final PostgresCatalog catalog = new PostgresCatalog(this::lend, nanos::get);

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void widen_manyTimes_readsOnce() {
    assertThat(catalog.widen(List.of())).isEmpty();
    assertThat(catalog.ofCalls(List.of())).isEmpty();
    assertThat(reads).hasValue(0);
    catalog.widen(List.of(insert("t")));
    catalog.ofCalls(List.of("f"));
    catalog.storesAsWritten(TableName.of("t"));
    assertThat(reads).hasValue(1);
  }

  @Test
  void refresh_afterDdl_answersByTheNewSchema() {
    database.execute("create table t (id int)");
    assertThat(catalog.storesAsWritten(TableName.of("t"))).isTrue();
    database.execute("create rule r as on insert to t do instead nothing");
    assertThat(catalog.storesAsWritten(TableName.of("t"))).isTrue();
    catalog.refresh();
    assertThat(catalog.storesAsWritten(TableName.of("t"))).isFalse();
    assertThat(reads).hasValue(2);
  }

  @Test
  void refresh_duringARead_isNotLost() {
    database.execute("create table t (id int)");
    AtomicInteger count = new AtomicInteger();
    PostgresCatalog[] self = new PostgresCatalog[1];
    self[0] =
        new PostgresCatalog(
            new ConnectionSource() {
              @Override
              public <T> T withConnection(SqlFunction<T> function) throws SQLException {
                T read = lend(function);
                if (count.incrementAndGet() == 1) {
                  database.execute("create rule r as on insert to t do instead nothing");
                  self[0].refresh();
                }
                return read;
              }
            });
    self[0].storesAsWritten(TableName.of("t"));
    assertThat(self[0].storesAsWritten(TableName.of("t"))).isFalse();
    assertThat(count).hasValue(2);
  }

  @Test
  void read_fails_answersUnknownAndRetriesAfterTheInterval() {
    broken.set(true);
    assertThat(catalog.widen(List.of(insert("t"))))
        .containsExactly(
            insert("t"), new UnknownChange("the catalog cannot be read: no connection"));
    assertThat(tables(catalog.ofCalls(List.of("f")))).containsExactly("?");
    assertThat(catalog.storesAsWritten(TableName.of("t"))).isFalse();
    assertThat(reads).as("one attempt within the interval").hasValue(1);
    broken.set(false);
    nanos.addAndGet(PostgresCatalog.RETRY_INTERVAL.toNanos() - 1);
    assertThat(tables(catalog.widen(List.of(insert("t"))))).contains("?");
    nanos.incrementAndGet();
    assertThat(catalog.widen(List.of(insert("t")))).containsExactly(insert("t"));
    assertThat(reads).hasValue(2);
  }

  @Test
  void read_byRoleWithoutRights_answersUnknown() throws SQLException {
    String role = "freshet_test_" + ProcessHandle.current().pid();
    database.execute(
        "create role " + role,
        "revoke select on pg_catalog.pg_proc from public",
        "create table t (id int)");
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("set role " + role);
      PostgresCatalog poor =
          new PostgresCatalog(
              new ConnectionSource() {
                @Override
                public <T> T withConnection(SqlFunction<T> function) throws SQLException {
                  return function.apply(connection);
                }
              });
      assertThat(poor.widen(List.of(insert("t")))).hasSize(2);
      assertThat(tables(poor.widen(List.of(insert("t"))))).containsExactly("?", "t");
    } finally {
      database.execute("drop role " + role);
    }
  }

  @Test
  void widen_fromManyThreadsAtOnce_readsOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<List<Change>>> answers = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        answers.add(threads.submit(() -> catalog.widen(List.of(insert("t")))));
      }
      for (Future<List<Change>> answer : answers) {
        assertThat(answer.get()).containsExactly(insert("t"));
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(reads).hasValue(1);
  }

  @Test
  void read_ofAThousandTables_isQuick() {
    database.execute(
        """
        do $$ begin
          create table t_0 (id int primary key);
          create function f() returns trigger language plpgsql as
            'begin insert into t_0 values (1); return new; end';
          for i in 1..1000 loop
            execute format('create table t_%s (id int primary key, a text, b text,'
              || ' up int references t_%s on delete cascade)', i, i / 10);
            execute format('create trigger g after insert on t_%s for each row'
              || ' execute function f()', i);
          end loop;
        end $$""");
    catalog.widen(List.of(insert("t_0")));
    catalog.refresh();
    Duration read = timed(() -> catalog.widen(List.of(insert("t_0"))));
    Duration widen = timed(() -> catalog.widen(List.of(CatalogFixture.delete("t_0"))));
    Duration narrow = timed(() -> catalog.widen(List.of(insert("t_500"))));
    assertThat(read)
        .as("read %s, widened over all %s, over two %s", read, widen, narrow)
        .isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void isPostgres_knowsItsOwn() throws SQLException {
    try (Connection postgres = database.connect();
        Connection other = DriverManager.getConnection("jdbc:h2:mem:")) {
      assertThat(PostgresCatalog.isPostgres(postgres)).isTrue();
      assertThat(PostgresCatalog.isPostgres(other)).isFalse();
    }
  }

  private static Duration timed(Runnable action) {
    long start = System.nanoTime();
    action.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private <T> T lend(ConnectionSource.SqlFunction<T> function) throws SQLException {
    reads.incrementAndGet();
    if (broken.get()) {
      throw new SQLException("no connection");
    }
    try (Connection connection = database.connect()) {
      return function.apply(connection);
    }
  }
}
