package io.freshet.postgres.tracking;

import static io.freshet.postgres.tracking.TrackingLab.run;
import static io.freshet.postgres.tracking.TrackingLab.tracked;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.TrackingPlan;
import io.freshet.testing.TestDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServerTest {

  private static String url(EmbeddedPostgres server) {
    return server.getJdbcUrl("postgres", "postgres");
  }

  private static String text(Connection connection, String sql) throws Exception {
    return Sql.text(connection, sql);
  }

  @Test
  void ordinaryServer_hasNothingToReport() throws Exception {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      assertThat(Server.check(connection)).isEmpty();
      assertThat(Server.warnings(connection)).isEmpty();
    }
  }

  @Test
  void otherDatabase_isNamed() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:")) {
      assertThat(Server.check(connection))
          .containsExactly(
              new Gap("H2", "only PostgreSQL tells of changes", "Set freshet.feed=none"));
    }
  }

  @Test
  void queueHalfFull_writersGoOn_andTheirTransactionsAreNoted() throws Exception {
    try (EmbeddedPostgres server =
            EmbeddedPostgres.builder()
                .setServerConfig("max_notify_queue_pages", "64")
                .setServerConfig("max_prepared_transactions", "10")
                .start();
        Connection stuck = DriverManager.getConnection(url(server));
        Connection writer = DriverManager.getConnection(url(server))) {
      assertThat(Server.warnings(writer))
          .extracting(Gap::subject)
          .containsExactly("max_prepared_transactions = 10", "max_notify_queue_pages = 64");
      run(writer, "create table product (id bigint primary key, name text)");
      Coverage coverage =
          Coverage.resolve(
              writer,
              new TrackingPlan(
                  List.of(tracked("product", Set.of("id"), Set.of("name"))), Set.of()));
      Triggers triggers = new Triggers(100);
      assertThat(triggers.install(writer, coverage)).isEmpty();
      // a listener in a transaction holds the queue's tail
      run(stuck, "listen freshet", "begin", "select 1");
      String before = triggers.signature(writer, coverage);
      while (text(writer, "select (pg_notification_queue_usage() <= 0.5)::text").equals("true")) {
        run(writer, "insert into product select 1 + count(*), repeat('x', 7000) from product");
      }
      assertThat(text(writer, "select count(*)::text from freshet.unannounced")).isEqualTo("0");
      assertThat(triggers.signature(writer, coverage)).isEqualTo(before);

      for (int i = 0; i < 100; i++) {
        run(
            writer,
            "begin",
            "update product set name = name || ''",
            "update product set name = name",
            "commit");
      }

      assertThat(text(writer, "select count(*)::text from freshet.unannounced")).isEqualTo("100");
      assertThat(triggers.signature(writer, coverage)).isNotEqualTo(before);
      run(stuck, "commit");
      assertThat(text(writer, "select pg_notification_queue_usage()::text")).isEqualTo("0");
    }
  }
}
