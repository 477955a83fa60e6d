package io.freshet.cli;

import java.sql.SQLException;
import picocli.CommandLine.Command;

/** {@code freshet tracking print}. */
@Command(
    name = "print",
    description = {
      "Prints the SQL that install would run by now, for psql and for migrations.",
      "Nothing else is on the standard output. Running it twice does no harm."
    })
final class TrackingPrint extends TrackingCommand {

  TrackingPrint(Shell shell) {
    super(shell);
  }

  @Override
  boolean takesEverything() {
    return false;
  }

  @Override
  int with(Site site) throws SQLException {
    site.coverage().gaps().forEach(gap -> shell().terminal().warn(gap.toString()));
    site.tracking().script(site.connection(), site.coverage()).forEach(shell()::print);
    return site.coverage().gaps().isEmpty() ? ExitCode.OK : ExitCode.FOUND;
  }
}
