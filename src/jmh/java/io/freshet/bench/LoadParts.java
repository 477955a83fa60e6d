package io.freshet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Part 4, what grows with writers and nodes: the load program measures that, in its own JVM. */
final class LoadParts {

  private static final String LOAD = "io.freshet.load.Load";

  private final BenchOptions options;

  LoadParts(BenchOptions options) {
    this.options = options;
  }

  /** Prints what it prints. */
  void run() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), LOAD));
    command.addAll(List.of("--parts=writes,nodes", "--nodes=1,10,50"));
    command.add("--rounds=" + options.rounds());
    command.add(String.format(Locale.ROOT, "--seconds=%s", options.seconds()));
    options.line("%n### Writers and nodes");
    options.line("%n```");
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        options.line("%s", line);
      }
    }
    options.line("```");
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException("the load program ended with status " + status);
    }
  }
}
