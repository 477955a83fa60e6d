package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.freshet.FreshetSettings;
import io.freshet.cli.Commands.Ended;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {

  private static final List<String> STATUSES =
      List.of(
          ExitCode.OK_TEXT,
          ExitCode.FOUND_TEXT,
          ExitCode.USAGE_TEXT,
          ExitCode.FAILED_TEXT,
          ExitCode.TIMEOUT_TEXT,
          ExitCode.WARNED_TEXT,
          ExitCode.SIGNAL_TEXT);

  private static Ended run(String... args) {
    return Commands.run(Map.of(), args);
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "doctor",
        "tracking",
        "tracking print",
        "tracking install",
        "tracking check",
        "tracking remove",
        "watch",
        "barrier",
        "evict",
        "audit"
      })
  void help_namesTheExitStatuses_andEveryCommandHasAVersion(String command) {
    Ended help = run((command + " --help").strip().split(" "));
    assertThat(help.status()).isEqualTo(ExitCode.OK);
    assertThat(help.err()).isEmpty();
    for (String status : STATUSES) {
      assertThat(flat(help.out())).contains(status.substring(status.indexOf(':') + 1));
    }
    assertThat(run((command + " --version").strip().split(" ")).out())
        .contains("freshet " + Version.text(), "Java ");
  }

  @Test
  void help_holdsTheConstantsValues() {
    assertThat(flat(run("tracking", "install", "--help").out()))
        .contains("Default: " + FreshetSettings.DEFAULT_MAX_KEYS + ".");
    assertThat(flat(run("watch", "--help").out()))
        .contains("Default: " + FreshetSettings.DEFAULT_MAX_KEYS + ".", "Default: 1s.");
    assertThat(flat(run("barrier", "--help").out())).contains("Default: 5s.");
    assertThat(flat(run("doctor", "--help").out())).contains("Default: 5m.", "notify, wal, both");
  }

  @Test
  void manual_namesEveryCommandAndStatus() throws Exception {
    String manual = Files.readString(Path.of("docs/command-line.md"));
    assertThat(manual)
        .contains("freshet doctor", "tracking print", "tracking install", "tracking check")
        .contains("tracking remove", "freshet watch", "freshet barrier", "freshet evict")
        .contains("freshet relay", "freshet audit")
        .contains("FRESHET_URL", "FRESHET_PASSWORD", "PGPASSWORD");
    for (String status : STATUSES) {
      int colon = status.indexOf(':');
      assertThat(manual)
          .contains(
              "| %s | %s |".formatted(status.substring(0, colon), status.substring(colon + 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--password=Geheim-7", "--password Geheim-7", "--pass Geheim-7"})
  void passwordAsAnOption_isRefusedWithoutRepeatingIt(String option) {
    String[] args = ("doctor " + option).split(" ");

    Ended ended = run(args);

    assertThat(ended.status()).isEqualTo(ExitCode.USAGE);
    assertThat(ended.err()).contains("FRESHET_PASSWORD");
    assertThat(ended.all()).doesNotContain("Geheim-7");
  }

  @Test
  void passwordInARefusedUrl_isNotRepeated() {
    for (String url :
        List.of(
            "jdbc:postgresql://127.0.0.1:1/x?user=u&password=Geheim-7",
            "jdbc:mysql://u:Geheim-7@h/x?password=Geheim-7",
            "postgres://u:Geheim-7@127.0.0.1/x")) {
      for (String command : List.of("doctor", "watch", "barrier")) {
        Ended ended = run(command, "--url", url);
        assertThat(ended.status()).isIn(ExitCode.USAGE, ExitCode.FAILED);
        assertThat(ended.all()).doesNotContain("Geheim-7");
        assertThat(run(command, "--urll", url).all()).doesNotContain("Geheim-7");
      }
    }
  }

  @Test
  void twoDifferentUsers_areRefused() {
    assertThat(run("doctor", "--url", "jdbc:postgresql://h/x?user=a", "--user", "b").err())
        .contains("--user b", "user=a");
    assertThat(run("doctor").err()).contains("--url", "FRESHET_URL");
  }

  @Test
  void log_asJson_isOneObjectALine_andQuietByDefault() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    Logging.configure(context, err, new Logging.Options(0, Logging.Format.JSON));
    context.getLogger("io.freshet.x").info("not told");
    context.getLogger("io.freshet.x").warn("told {}", 1);
    // the log may be configured anew without losing the stream
    Logging.configure(context, err, new Logging.Options(2, Logging.Format.JSON));
    context.getLogger("io.freshet.x").debug("in detail");
    context.getLogger("org.other").info("not ours");

    List<Map<String, Object>> lines =
        err.toString(StandardCharsets.UTF_8).lines().map(Commands::json).toList();
    assertThat(lines)
        .extracting(line -> line.get("level") + " " + line.get("formattedMessage"))
        .containsExactly("WARN told 1", "DEBUG in detail");
  }

  @Test
  void library_holdsNothingThatConfiguresALog() throws Exception {
    Path classes = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (var files = Files.walk(classes)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(
              name ->
                  name.startsWith("logback")
                      || name.startsWith("log4j")
                      || name.equals("logging.properties")
                      || name.endsWith("Configurator"));
    }
  }
}
