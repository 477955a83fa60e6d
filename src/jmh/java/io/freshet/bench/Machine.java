package io.freshet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a result has to be read with: the machine, and the versions of all that ran. Stateless. */
final class Machine {

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final List<String> LIBRARIES =
      List.of(
          "hibernate-core",
          "hibernate-jcache",
          "ehcache",
          "caffeine",
          "infinispan-hibernate-cache-v66",
          "infinispan-core",
          "hazelcast-hibernate53",
          "hazelcast",
          "redisson-hibernate-7",
          "postgresql");

  private Machine() {}

  static List<String> lines(Server server) throws IOException, SQLException {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s; %d processors%s%s, %s %s; %s %s.",
            LocalDate.now(ZoneOffset.UTC),
            Runtime.getRuntime().availableProcessors(),
            first(PROCESSORS, "model name\\s*:\\s*(.+)").map(" (%s)"::formatted).orElse(""),
            first(MEMORY, "MemTotal:\\s*(\\d+) kB")
                .map(kib -> ", %d GiB".formatted(Math.round(Long.parseLong(kib) / 1048576.0)))
                .orElse(""),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("java.vm.name"),
            Runtime.version()));
    lines.add(
        "PostgreSQL %s, fsync %s, synchronous_commit %s."
            .formatted(
                server.query("show server_version"),
                server.query("show fsync"),
                server.query("show synchronous_commit")));
    lines.add(String.join(", ", versions(System.getProperty("java.class.path"))) + ".");
    return lines;
  }

  private static Optional<String> first(Path file, String pattern) throws IOException {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    Matcher found = Pattern.compile(pattern).matcher(Files.readString(file));
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }

  /** By the names of the jars. */
  private static List<String> versions(String classPath) {
    List<String> versions = new ArrayList<>();
    for (String library : LIBRARIES) {
      Matcher jar =
          Pattern.compile("[/\\\\]" + Pattern.quote(library) + "-(\\d[^/\\\\:;]*)\\.jar")
              .matcher(classPath);
      if (jar.find()) {
        versions.add(library + " " + jar.group(1));
      }
    }
    return versions;
  }
}
