package io.freshet.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * Shows how far the demo is: in a terminal by what is written over and over, elsewhere by a line
 * for each phase. Used by one thread.
 */
final class Progress {

  private static final int BAR = 20;
  private static final int WIDTH = 100;

  private final PrintWriter out;
  private final boolean live;
  private boolean open;
  private int shown;

  Progress(PrintWriter out, boolean live) {
    this.out = out;
    this.live = live;
  }

  /** A new phase of one engine's run. */
  void phase(Engine engine, String what) {
    show(String.format(Locale.ROOT, "%-26s  %s", engine.label(), what), true);
  }

  /** A new phase of one feed's run. */
  void phase(Feed feed, String what) {
    end();
    out.println(String.format(Locale.ROOT, "%-6s  %s", feed.setting(), what));
    out.flush();
  }

  /** Shows a table, in place of the one shown before; only where it can be written over. */
  void table(List<String> lines) {
    if (!live) {
      return;
    }
    if (shown > 0) {
      out.printf("\u001b[%dA", shown);
    }
    lines.forEach(line -> out.printf("\r%-" + WIDTH + "s%n", line));
    shown = lines.size();
    out.flush();
  }

  /**
   * The workload is running.
   *
   * @param done from 0 to 1
   */
  void running(
      Engine engine, double done, double readsPerSecond, double hitRatio, long staleReads) {
    int filled = (int) Math.round(BAR * Math.min(1, done));
    show(
        String.format(
            Locale.ROOT,
            "%-26s  [%s%s]  %,9.0f reads/s  hits %5.1f %%  stale reads %,d",
            engine.label(),
            "#".repeat(filled),
            ".".repeat(BAR - filled),
            readsPerSecond,
            100 * hitRatio,
            staleReads),
        false);
  }

  /** Ends the line. */
  void end() {
    if (live && open) {
      out.print("\r" + " ".repeat(WIDTH) + "\r");
      open = false;
    }
    shown = 0;
    out.flush();
  }

  private void show(String line, boolean phase) {
    if (live) {
      out.printf("\r%-" + WIDTH + "s", line);
      open = true;
    } else if (phase) {
      out.println(line);
    }
    out.flush();
  }
}
