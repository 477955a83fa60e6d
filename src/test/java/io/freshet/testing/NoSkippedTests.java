package io.freshet.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Run by the CI profile after the tests: a test that was skipped has shown nothing. */
public final class NoSkippedTests {

  private NoSkippedTests() {}

  /**
   * Reads the reports of the tests.
   *
   * @param arguments the folder of the XML reports
   * @throws IllegalStateException naming the skipped tests, or if there is no report at all
   */
  public static void main(String[] arguments) throws IOException {
    List<String> skipped = new ArrayList<>();
    int reports = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of(arguments[0]), "TEST-*.xml")) {
      for (Path file : files) {
        reports++;
        String name = "";
        for (String line : Files.readAllLines(file)) {
          if (line.contains("<testcase ")) {
            name = line.strip();
          }
          if (line.contains("<skipped")) {
            skipped.add(name);
          }
        }
      }
    }
    if (reports == 0 || !skipped.isEmpty()) {
      throw new IllegalStateException(
          reports == 0 ? "no test reports in " + arguments[0] : "skipped in CI: " + skipped);
    }
  }
}
