package io.freshet.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** A program that measures or tries something, with picocli's options. Stateless. */
public final class Program {

  /** The exit status of one that could not do its work. */
  public static final int EXIT_FAILED = 3;

  private static final List<String> NOISY =
      List.of("org.hibernate", "org.ehcache", "io.zonky", "org.infinispan", "org.redisson");

  private Program() {}

  /** Runs it on the JVM's own streams, and ends the JVM. */
  public static void main(Object command, String... arguments) {
    System.exit(run(command, writer(System.out), writer(System.err), arguments));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, Charset.defaultCharset()), true);
  }

  /** Runs it; returns the exit status. */
  public static int run(Object command, PrintWriter out, PrintWriter err, String... arguments) {
    quieten();
    return new CommandLine(command)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, line, parsed) -> {
              failure.printStackTrace(err);
              return EXIT_FAILED;
            })
        .execute(arguments);
  }

  /** Leaves out what libraries have to say. */
  public static void quieten() {
    for (String noisy : NOISY) {
      ((Logger) LoggerFactory.getLogger(noisy)).setLevel(Level.ERROR);
    }
  }
}
