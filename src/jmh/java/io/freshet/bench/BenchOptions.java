package io.freshet.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How much is measured, and where it is told.
 *
 * @param rounds how often what is compared takes turns
 * @param seconds of each turn
 * @param threads how many read and write, in turn
 * @param variants that are compared
 * @param size how much there is of everything
 * @param profile where workers of the first part record what they do, if they do
 */
record BenchOptions(
    PrintWriter out,
    int rounds,
    double seconds,
    List<Integer> threads,
    List<Variant> variants,
    Size size,
    Optional<Path> profile) {

  /**
   * How much there is of everything.
   *
   * @param entities of the first part, and products of the shop
   * @param bulkRegions of the second part
   * @param bulkEntries of each of them
   * @param regions that there are in turn
   * @param entries that there are in turn, in one region
   */
  record Size(
      int entities,
      int bulkRegions,
      int bulkEntries,
      List<Integer> regions,
      List<Integer> entries) {

    Size {
      regions = List.copyOf(regions);
      entries = List.copyOf(entries);
    }
  }

  BenchOptions {
    threads = List.copyOf(threads);
    variants = List.copyOf(variants);
  }

  void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  void table(MarkdownTable table) {
    out.println();
    table.lines().forEach(out::println);
    out.flush();
  }

  void remarks(List<String> remarks) {
    if (!remarks.isEmpty()) {
      out.println();
      remarks.forEach(remark -> out.println("- " + remark));
      out.flush();
    }
  }

  static String number(double value, String format) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
  }
}
