package io.freshet.load;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** An embedded PostgreSQL that loses nothing: commits wait for the disk. Thread-safe. */
final class LoadServer implements AutoCloseable {

  private static final String CHANNEL = "load_rows";

  private final EmbeddedPostgres server;
  private final int rows;

  private LoadServer(EmbeddedPostgres server, int rows) {
    this.server = server;
    this.rows = rows;
  }

  /** Starts it, and fills one table for each variant. */
  static LoadServer start(int rows) throws IOException, SQLException {
    LoadServer load =
        new LoadServer(
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("wal_level", "logical")
                .setServerConfig("max_connections", "300")
                .setServerConfig("max_wal_senders", "100")
                .setServerConfig("max_replication_slots", "100")
                .setServerConfig("max_wal_size", "4GB")
                .setServerConfig("shared_buffers", "256MB")
                .start(),
            rows);
    try {
      if (!load.query("show fsync").equals("on")
          || !load.query("show synchronous_commit").equals("on")) {
        throw new IllegalStateException("the server does not wait for the disk");
      }
      for (Variant variant : Variant.values()) {
        load.create(variant);
      }
      return load;
    } catch (SQLException | RuntimeException e) {
      load.close();
      throw e;
    }
  }

  private void create(Variant variant) throws SQLException {
    execute(
        "create schema " + variant.schema(),
        "create table %s (id bigint primary key, balance bigint not null, note text not null)"
            .formatted(variant.table()),
        "insert into %s select n, 0, 'account ' || n from generate_series(1, %d) n"
            .formatted(variant.table(), rows));
    if (variant == Variant.ROW_TRIGGER) {
      execute(
          """
          create function %1$s.tell() returns trigger language plpgsql as $$
          begin
            perform pg_notify('%2$s', json_build_object(
              'table', tg_table_name, 'operation', tg_op, 'id', new.id)::text);
            return null;
          end $$"""
              .formatted(variant.schema(), CHANNEL),
          "create trigger tell after insert or update on %s for each row execute function %s.tell()"
              .formatted(variant.table(), variant.schema()));
    }
    vacuum(variant);
  }

  int rows() {
    return rows;
  }

  String url() {
    return server.getJdbcUrl("postgres", "postgres");
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url());
  }

  List<Connection> connect(int count) throws SQLException {
    List<Connection> connections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      connections.add(connect());
    }
    return connections;
  }

  /** Each in a transaction of its own. */
  void execute(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  String query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.next() ? result.getString(1) : "";
    }
  }

  /** The same table for the next round. */
  void vacuum(Variant variant) throws SQLException {
    execute("vacuum (analyze) " + variant.table(), "checkpoint");
  }

  /** Whoever is told of writes to the variant's table, until it is closed. */
  AutoCloseable listener(Variant variant) throws SQLException {
    return switch (variant) {
      case NONE -> () -> {};
      case NOTIFY, WAL -> LoadNode.start(this, variant, "10000");
      case ROW_TRIGGER -> new RowListener(connect(), CHANNEL);
    };
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
