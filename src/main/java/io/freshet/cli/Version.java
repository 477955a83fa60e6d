package io.freshet.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The version from the manifest of the runnable jar. Stateless. */
final class Version implements IVersionProvider {

  static final String UNPACKAGED = "not packaged";

  @Override
  public String[] getVersion() {
    return new String[] {"freshet " + text(), "Java " + Runtime.version()};
  }

  static String text() {
    return Objects.requireNonNullElse(
        Main.class.getPackage().getImplementationVersion(), UNPACKAGED);
  }
}
