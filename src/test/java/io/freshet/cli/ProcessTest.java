package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessTest {

  private static final int SIGTERM_STATUS = 128 + 15;

  @Test
  void watch_onSigterm_closesItsConnectionsAndEndsWithTheSignalsStatus() throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute("create table t (id int primary key)");
      Commands.run(database, "tracking", "install", "--tables", "t");
      ProcessBuilder builder =
          new ProcessBuilder(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  "watch"));
      builder.environment().put(ConnectionOptions.ENV_URL, database.url());
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      Process process = builder.start();
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        String line = out.readLine();
        while (line != null && !line.contains("caught up")) {
          line = out.readLine();
        }
        assertThat(line).isNotNull();

        process.toHandle().destroy(); // SIGTERM; our end of its output stays open

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(SIGTERM_STATUS);
        assertThat(out.lines()).noneMatch(more -> more.contains("interrupted"));
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
