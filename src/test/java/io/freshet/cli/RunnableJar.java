package io.freshet.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks, once it is packaged, that {@code java -jar} runs the command line: its version, that the
 * driver is found in the jar, and that nothing but results goes to the standard output. Arguments:
 * the jar and the version.
 */
public final class RunnableJar {

  private RunnableJar() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    String jar = args[0];
    Run version = run(jar, "--version");
    require(version.status() == ExitCode.OK, version);
    require(version.out().startsWith("freshet " + args[1]), version);
    require(version.err().isEmpty(), version);

    // nothing listens on port 1: only the driver can say so
    Run doctor = run(jar, "doctor", "--url", "jdbc:postgresql://127.0.0.1:1/nowhere");
    require(doctor.status() == ExitCode.FAILED, doctor);
    require(doctor.out().isEmpty(), doctor);
    require(doctor.err().startsWith("freshet: jdbc:postgresql://127.0.0.1:1/nowhere"), doctor);
  }

  private record Run(int status, String out, String err) {}

  private static Run run(String jar, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).start();
    // both are a few lines: neither fills its pipe
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, err);
  }

  private static void require(boolean holds, Run run) {
    if (!holds) {
      throw new IllegalStateException("the runnable jar does not run as it should: " + run);
    }
  }
}
