package io.freshet.benchmark;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The PostgreSQL that all forks share, or, where there is none, an embedded one. */
final class Database implements AutoCloseable {

  /** The system property that names the shared one. */
  static final String URL = "benchmark.url";

  private final @Nullable EmbeddedPostgres server;
  private final String url;

  private Database(@Nullable EmbeddedPostgres server, String url) {
    this.server = server;
    this.url = url;
  }

  static Database open() throws IOException {
    String shared = System.getProperty(URL);
    if (shared != null) {
      return new Database(null, shared);
    }
    EmbeddedPostgres server = EmbeddedPostgres.start();
    return new Database(server, server.getJdbcUrl("postgres", "postgres"));
  }

  String url() {
    return url;
  }

  @Override
  public void close() throws IOException {
    if (server != null) {
      server.close();
    }
  }
}
